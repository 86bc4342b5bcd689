"""The worker's side of applications. The token is made here, so that the broker never carries it."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from portal.agencies.application.status import status_path
from portal.agencies.application.tokens import renew
from portal.models import AgencyApplication


@shared_task(
    name="portal.agencies.application.mail", autoretry_for=(OSError,), retry_backoff=True, max_retries=5
)
def mail(application_id: str) -> None:
    """At least once: should the worker die before its commit, a second mail replaces the link."""
    with transaction.atomic():
        application = (
            AgencyApplication.objects.select_for_update(skip_locked=True)
            .filter(pk=application_id, mailed_at=None)
            .first()
        )
        if application is None or not application.is_open_at(timezone.now()):
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
        send_mail(subject, body, None, [application.supervisor_email])
        application.mailed_at = timezone.now()
        application.save(update_fields=["mailed_at"])


@shared_task(name="portal.agencies.application.sweep")
def sweep() -> None:
    """Mail what is a minute old and unmailed: its task was lost between commit and broker, or failed."""
    late = AgencyApplication.objects.filter(
        status="unconfirmed", mailed_at=None, sent_at__lt=timezone.now() - timedelta(minutes=1)
    )
    for application_id in late.order_by("sent_at").values_list("pk", flat=True)[:100]:
        mail.delay(str(application_id))
