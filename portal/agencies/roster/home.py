"""What waits on one's own roster: people to attest, invitations and role changes for a second person."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.access import allowed
from portal.agencies.roster.attestation.views import due_soon
from portal.kernel.actor import Actor
from portal.models import Invitation, Membership, RoleChange
from portal.models.rolechange import RoleOutcome
from portal.ui.home import Panel, register

SHOWN = 8


def panels(actor: Actor) -> list[Panel]:
    if not allowed(actor, "agencies.own_roster") or not allowed(actor, "agencies.attest", actor):
        return []
    now = timezone.now()
    rows = [*_due(actor, now), *_invitations(actor, now), *_changes(actor)]
    return [
        Panel(
            title=gettext_lazy("Roster"),
            empty=gettext_lazy("Nobody on the roster waits for you."),
            url=reverse("roster-list"),
            rows=rows[:SHOWN],
            total=len(rows),
        )
    ]


def _due(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """One row for all whose term ends soon or has ended: they are answered about on one page."""
    people = Membership.objects.filter(
        agency=actor.agency_id, ended_at=None, suspended_at=None, attested_at__lte=due_soon(now)
    ).exclude(user=actor.person_id)
    due = sorted(people, key=lambda each: each.attested_until)
    if not due:
        return []
    late = sum(each.attested_until <= now for each in due)
    words = ngettext("%(count)d person to attest", "%(count)d people to attest", len(due))
    locked = ngettext("%(count)d is locked out", "%(count)d are locked out", late) % {"count": late}
    return [
        {
            "url": reverse("roster-attest"),
            "title": words % {"count": len(due)},
            "detail": locked if late else _("The first term ends soon."),
            "status": "locked_out" if late else "",
            "status_label": _("Locked out"),
        }
    ]


def _invitations(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    waiting = Invitation.objects.open().filter(agency=actor.agency_id, confirmed_at=None, expires_at__gt=now)
    return [
        {
            "url": reverse("roster-confirm-invitation", args=[each.pk]),
            "title": each.name,
            "detail": f"{_('Invitation to confirm')} · {each.get_role_display()}",
        }
        for each in waiting.exclude(invited_by=actor.person_id).order_by("invited_at")
    ]


def _changes(actor: Actor) -> list[dict[str, Any]]:
    waiting = RoleChange.objects.filter(membership__agency=actor.agency_id, outcome=RoleOutcome.OPEN)
    others = waiting.exclude(proposed_by=actor.person_id).exclude(membership__user=actor.person_id)
    return [
        {
            "url": reverse("roster-confirm-role", args=[each.pk]),
            "title": each.membership.user.name,
            "detail": f"{_('Role change to decide')} · {each.get_role_display()}",
        }
        for each in others.select_related("membership__user").order_by("proposed_at")
    ]


register(panels)
