"""What a person may type: text that can be kept, and that is read as it is stored."""

import re
import unicodedata

from django.utils.translation import gettext as _

from portal.kernel.errors import Text

# Control characters but tab and line ends, those of ISO 6429 among them; and the two directional overrides
# (Unicode TR 9, section 2.2): they show a number backwards, so that two people would approve what nobody
# reads. Marks and isolates are welcome. Half a surrogate pair is no character at all, and PostgreSQL refuses
# it; nor is what Unicode keeps free for good, two of which no XML document can hold.
NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# A name stands in one line, in mail headers too.
NOT_IN_A_LINE = re.compile("[\t\n\r\x85\u2028\u2029]")


# Letters and symbols by the book, and drawn as nothing: fillers of Hangul, the empty pattern of Braille.
DRAWN_AS_NOTHING = "\u115f\u1160\u2800\u3164\uffa0"


def is_blank(text: str) -> bool:
    """Whether nobody would see anything: no letter, digit, punctuation or symbol, whatever else is there."""
    return not any(unicodedata.category(sign)[0] in "LNPS" and sign not in DRAWN_AS_NOTHING for sign in text)


def unfit(text: str, limit: int, *, missing: Text = "") -> list[Text]:
    """What is wrong with it, in words for its author; empty where nothing is. A blank is `missing`."""
    found: list[Text] = []
    if missing and is_blank(text):
        found.append(missing)
    if len(text) > limit:
        found.append(
            _("At most %(limit)d characters; this has %(length)d.") % {"limit": limit, "length": len(text)}
        )
    if NOT_TEXT.search(text):
        found.append(_("This has a character that is not text."))
    return found


def unfit_line(text: str, limit: int, *, missing: Text = "") -> list[Text]:
    """The same for what stands in one line: a name, a subject."""
    found = unfit(text, limit, missing=missing)
    if NOT_IN_A_LINE.search(text):
        found.append(_("Write this in one line."))
    return found
