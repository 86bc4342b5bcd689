"""Export a roster: the people whom its page lists, whole, and a row of the trail with the file's SHA-256."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from portal.access import check, hold_standing
from portal.agencies.roster import events
from portal.agencies.roster.house import found_agency
from portal.agencies.roster.listing import STANDINGS, Asked, dressed, factors_of, people
from portal.agencies.roster.pages import House
from portal.audit.sheets import HandedOut, hand_out
from portal.kernel.actor import Actor
from portal.models import Membership


@transaction.atomic
def export(agency_id: UUID | None, *, actor: Actor, now: datetime, asked: Asked) -> HandedOut:
    """The exchange's where there is no agency; then the act is on the role of whoever takes the file."""
    agency = found_agency(agency_id, actor)
    hold_standing(actor)
    check(actor, "agencies.export_roster", House(agency, is_own=actor.agency_id == agency_id))
    rows = dressed(people(agency_id, asked, now), asked.sort)
    return hand_out(
        events.ROSTER_EXPORTED,
        actor=actor,
        subject=agency or Membership.objects.get(user_id=actor.as_person(), ended_at=None),
        at=now,
        header=_header(),
        rows=_lines(rows),
        search=asked.as_json(),
        data={"house": agency_id or "exchange"},
    )


def _header() -> list[str]:
    return [
        _("Name"), _("E-mail address"), _("Role"), _("Since"), _("Last seen"), _("Second factor"),
        _("Attested until"), _("Standing"),
    ]  # fmt: skip


def _lines(rows: Iterable[Membership]) -> list[list[str]]:
    return [
        [
            each.user.name,
            each.user.email,
            str(each.get_role_display()),
            _time(each.joined_at),
            _time(each.seen_at),  # type: ignore[attr-defined]
            "; ".join(factors_of(each)),
            _time(each.attested_until),
            str(STANDINGS[each.standing]),  # type: ignore[attr-defined]
        ]
        for each in rows
    ]


def _time(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""
