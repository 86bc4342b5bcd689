"""Agencies and the people in them: an agency applies; a person is appointed to a role."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.agencies import events
from portal.audit import record
from portal.kernel.actor import AGENCY_ROLES, Actor, Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible
from portal.models import Agency, Membership, User


def apply(
    *,
    actor: Actor,
    now: datetime,
    names: dict[str, str],
    slug: str,
    country: str,
    regions: Sequence[str],
    languages: Sequence[str],
    time_zone: str,
    domains: Sequence[str],
    switchboard: str,
    switchboard_source: str,
    is_training: bool = False,
) -> Agency:
    """An agency asks to be let in. `names` maps our language codes to the agency's name; "en" is needed."""
    agency = Agency(
        slug=slug,
        country=country,
        regions=list(regions),
        languages=list(languages),
        time_zone=time_zone,
        domains=list(domains),
        switchboard=switchboard,
        switchboard_source=switchboard_source,
        is_training=is_training,
        **{f"name_{language.replace('-', '_')}": name for language, name in names.items()},
    )
    try:
        agency.full_clean(exclude=["name"])
    except ValidationError as refused:
        raise Invalid({field: list(texts) for field, texts in refused.message_dict.items()}) from None
    if time_zone not in available_timezones():
        raise Invalid({"time_zone": [_("There is no such time zone.")]})
    with transaction.atomic():
        agency.save()
        data = {"country": country, "regions": list(regions)}
        record(events.APPLIED, actor=actor, subject=agency, at=now, data=data)
    return agency


def locked(agency_id: UUID, actor: Actor) -> Agency:
    """The agency's row under lock, to whom it is visible; raises NotVisible."""
    agency = Agency.objects.visible_to(actor).select_for_update().filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    hold_standing(actor)
    return agency


@transaction.atomic
def appoint(
    *, actor: Actor, now: datetime, email: str, name: str, role: Role, agency_id: UUID | None, password: str,
    language: str = "en", time_zone: str = "UTC",
) -> User:  # fmt: skip
    """Give a person an account and a role. The address must be of the agency's own official domains."""
    check(actor, "agencies.appoint")
    agency = locked(agency_id, actor) if agency_id else None
    if agency is not None and email.rpartition("@")[2].lower() not in agency.domains:
        raise Invalid({"email": [_("The address is not of an official domain of the agency.")]})
    if (agency is None) == (role in AGENCY_ROLES):
        raise Invalid({"role": [_("This role does not belong there.")]})
    if actor.kind == "person" and agency is None and not actor.is_a(Role.COMPLIANCE_LEAD):
        raise Forbidden(_("Only a compliance lead appoints people of the exchange."))
    if actor.is_a(Role.SUPERVISOR) and role != Role.OFFICER:
        raise Forbidden(_("A supervisor appoints officers; the exchange appoints supervisors."))
    if User.objects.filter(email=email.lower()).exists():
        raise Invalid({"email": [_("This address has an account already.")]})
    user = User.objects.create_user(email, password, name=name, language=language, time_zone=time_zone)
    membership = Membership.objects.create(
        user=user, agency=agency, role=role, joined_at=now, attested_at=now, attested_by_id=actor.person_id
    )
    data = {"role": role, "membership": str(membership.pk)}
    record(events.APPOINTED, actor=actor, subject=user, at=now, data=data)
    return user
