"""Who must be reminded that a term ends: each threshold once, however often and late the job runs."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from portal.agencies.roster import events
from portal.agencies.roster.house import compliance, heads
from portal.audit import record
from portal.kernel.actor import Actor
from portal.models import Membership
from portal.models.agency import AgencyStatus
from portal.notices import notify

JOB = Actor.system("attestation")


def _thresholds() -> list[int]:
    """A term that is shorter than a reminder's days has none of it: nobody is reminded on the first day."""
    return [days for days in settings.ATTESTATION_REMINDERS if days < settings.ATTESTATION_DAYS]


def due_soon(now: datetime) -> datetime:
    """Attested before this or then, a person is in the time of the reminders, or locked out."""
    return now + timedelta(days=max(_thresholds(), default=0) - settings.ATTESTATION_DAYS)


def threshold(membership: Membership, now: datetime) -> int | None:
    """The days of the reminder that is due now and was not sent; one that was missed is not made up for."""
    if not membership.is_open_at(now):
        return None
    passed = [days for days in _thresholds() if now >= membership.attested_until - timedelta(days=days)]
    if not passed or (membership.reminded is not None and membership.reminded <= min(passed)):
        return None
    return min(passed)


@transaction.atomic
def remind(*, now: datetime) -> int:
    """How many people's terms were spoken of: to each of them, and once to whoever can attest."""
    rows = (
        Membership.objects.filter(ended_at=None, suspended_at=None, attested_at__lte=due_soon(now))
        .filter(Q(agency=None) | Q(agency__status=AgencyStatus.APPROVED))
        .select_related("user", "agency")
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
    )
    due: dict[UUID | None, list[Membership]] = defaultdict(list)
    for membership in rows:
        days = threshold(membership, now)
        if days is not None:
            membership.reminded = days
            membership.save(update_fields=["reminded"])
            due[membership.agency_id].append(membership)
    for agency_id, memberships in due.items():
        notify("attestation-own", people=[each.user for each in memberships], path=reverse("home"))
        _tell_keepers(agency_id, memberships, now)
    reminded = [each for memberships in due.values() for each in memberships]
    for membership in reminded:
        record(events.REMINDED, actor=JOB, subject=membership, at=now, data={"days": membership.reminded})
    return len(reminded)


def _tell_keepers(agency_id: UUID | None, due: list[Membership], now: datetime) -> None:
    """Nobody is asked to attest only himself or herself: the only supervisor is compliance's to attest."""
    people = {each.user_id for each in due}
    inside = heads(agency_id, now)
    path = (
        reverse("roster-attest") if agency_id is None else reverse("agency-roster-attest", args=[agency_id])
    )
    notify("attestation-due", people=[each for each in inside if people != {each.pk}], path=path)
    if agency_id is not None and any(all(each.pk == person for each in inside) for person in people):
        notify("attestation-due", people=compliance(now), path=path)
