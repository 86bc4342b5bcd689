"""The worker's side of the mailbox proof. The token is made here, so that the broker never carries it."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from portal.agencies.vetting.mailbox.flows import digest_of, new_token
from portal.models import Agency, MailChallenge

GIVEN_UP = timedelta(days=1)


@shared_task(name="portal.agencies.vetting.mail", autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def mail(challenge_id: str) -> None:
    with transaction.atomic():
        asked = (
            MailChallenge.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("round__agency")
            .filter(pk=challenge_id, mailed_at=None)
            .first()
        )
        if asked is None or not asked.is_open_at(timezone.now()):
            return
        token = new_token()
        asked.token_sha256 = digest_of(token)
        path = reverse("agencies-confirm", args=[token])
        context = {"agency": asked.round.agency, "asked": asked, "url": f"{settings.BASE_URL}{path}"}
        with translation.override(language_of(asked.round.agency)):
            subject = render_to_string("agencies/mail/confirm_subject.txt", context).strip()
            body = render_to_string("agencies/mail/confirm.txt", context).strip()
        send_mail(subject, body, None, [asked.address])
        asked.mailed_at = timezone.now()
        asked.save(update_fields=["token_sha256", "mailed_at"])


def language_of(agency: Agency) -> str:
    """The first of the agency's languages that the interface speaks."""
    spoken = dict(settings.LANGUAGES)
    return next((each for each in agency.languages if each in spoken), settings.LANGUAGE_CODE)


@shared_task(name="portal.agencies.vetting.sweep")
def sweep() -> None:
    """Mail what is a minute old and unmailed: its task was lost, or failed to the end."""
    now = timezone.now()
    late = MailChallenge.objects.filter(
        mailed_at=None, answered_at=None, asked_at__lt=now - timedelta(minutes=1), asked_at__gt=now - GIVEN_UP
    )
    for challenge_id in late.order_by("asked_at").values_list("pk", flat=True)[:100]:
        mail.delay(str(challenge_id))
