"""Word-level differences between two texts, as one text."""

import re
from difflib import SequenceMatcher

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# A word, a run of spaces, or one character of a script that writes without spaces.
TOKENS = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|\w+|\s+|[^\w\s]", re.UNICODE)


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
