"""Every word that a person reads goes through the translations; nothing is marked safe by hand.

That no template needs inline styles or scripts is held by tests/portal/test_ui_house.py.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from tests.house.addresses import relative, written

# Not language: names of the product's own, letters of a mark, units, examples of a format.
ALLOWED = {"AB", "HK", "SHA-256", "USDT", "BTC", "ETH", "JSON", "TOTP", "PIN", "CAP", "XLSX", "CSV"}
# Attributes whose value is read or spoken.
SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "label", "data-confirm"}
# Tags whose arguments are no words for people.
SILENT = {
    "extends", "load", "url", "static", "if", "elif", "else", "endif", "for", "endfor", "with", "endwith",
    "block", "endblock", "csrf_token", "comment", "translate", "trans", "blocktranslate", "cycle",
    "get_current_language", "element", "endelement", "slot", "endslot", "setvar", "query", "now",
}  # fmt: skip

TAG = re.compile(r"{%\s*(\w+)\s*(.*?)%}", re.DOTALL)
TRANSLATED_BLOCK = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
CLASS_OF_BODY = r"{%\s*block body_class\s*%}.*?{%\s*endblock\s*%}"
HIDDEN = re.compile(rf"{{#.*?#}}|{{%\s*comment\b.*?{{%\s*endcomment\s*%}}|{CLASS_OF_BODY}", re.DOTALL)
VARIABLE = re.compile(r"{{.*?}}", re.DOTALL)
# Translated, or a class of the style sheet.
NO_WORDS = re.compile(r"""(?:_\(|\bcss=)(["']).*?\1\)?""")
QUOTED = re.compile(r"""(["'])(.*?)\1""")
WORDS = re.compile(r"[^\W\d_]{2,}")

TEMPLATES = [path for path in written(".html", ".txt") if "templates" in path.parts]


class Visible(HTMLParser):
    """Collects what a reader sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unseen += tag in ("script", "style")
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.found.append(data)


def untranslated(source: str) -> Iterator[str]:
    """The words of a template that no translation reaches."""
    source = TRANSLATED_BLOCK.sub("", HIDDEN.sub("", source))
    for tag, arguments in TAG.findall(source):
        if tag not in SILENT:
            for _quote, text in QUOTED.findall(NO_WORDS.sub("", arguments)):
                if re.match(r"[A-Z]", text) or (" " in text and WORDS.search(text)):
                    yield from _unless_allowed(text)
    reader = Visible()
    reader.feed(VARIABLE.sub("", TAG.sub("", source)))
    reader.close()
    for text in reader.found:
        yield from _unless_allowed(text)


def _unless_allowed(text: str) -> Iterator[str]:
    rest = text.strip()
    for word in sorted(ALLOWED, key=len, reverse=True):
        rest = rest.replace(word, "")
    if WORDS.search(rest):
        yield text.strip()


def test_every_word_goes_through_the_translations() -> None:
    found = {relative(path): list(untranslated(path.read_text(encoding="utf-8"))) for path in TEMPLATES}
    assert {path: words for path, words in found.items() if words} == {}


def test_nothing_is_marked_safe_by_hand() -> None:
    marked = re.compile(r"\|\s*safe(?:seq)?\b|{%\s*autoescape\s+off")
    pages = [path for path in TEMPLATES if path.suffix == ".html"]
    assert [relative(path) for path in pages if marked.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        '<p title="Hello there">{{ name }}</p>',
        '{% panel "Targets" name="target" %}{% endpanel %}',
        '{% include "elements/button.html" with label="Save it" %}',
        "<p>{% translate 'One' %} and two</p>",
        '<input placeholder="Your name">',
    ],
)
def test_the_search_finds_what_is_not_translated(source: str) -> None:
    assert list(untranslated(source))


@pytest.mark.parametrize(
    "source",
    [
        '<p class="lead">{% translate "Hello" %} · {{ name }}</p>',
        "{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}",
        '{% panel _("Targets") name="target" %}{% endpanel %}',
        '<script type="application/json">{"word": 1}</script>',
        "{# a remark #}<p>1–2</p>",
    ],
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert list(untranslated(source)) == []
