"""What the pages of an agency share: finding it, its way back, its history, since when it stands so."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.access import allowed, check
from portal.audit import timeline_of
from portal.audit.entries import entries_of
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.models import Agency, AuditEvent
from portal.models.vetting import CheckKind, CheckResult

# The acts that change an agency's standing; the newest says since when it holds.
STANDING = (
    "agencies.applied",
    "agencies.vetted",
    "agencies.approved",
    "agencies.refused",
    "agencies.suspended",
    "agencies.reinstated",
    "agencies.lapsed",
)

# How a result is drawn in a timeline: tone and icon.
MARKS = {
    CheckResult.PASSED: ("good", "circle-check"),
    CheckResult.ACKNOWLEDGED: ("good", "checks"),
    CheckResult.FLAGGED: ("wait", "flag"),
    CheckResult.FAILED: ("bad", "circle-x"),
}

# And how the acts are drawn that open or shut a door.
STANDING_MARKS = {
    "agencies.approved": ("good", "rubber-stamp"),
    "agencies.refused": ("bad", "circle-x"),
    "agencies.suspended": ("bad", "lock"),
    "agencies.reinstated": ("good", "lock-off"),
    "agencies.lapsed": ("wait", "hourglass"),
}


def found(agency_id: UUID, actor: Actor, permission: str) -> Agency:
    """The agency for reading; raises NotVisible or Forbidden. Flows lock and check again."""
    agency = Agency.objects.visible_to(actor).filter(pk=agency_id).first()
    if agency is None:
        raise NotVisible
    check(actor, permission, agency)
    return agency


def crumbs(actor: Actor, agency: Agency | None = None, *, vetting: bool = False) -> list[tuple[str, str]]:
    way = [(_("Agencies"), reverse("agencies-list"))] if allowed(actor, "agencies.list") else []
    if agency is not None:
        way.append((str(agency), reverse("agencies-view", args=[agency.pk])))
        if vetting:
            way.append((_("Vetting"), reverse("agencies-vetting", args=[agency.pk])))
    return way


def history(agency: Agency) -> tuple[list[dict[str, Any]], datetime | None]:
    """(the agency's acts for the timeline element, since when its standing holds)."""
    events = list(timeline_of(agency))
    entries = entries_of(events)
    newest_first = sorted(events, key=lambda event: event.seq, reverse=True)
    for entry, event in zip(entries, newest_first, strict=True):
        entry["what"] = _told(event, entry["what"])
        if event.actor_kind == "anonymous":
            by_mailbox = event.data.get("kind") == CheckKind.DOMAIN_MAIL
            entry["who"] = _("The published mailbox") if by_mailbox else _("The applicant")
        if (result := event.data.get("result")) in MARKS:
            entry["tone"], entry["icon"] = MARKS[result]
        elif event.event in STANDING_MARKS:
            entry["tone"], entry["icon"] = STANDING_MARKS[event.event]
    since = next((event.at for event in newest_first if event.event in STANDING), None)
    return entries, since


def _told(event: AuditEvent, label: Any) -> Any:
    """A logged check says which one, and how it went."""
    kind, result = event.data.get("kind"), event.data.get("result")
    if kind not in CheckKind.values or result not in CheckResult.values:
        return label
    return f"{CheckKind(kind).label}: {CheckResult(result).label}"
