"""An audit row as pages show it: in words, with what it changed and how it is sealed."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from portal.audit.entries import role_label
from portal.audit.events import label_of
from portal.audit.links import link_to
from portal.audit.search import kinds
from portal.kernel.actor import Actor
from portal.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    event: AuditEvent
    label: str
    role: str
    kind: str  # of the thing, in words
    link: str  # to the thing, for who may see it
    changes: list[Change]
    data: str  # what else was noted, as JSON
    why: str


def rows(events: list[AuditEvent], actor: Actor) -> list[Row]:
    names = kinds()
    return [_row(event, actor, names) for event in events]


def _row(event: AuditEvent, actor: Actor, names: dict[str, str]) -> Row:
    data = dict(event.data) if isinstance(event.data, dict) else {"": event.data}
    changed = data.pop("changes", None)
    pairs = changed if isinstance(changed, dict) else {}
    return Row(
        event=event,
        label=str(label_of(event.event)),
        role=role_label(event.actor_role),
        kind=names.get(event.subject_type, event.subject_type),
        link=link_to(event.subject_type, event.subject_id, actor),
        changes=[
            Change(str(field), _value(pair[0]), _value(pair[1]))
            for field, pair in pairs.items()
            if isinstance(pair, list) and len(pair) == 2
        ],
        data=visible(json.dumps(data, indent=2, ensure_ascii=False)) if data else "",
        why=visible(event.why),
    )


def _value(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return visible(", ".join(str(each) for each in value)) or "–"
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def visible(text: str) -> str:
    """Characters that hide, or turn the line around, are named: an auditor must see what was really typed."""
    return "".join(
        f"⟨U+{ord(sign):04X}⟩"
        if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\r\t\u200c\u200d"
        else sign
        for sign in text
    )
