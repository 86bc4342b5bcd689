"""What a person had written into a form that was not taken, for elements/typed.html to give it back."""

import re

from django.http import QueryDict

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - a field
WORD = re.compile(r"[^\W_]+")
# Django's own fields of a formset.
COUNTERS = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS", "-ORDER", "-DELETE", "-id")
SECRET_NAMES = ("password", "again", "code", "credential", "secret", TOKEN)
# What a form says to itself: a number, an id, a digest, a moment, a choice. An address or the hash of a
# transaction that a person typed is none of these.
CODE = re.compile(
    r"[0-9]{1,9}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:.+Z-]*"
    r"|[a-z_]{1,24}|[a-z]{2}-[a-z]{2,4}|",
    re.ASCII,
)

Typed = list[tuple[str, str]]


def typed(fields: QueryDict) -> Typed:
    """All that was given, to read and to copy: names and texts, without passwords, codes and counters."""
    return [
        (" ".join(WORD.findall(name)), text)
        for name, texts in fields.lists()
        for text in texts
        if text.strip()
        and not any(secret in name.lower() for secret in SECRET_NAMES)
        and not name.endswith(COUNTERS)
    ]


def written(fields: QueryDict) -> Typed:
    """Of it the texts alone, which it would cost something to write again."""
    return [(name, text) for name, text in typed(fields) if not CODE.fullmatch(text.strip())]
