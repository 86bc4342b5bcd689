"""Every language that the interface is offered in is complete: no text of the code is missing from it.

`portal.messages --check` judges what stands in a catalogue; this judges what should. It needs no GNU gettext:
Python is read by Babel, templates through Django's own rewriting into the same form.
"""

import io
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from portal import messages
from tests.house.addresses import APPS, ROOT, relative, written

Message = tuple[str, str]  # (context, text in English)

WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
KEYWORDS = sorted(
    {
        "_",
        "gettext",
        "gettext_lazy",
        "gettext_noop",
        "ngettext",
        "ngettext_lazy",
        "ngettext_noop",
        *WITH_CONTEXT,
    }
)

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
SOURCES = [
    path
    for path in written(".py", ".html", ".txt")
    if path.relative_to(ROOT).parts[0] in (*APPS, "templates") and "migrations" not in path.parts
]


def catalogue(code: str) -> Path:
    return messages.LOCALE / to_locale(code) / "LC_MESSAGES" / "django.po"


def in_python(source: str) -> Iterator[Message]:
    return _read(extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}))


def in_template(source: str) -> Iterator[Message]:
    # The rewriting leaves calls between X's that stand for the page's own words. Read as a script they need
    # no indentation that makes sense to Python.
    return _read(extract_javascript(io.BytesIO(templatize(source).encode()), KEYWORDS, [], {}))


def _read(found: Iterable[Any]) -> Iterator[Message]:
    for _line, name, texts, _comments in found:
        given = texts if isinstance(texts, list | tuple) else (texts,)
        if name in WITH_CONTEXT and given[0] is not None and given[1] is not None:
            yield given[0], given[1]
        elif name not in WITH_CONTEXT and given[0]:
            yield "", given[0]


@cache
def wanted() -> dict[Message, str]:
    """Every text to be translated, and a file that uses it."""
    found: dict[Message, str] = {}
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        read = in_python if path.suffix == ".py" else in_template
        for message in read(source):
            found.setdefault(message, relative(path))
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_the_code_is_in_the_catalogue(code: str) -> None:
    source = catalogue(code)
    assert source.is_file(), f"{code} is offered without a catalogue"
    with source.open("rb") as file:
        known = {
            (message.context or "", message.id[0] if isinstance(message.id, tuple) else message.id)
            for message in read_po(file)
            if message.id and not message.fuzzy
        }
    assert {message: path for message, path in wanted().items() if message not in known} == {}


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_of_the_catalogue_is_translated(code: str) -> None:
    assert messages.problems(catalogue(code)) == []


def test_the_code_says_enough_for_the_search_to_have_worked() -> None:
    assert len(wanted()) > 900


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('{% translate "Hello" %}', [("", "Hello")]),
        ('{% panel _("Targets") %}\n   <p>{% translate "Two" %}</p>', [("", "Targets"), ("", "Two")]),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}", [("", "Hello %(name)s")]),
        ('{% translate "May" context "month" %}', [("month", "May")]),
    ],
)
def test_the_search_reads_templates(source: str, texts: list[Message]) -> None:
    assert list(in_template(source)) == texts


def test_the_search_reads_python() -> None:
    source = 'a = _("One")\nb = ngettext("%d key", "%d keys", n)\nc = pgettext("month", "May")'
    assert list(in_python(source)) == [("", "One"), ("", "%d key"), ("month", "May")]
