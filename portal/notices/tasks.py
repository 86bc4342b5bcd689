"""The worker's side of notices. A notice is mailed at least once; its row says when."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.models import Notice

log = structlog.get_logger(__name__)


@shared_task(name="portal.notices.mail", autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def mail(notice_id: str) -> None:
    with transaction.atomic():
        notice = (
            Notice.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("person")
            .filter(pk=notice_id, mailed_at=None)
            .first()
        )
        if notice is None:
            return
        with translation.override(notice.person.language):
            subject = str(notice)
            body = render_to_string(
                "emails/notice.txt",
                {"person": notice.person, "subject": subject, "url": f"{settings.BASE_URL}{notice.path}"},
            )
            send_mail(subject, body, None, [notice.person.email])
        notice.mailed_at = timezone.now()
        notice.save(update_fields=["mailed_at"])


@shared_task(name="portal.notices.sweep")
def sweep() -> None:
    """Mail what is a minute old and unmailed: its task was lost between commit and broker, or failed."""
    late = Notice.objects.filter(mailed_at=None, created_at__lt=timezone.now() - timedelta(minutes=1))
    for notice_id in late.order_by("created_at").values_list("pk", flat=True)[:500]:
        mail.delay(str(notice_id))
