"""The worker's side: the hourly verification, the daily head, and what pages leave to it.

A break in the chain is an error in the log that operators are paged for.
"""

from datetime import date, timedelta
from uuid import UUID

import structlog
from celery import shared_task
from celery.signals import beat_init
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from portal.audit import exports, heads, verification
from portal.audit.chain import START, last
from portal.kernel.actor import Actor
from portal.models import AuditCheck, AuditHead

JOB = Actor.system("audit")
WHOLE_EVERY = timedelta(hours=24)
CHECKS_KEPT = timedelta(days=90)
MAIL_BACK = timedelta(days=7)

log = structlog.get_logger(__name__)


@shared_task(name="portal.audit.verify")
def verify_chain() -> None:
    """Hourly: what came after the newest signed head; once a day, and after a break, everything."""
    now = timezone.now()
    recent = AuditCheck.objects.filter(since_seq=0, finished_at__gte=now - WHOLE_EVERY)
    newest = AuditCheck.objects.exclude(finished_at=None).order_by("-asked_at").first()
    whole = not recent.exists() or (newest is not None and not newest.is_whole)
    made = verification.verify(actor=JOB, now=now, whole=whole)
    if made.finished_at is not None:
        report(made)


@shared_task(name="portal.audit.verify_on")
def verify_on(check_id: str) -> None:
    if verification.go_on(UUID(check_id)):
        made = AuditCheck.objects.filter(pk=check_id).exclude(finished_at=None).first()
        if made is not None:
            report(made)
    else:
        verify_on.delay(check_id)


def report(made: AuditCheck) -> None:
    if made.is_whole:
        log.info("audit chain whole", rows=made.rows, seq=made.seq, head=made.hash)
    else:
        log.error("audit chain broken", rows=made.rows, faults=made.faults)


@shared_task(name="portal.audit.export_on")
def export_on(export_id: str) -> None:
    if not exports.go_on(UUID(export_id)):
        export_on.delay(export_id)


@shared_task(name="portal.audit.sign_head")
def sign_head() -> None:
    """Hourly, so that a missed day costs an hour: the first run of a UTC day signs its head.

    Not of an empty trail: that head would stand for the day on which a portal begins, and vouch for nothing.
    """
    now = timezone.now()
    if last() != START:
        heads.sign_head(now)
    for head in heads.keep_all():
        log.error("audit head's file is another than was signed", path=str(heads.file_of(head)))
    if settings.AUDIT_HEADS_TO:
        unmailed = AuditHead.objects.filter(mailed_at=None, signed_at__gte=now - MAIL_BACK)
        for day in unmailed.values_list("pk", flat=True):
            _mail(day)


@beat_init.connect
def first_head(**_kwargs: object) -> None:
    """At the scheduler's start: what was missed while it was down need not wait for the hour."""
    sign_head.delay()


def _mail(day: date) -> None:
    """To addresses outside, at least once; what fails is tried again by the next run."""
    with transaction.atomic():
        head = AuditHead.objects.select_for_update(skip_locked=True).filter(pk=day, mailed_at=None).first()
        if head is None:
            return
        message = EmailMessage(
            subject=f"Audit trail of {settings.BASE_URL}: signed head of {head}",
            body="Keep the attached file where whoever runs the portal cannot write. It proves what the audit"
            " trail held on that day.\n",
            to=settings.AUDIT_HEADS_TO,
        )
        message.attach(heads.file_of(head).name, head.file, "application/json")
        message.send()
        head.mailed_at = timezone.now()
        head.save(update_fields=["mailed_at"])


@shared_task(name="portal.audit.sweep")
def sweep() -> None:
    """Take up what a crash left, and remove what is past its time."""
    now = timezone.now()
    for check_id in verification.lost(now).values_list("pk", flat=True):
        verify_on.delay(str(check_id))
    for export_id in exports.lost(now):
        export_on.delay(str(export_id))
    exports.remove_old(now)
    AuditCheck.objects.filter(asked_by=None, faults=[], finished_at__lt=now - CHECKS_KEPT).delete()
