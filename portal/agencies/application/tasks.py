"""The worker's side of applications. The token is made here, so that the broker never carries it.

To one address go three mails a day, whoever asks for them. What is over that waits and goes out later: to
refuse it would tell a stranger that others name the same address.
"""

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from portal.agencies.application.status import status_path
from portal.agencies.application.tokens import renew
from portal.models import AgencyApplication, ApplicationMail
from portal.models.applicationmail import MAILS_A_DAY

MAIL_LOCK = 7220158  # beside the hash of an address; two numbers share nothing with locks of one


@shared_task(
    name="portal.agencies.application.mail", autoretry_for=(OSError,), retry_backoff=True, max_retries=5
)
def mail(application_id: str) -> None:
    """The newest that was asked for, at least once: should the worker die before its commit, a second
    mail replaces the link. Until then the link mailed before works."""
    now = timezone.now()
    with transaction.atomic():
        rows = AgencyApplication.objects.select_for_update(skip_locked=True)
        application = rows.filter(pk=application_id).first()
        if application is None or not application.is_open_at(now):
            return
        asked = application.mails.last()
        if asked is None or asked.mailed_at is not None or not _has_room(asked.address, now):
            return
        token = renew(application)
        context = {
            "application": application,
            "url": f"{settings.BASE_URL}{reverse('agencies-apply-confirm', args=[token])}",
            "status_url": f"{settings.BASE_URL}{status_path(application.pk)}",
        }
        with translation.override(application.language):
            subject = render_to_string("agencies/application/mail/confirm_subject.txt", context).strip()
            body = render_to_string("agencies/application/mail/confirm.txt", context).strip()
        send_mail(subject, body, None, [asked.address])
        asked.mailed_at = timezone.now()
        asked.save(update_fields=["mailed_at"])


def _has_room(address: str, now: datetime) -> bool:
    """Two workers do not pass the limit by together: the second leaves it to the sweep, and does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [MAIL_LOCK, address])
        if not cursor.fetchone()[0]:
            return False
    return ApplicationMail.objects.mailed_to(address, now).count() < MAILS_A_DAY


@shared_task(name="portal.agencies.application.sweep")
def sweep() -> None:
    """Mail what is a minute old and unmailed: its task was lost between commit and broker, failed, or had
    to wait until its address had room again."""
    now = timezone.now()
    late = ApplicationMail.objects.waiting_at(now).filter(asked_at__lt=now - timedelta(minutes=1))
    for application_id in late.values_list("application_id", flat=True)[:100]:
        mail.delay(str(application_id))
