"""Agencies and the people in them: applied, vetted, approved; a person appointed to a role.

Two people of the exchange stand behind an agency: who began the vetting does not approve.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check
from portal.agencies import events
from portal.audit import record
from portal.kernel.actor import AGENCY_ROLES, Actor, Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible
from portal.models import Agency, AuditEvent, Membership, User
from portal.models.agency import AGENCY_LIFECYCLE, AgencyStatus
from portal.models.vetting import CheckKind, VettingCheck, VettingDecision, VettingRound


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


def _locked(agency_id: UUID, actor: Actor) -> Agency:
    agency = Agency.objects.visible_to(actor).select_for_update().filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    return agency


@transaction.atomic
def vet(agency_id: UUID, *, actor: Actor, now: datetime) -> Agency:
    agency = _locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    agency.status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "vet")
    agency.save(update_fields=["status"])
    VettingRound.objects.create(
        agency=agency, number=agency.vetting_rounds.count() + 1, begun_by_id=actor.person_id, begun_at=now
    )
    record(events.VETTED, actor=actor, subject=agency, at=now)
    return agency


@transaction.atomic
def approve(agency_id: UUID, *, actor: Actor, now: datetime, why: str) -> Agency:
    agency = _locked(agency_id, actor)
    check(actor, "agencies.vet", agency)
    vetted_by = AuditEvent.objects.filter(
        event=events.VETTED, subject_type="agency", subject_id=str(agency.pk), actor_id=actor.id
    )
    if actor.kind == "person" and vetted_by.exists():
        raise Forbidden(_("A second person approves what you vetted."), code="same-person")
    agency.status = AGENCY_LIFECYCLE.after(AgencyStatus(agency.status), "approve")
    rounds = agency.vetting_rounds.first()
    needed = [(kind, "") for kind in CheckKind.values if kind != CheckKind.DOMAIN_DNS]
    needed += [(CheckKind.DOMAIN_DNS, domain) for domain in agency.domains]
    VettingCheck.objects.bulk_create(
        VettingCheck(round=rounds, number=number, kind=kind, subject=subject, result="passed", at=now)
        for number, (kind, subject) in enumerate(needed, start=1)
    )
    VettingDecision.objects.create(
        agency=agency, round=rounds, verdict="approved", why=why, person_id=actor.person_id, at=now
    )
    agency.save(update_fields=["status"])
    record(events.APPROVED, actor=actor, subject=agency, at=now, why=why)
    return agency


@transaction.atomic
def appoint(
    *, actor: Actor, now: datetime, email: str, name: str, role: Role, agency_id: UUID | None, password: str,
    language: str = "en", time_zone: str = "UTC",
) -> User:  # fmt: skip
    """Give a person an account and a role. The address must be of the agency's own official domains."""
    check(actor, "agencies.appoint")
    agency = _locked(agency_id, actor) if agency_id else None
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
