"""The link of an invitation. Whoever holds its token is let in once; the portal keeps only the digest."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from portal.agencies.roster.house import stands
from portal.agencies.roster.invitations.addresses import is_official
from portal.models import Invitation
from portal.models.agency import AgencyStatus


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_token(invitation: Invitation, *, now: datetime) -> str:
    """A new token, about to be handed over; an earlier one is dead. The caller holds the row's lock."""
    token = secrets.token_urlsafe(32)
    invitation.token_sha256 = digest_of(token)
    invitation.mailed_at = now
    invitation.save(update_fields=["token_sha256", "mailed_at"])
    return token


def address_of(token: str) -> str:
    return f"{settings.BASE_URL}{reverse('account_invitation', args=[token])}"


def acceptable(invitation: Invitation, now: datetime) -> bool:
    """Whether its link lets in now: confirmed, open, the agency and the signatures behind it still good."""
    agency = invitation.agency
    return (
        invitation.is_open_at(now)
        and invitation.confirmed_at is not None
        and (agency is None or agency.status == AgencyStatus.APPROVED)
        and is_official(invitation.email, agency)
        and stands(invitation.invited_by_id, invitation.agency_id)
        and stands(invitation.confirmed_by_id, invitation.agency_id)
    )


def invitation_for(token: str, now: datetime) -> Invitation | None:
    """Looks only: a mail scanner that opens the link uses nothing up."""
    invitation = (
        Invitation.objects.select_related("agency", "invited_by")
        .filter(token_sha256=digest_of(token))
        .first()
    )
    return invitation if invitation is not None and acceptable(invitation, now) else None
