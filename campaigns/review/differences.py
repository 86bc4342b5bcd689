"""Word-level differences between what is live and what is proposed, one field at a time."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

# A word, a run of spaces, or one character of a script that writes without spaces.
TOKENS = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|\w+|\s+|[^\w\s]", re.UNICODE)
LABELS = {
    "headline": _("Headline"),
    "body": _("Body"),
    "tips": _("Tips"),
    "examples": _("Scam examples"),
    "resources": _("Resources"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    label: Any
    changed: SafeString  # with <ins> and <del>


def compare(live: dict[str, Any] | None, proposed: dict[str, Any], tag: str) -> list[Difference]:
    """The fields of one language that differ; none where nothing was live in it."""
    if live is None or tag not in live["texts"]:
        return []
    before, after = live["texts"][tag], proposed["texts"][tag]
    return [
        Difference(label, marked(flat(before[name]), flat(after[name])))
        for name, label in LABELS.items()
        if before[name] != after[name]
    ]


def flat(value: Any) -> str:
    """A field as lines of text."""
    if isinstance(value, str):
        return value
    return "\n".join(
        " · ".join(filter(None, row.values())) if isinstance(row, dict) else row for row in value
    )


def marked(before: str, after: str) -> SafeString:
    """Both texts as one, what went in <del> and what came in <ins>; every character escaped."""
    old, new = TOKENS.findall(before), TOKENS.findall(after)
    pieces = []
    for action, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if action == "equal":
            pieces.append(format_html("{}", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(format_html("<del>{}</del>", "".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(format_html("<ins>{}</ins>", "".join(new[j1:j2])))
    return format_html_join("", "{}", ((piece,) for piece in pieces))
