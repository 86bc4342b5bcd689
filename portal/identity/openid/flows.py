"""The exchange sets where an agency's people sign in, and takes it away again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.audit import record
from portal.identity.fieldkeys import encrypt
from portal.identity.openid import events
from portal.identity.openid.discovery import discover
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, Text
from portal.models import Agency, SignInProvider

SECRET_MAX = 500


def set_provider(
    agency_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    issuer: str,
    client_id: str,
    client_secret: str,
    acr_values: Sequence[str] = (),
    amr_values: Sequence[str] = (),
    is_required: bool = False,
) -> SignInProvider:
    """The agency's provider from now on; an empty secret keeps the one that is set for the same client.

    Accounts linked at an issuer before stay linked to that issuer's subjects: another issuer begins anew.
    """
    check(actor, "agencies.set_provider")
    errors: dict[str, list[Text]] = {}
    if not client_id.strip() or len(client_id) > 191:
        errors["client_id"] = [_("Give the client id that the provider issued.")]
    if len(client_secret) > SECRET_MAX:
        errors["client_secret"] = [_("At most %(limit)d characters.") % {"limit": SECRET_MAX}]
    if errors:
        raise Invalid(errors)
    discover(issuer)  # before the transaction: a slow provider must hold no lock
    return _set(
        agency_id, actor, now, issuer, client_id.strip(), client_secret,
        list(dict.fromkeys(acr_values)), list(dict.fromkeys(amr_values)), is_required,
    )  # fmt: skip


@transaction.atomic
def _set(
    agency_id: UUID, actor: Actor, now: datetime, issuer: str, client_id: str, client_secret: str,
    acr_values: list[str], amr_values: list[str], is_required: bool,
) -> SignInProvider:  # fmt: skip
    agency = _locked(agency_id, actor)
    before = SignInProvider.objects.filter(agency=agency).first()
    same = before is not None and before.issuer == issuer and before.client_id == client_id
    if not client_secret and not same:
        raise Invalid({"client_secret": [_("Give the secret that the provider issued with this client id.")]})
    if before is not None and before.issuer != issuer:
        # Its id names the links of people to subjects: a subject of one issuer means nothing at another.
        _unlink(before)
        before = None
    provider = before or SignInProvider(agency=agency)
    provider.issuer, provider.client_id, provider.is_required = issuer, client_id, is_required
    provider.acr_values, provider.amr_values = acr_values, amr_values
    if client_secret:
        provider.client_secret = encrypt(client_secret)
    provider.set_by_id, provider.set_at = actor.person_id, now
    provider.save()
    data = {
        "issuer": issuer, "client_id": client_id, "acr": acr_values, "amr": amr_values,
        "is_required": is_required, "new_secret": bool(client_secret),
    }  # fmt: skip
    record(events.PROVIDER_SET, actor=actor, subject=agency, at=now, data=data)
    return provider


@transaction.atomic
def remove_provider(agency_id: UUID, *, actor: Actor, now: datetime, why: str) -> Agency:
    """From now on the agency's people sign in with the portal's own password and factors."""
    agency = _locked(agency_id, actor)
    check(actor, "agencies.remove_provider", agency)
    provider = SignInProvider.objects.filter(agency=agency).first()
    if provider is None:
        raise NotVisible
    why = why.replace("\x00", "").strip()
    if not why or len(why) > 2000:
        raise Invalid({"why": [_("Say why, in at most 2,000 characters.")]})
    issuer = provider.issuer
    _unlink(provider)
    record(events.PROVIDER_REMOVED, actor=actor, subject=agency, at=now, why=why, data={"issuer": issuer})
    return agency


def _unlink(provider: SignInProvider) -> None:
    SocialAccount.objects.filter(provider=str(provider.pk)).delete()
    provider.delete()


def _locked(agency_id: UUID, actor: Actor) -> Agency:
    agency = Agency.objects.visible_to(actor).select_for_update().filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    hold_standing(actor)
    return agency
