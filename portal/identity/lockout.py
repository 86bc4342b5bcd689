"""Why somebody with the right password and the right second factor does not get in, and whom to ask.

Said only after both: to anyone else the sign-in page says nothing about a person or an agency.
"""

from datetime import datetime

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.kernel.actor import Actor, Role
from portal.models import Membership, User
from portal.models.agency import AgencyStatus


def reason_of(membership: Membership | None, now: datetime) -> str:
    """The first thing that somebody must put right: left, agency, suspended or attestation."""
    if membership is None:
        return "left"
    if membership.agency is not None and membership.agency.status != AgencyStatus.APPROVED:
        return "agency"
    if membership.suspended_at is not None:
        return "suspended"
    return "attestation" if now >= membership.attested_until else "left"


def whom_to_ask(membership: Membership, now: datetime) -> list[str]:
    """The names of those who can attest; nobody of the house: the exchange's compliance is asked."""
    head = Role.COMPLIANCE_LEAD if membership.agency_id is None else Role.SUPERVISOR
    heads = (
        Membership.objects.filter(agency=membership.agency_id, role=head, ended_at=None)
        .exclude(user_id=membership.user_id)
        .select_related("user")
    )
    return sorted(each.user.name for each in heads if each.is_open_at(now))


def shut_out(request: HttpRequest, user: User) -> HttpResponse:
    """Signs the person out, and says why on the way."""
    now = timezone.now()
    membership = Membership.objects.filter(user=user, ended_at=None).select_related("agency").first()
    reason = reason_of(membership, now)
    context = {
        "reason": reason,
        "since": membership.attested_until if membership and reason == "attestation" else None,
        "of_exchange": membership is not None and membership.agency_id is None,
        "people": whom_to_ask(membership, now) if membership and reason == "attestation" else [],
    }
    timezone.activate(user.time_zone)
    logout(request)
    request.actor = Actor.anonymous()  # type: ignore[attr-defined]
    response = render(request, "account/locked_out.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response
