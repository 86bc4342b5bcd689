"""The worker's broom: files that no committed row names, because something died between file and row."""

import structlog
from celery import shared_task

from portal.access import scope_of
from portal.documents import keepers, store
from portal.kernel.actor import Actor

log = structlog.get_logger(__name__)

# Longer than any transaction that is still to commit.
SAFE_SECONDS = 60 * 60


@shared_task(name="portal.documents.sweep")
def sweep(older_than_seconds: float = SAFE_SECONDS) -> int:
    # Without a scope no document would be known, and every file would go.
    with scope_of(Actor.system("document-sweep")):
        known = keepers.named()
    removed = list(store.sweep(known, older_than_seconds=older_than_seconds))
    if removed:
        log.warning("orphaned documents removed", count=len(removed))
    return len(removed)
