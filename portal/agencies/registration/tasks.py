"""The worker asks the registry. An answer is kept; a failure is asked again, and said meanwhile.

An answer may come after the vetting began, and then raises its flag all the same.
"""

from contextlib import suppress

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from portal.agencies.registration import rdap
from portal.agencies.vetting.checks.flows import recompute
from portal.kernel import domains
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from portal.models import Agency, DomainRegistration
from portal.models.agency import AgencyStatus
from portal.models.registration import RegistrationOutcome

JOB = Actor.system("registration")


MOST = 100


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
    for agency in Agency.objects.filter(status=AgencyStatus.IN_VETTING):
        if name in map(domains.registered, agency.domains):
            with suppress(PortalError):  # decided a moment ago
                recompute(agency.pk, actor=JOB, now=timezone.now())


@shared_task(name="portal.agencies.registration.sweep")
def sweep() -> None:
    """Ask for what was never answered: a crash lost the task, or the registry was away to its end."""
    if not settings.RDAP_URL:
        return
    answered = DomainRegistration.objects.exclude(outcome=RegistrationOutcome.FAILED)
    waiting = Agency.objects.filter(status__in=(AgencyStatus.APPLIED, AgencyStatus.IN_VETTING))
    names = {domains.registered(domain) for agency in waiting for domain in agency.domains}
    for name in sorted(names - set(answered.values_list("domain", flat=True)) - {""})[:MOST]:
        look_up.delay(name)
