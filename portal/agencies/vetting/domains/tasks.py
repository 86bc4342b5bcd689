"""The worker's side of the DNS proof. The name servers are asked outside of every transaction."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.agencies.vetting.domains import flows
from portal.agencies.vetting.domains.resolver import look_up
from portal.kernel.actor import Actor
from portal.models import DomainChallenge
from portal.models.agency import AgencyStatus
from portal.models.vetting import CHALLENGE_DAYS

MOST = 500


@shared_task(name="portal.agencies.vetting.look")
def look(challenge_id: str) -> None:
    challenge = DomainChallenge.objects.filter(pk=challenge_id).first()
    if challenge is None or not challenge.is_open_at(timezone.now()):
        return
    answer = look_up(challenge.name, challenge.value)
    flows.settle(challenge.pk, actor=Actor.system("domains"), now=timezone.now(), answer=answer)


@shared_task(name="portal.agencies.vetting.look_again")
def look_again() -> None:
    """Every open challenge of the agencies in vetting, each as a task of its own."""
    since = timezone.now() - timedelta(days=CHALLENGE_DAYS)
    pending = DomainChallenge.objects.filter(
        verified_at=None, issued_at__gt=since, round__agency__status=AgencyStatus.IN_VETTING
    ).order_by("checked_at")
    for challenge_id in pending.values_list("pk", flat=True)[:MOST]:
        look.apply_async([str(challenge_id)], expires=600)
