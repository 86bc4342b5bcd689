"""The worker asks the registry. An answer is kept; a failure is asked again, and said meanwhile."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from portal.agencies.registration import rdap
from portal.kernel import domains
from portal.models import DomainRegistration
from portal.models.registration import RegistrationOutcome


class NotAnswered(Exception):
    """Makes the task try again."""


@shared_task(
    name="portal.agencies.registration.look_up",
    autoretry_for=(NotAnswered,), retry_backoff=60, retry_jitter=True, max_retries=3,
)  # fmt: skip
def look_up(domain: str) -> None:
    name = domains.registered(domain)
    if not settings.RDAP_URL or not name:
        return
    outcome, day = rdap.ask(settings.RDAP_URL, name)
    kept = {"outcome": outcome, "registered_on": day, "looked_up_at": timezone.now()}
    if outcome == RegistrationOutcome.FAILED:
        # A registry that is away takes back nothing that it said before.
        DomainRegistration.objects.get_or_create(domain=name, defaults=kept)
        raise NotAnswered(name)
    DomainRegistration.objects.update_or_create(domain=name, defaults=kept)
