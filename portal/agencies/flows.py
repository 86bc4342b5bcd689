"""Agencies: one applies, and is locked by whoever decides about it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import hold_standing
from portal.agencies import events
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import Agency


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
