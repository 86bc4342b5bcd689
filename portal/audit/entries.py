"""Audit rows as the timeline element draws them, newest first."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from portal.audit.events import label_of
from portal.kernel.actor import Role
from portal.models import AuditEvent
from portal.models.membership import ROLE_LABELS


def role_label(role: str) -> str:
    """In words; a role that was never ours, as a forged row may have, by its own name."""
    return str(ROLE_LABELS[Role(role)]) if role in set(Role) else role


def entries_of(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    return [
        {
            "who": _("The portal") if event.actor_kind == "system" else event.actor_label,
            "role": role_label(event.actor_role),
            "what": label_of(event.event),
            "when": event.at,
            "why": event.why,
        }
        for event in sorted(events, key=lambda event: event.seq, reverse=True)
    ]
