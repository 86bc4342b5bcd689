"""The chain is verified every hour; a break is an error in the log that operators are paged for."""

import structlog
from celery import shared_task

from portal.audit.chain import verify

log = structlog.get_logger(__name__)


@shared_task(name="portal.audit.verify")
def verify_chain() -> None:
    verdict = verify()
    if verdict.is_whole:
        log.info("audit chain whole", rows=verdict.rows, head=verdict.head)
    else:
        log.error("audit chain broken", rows=verdict.rows, broken=verdict.broken)
