"""What the key of a text is called where people read it: “Scam example 2: how it goes”."""

from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Text

SINGLE: dict[str, Text] = {"headline": _("Headline"), "body": _("Body"), "question": _("Question")}
PARTS: dict[tuple[str, str], Text] = {
    ("tips", "text"): _("Tip %(number)d"),
    ("examples", "title"): _("Scam example %(number)d: name"),
    ("examples", "how_it_goes"): _("Scam example %(number)d: how it goes"),
    ("examples", "how_to_tell"): _("Scam example %(number)d: how to tell"),
    ("answers", "label"): _("Answer %(number)d"),
    ("answers", "advice"): _("Answer %(number)d: what it leads to"),
    ("resources", "name"): _("Resource %(number)d: name"),
    ("resources", "hours"): _("Resource %(number)d: hours"),
    ("sources", "name"): _("Source %(number)d"),
}


def label_of(key: str) -> Text:
    name, _dot, rest = key.partition(".")
    if not rest:
        return SINGLE[name]
    place, _dot, part = rest.partition(".")
    return PARTS[name, part] % {"number": int(place) + 1}
