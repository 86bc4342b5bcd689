"""Word-level differences between two texts, as one text."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# A word, a run of spaces, or one character of a script that writes without spaces.
TOKENS = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|\w+|\s+|[^\w\s]", re.UNICODE)
# Pairs of equal words that are looked at. A text of the longest has some thousands; one in which few words
# come again and again has hundreds of thousands, and would hold the page for minutes.
MOST_PAIRS = 20_000

Step = tuple[str, int, int, int, int]


def marked(before: str, after: str) -> SafeString:
    """Both texts as one, what went in <del> and what came in <ins>; every character escaped."""
    old, new = TOKENS.findall(before), TOKENS.findall(after)
    pieces = []
    for action, i1, i2, j1, j2 in _steps(old, new):
        if action == "equal":
            pieces.append(format_html("{}", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(format_html("<del>{}</del>", "".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(format_html("<ins>{}</ins>", "".join(new[j1:j2])))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


def _steps(old: Sequence[str], new: Sequence[str]) -> Sequence[Step]:
    """As difflib tells them. What repeats itself too often is told as one text out and one text in."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    rest_old, rest_new = old[start : len(old) - end], new[start : len(new) - end]
    counts = Counter(rest_old)
    for autojunk in (False, True):
        matcher = SequenceMatcher(None, rest_old, rest_new, autojunk=autojunk)
        if sum(counts[word] * len(places) for word, places in _places(matcher).items()) <= MOST_PAIRS:
            return _shifted(matcher.get_opcodes(), start, len(rest_old), len(rest_new), end)
    whole = [("replace", 0, len(rest_old), 0, len(rest_new))]
    return _shifted(whole, start, len(rest_old), len(rest_new), end)


def _shifted(steps: Sequence[Step], start: int, old: int, new: int, end: int) -> Sequence[Step]:
    """With what both have before and after."""
    found = [("equal", 0, start, 0, start)] if start else []
    found += [(step, start + i1, start + i2, start + j1, start + j2) for step, i1, i2, j1, j2 in steps]
    if end:
        found.append(("equal", start + old, start + old + end, start + new, start + new + end))
    return found


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))


def _places(matcher: SequenceMatcher[str]) -> dict[str, list[int]]:
    """Of each word of the new text that is looked for (a documented attribute, unknown to its types)."""
    return matcher.b2j  # type: ignore[attr-defined]
