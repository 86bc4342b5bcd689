"""From a signed-in user to the Actor that flows know: the open membership decides, at every request."""

import hashlib
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from portal.kernel.actor import Actor, Role
from portal.models import Membership, User
from portal.models.agency import AgencyStatus

TRAIL = "trail"  # in the session: what joins its acts in the audit trail when its key is renewed


def actor_for(
    user: User, *, device_cooling_until: datetime | None = None, **circumstances: Any
) -> Actor | None:
    """None when the person has no open role, or the agency is not in good standing.

    `circumstances`: where the person acts from (ip, request_id, session, is_fresh).
    """
    membership = Membership.objects.filter(user=user, ended_at=None).select_related("agency").first()
    now = timezone.now()
    if membership is None or not user.is_active or not membership.is_open_at(now):
        return None
    agency = membership.agency
    if agency is not None and agency.status != AgencyStatus.APPROVED:
        return None
    cooling_until = max(filter(None, (membership.cooling_until, device_cooling_until)))
    return Actor(
        kind="person",
        id=str(user.pk),
        label=user.name,
        role=Role(membership.role),
        agency_id=agency.pk if agency else None,
        agency_label=str(agency) if agency else "",
        cooling_until=cooling_until if cooling_until > now else None,
        **circumstances,
    )


def address_of(request: HttpRequest) -> str | None:
    """The client's, before our own proxies; None where it cannot be told."""
    try:
        return get_adapter(request).get_client_ip(request) or None
    except PermissionDenied:
        return None


def session_of(request: HttpRequest) -> str:
    """Joins the acts of one session in the audit trail, and opens nothing: a digest of its first key."""
    key = request.session.session_key
    trail = request.session.get(TRAIL) if key else ""
    return trail or (hashlib.sha256(key.encode()).hexdigest()[:16] if key else "")
