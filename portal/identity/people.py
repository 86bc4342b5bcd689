"""From a signed-in user to the Actor that flows know: the open membership decides, at every request."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from portal.kernel.actor import Actor, Role
from portal.models import Membership, User
from portal.models.agency import AgencyStatus


def actor_for(user: User, *, ip: str | None = None, request_id: str = "") -> Actor | None:
    """None when the person has no open role, or the agency is not in good standing."""
    membership = Membership.objects.filter(user=user, ended_at=None).select_related("agency").first()
    if membership is None or not user.is_active:
        return None
    agency = membership.agency
    if agency is not None and agency.status != AgencyStatus.APPROVED:
        return None
    return Actor(
        kind="person",
        id=str(user.pk),
        label=user.name,
        role=Role(membership.role),
        agency_id=agency.pk if agency else None,
        agency_label=agency.name if agency else "",
        ip=ip,
        request_id=request_id,
    )


def address_of(request: HttpRequest) -> str | None:
    """The client's, before our own proxies; None where it cannot be told."""
    try:
        return get_adapter(request).get_client_ip(request) or None
    except PermissionDenied:
        return None
