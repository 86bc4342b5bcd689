"""Translations are compiled without GNU gettext, and what is incomplete is named."""

import gettext
import os

import pytest

from portal import messages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale")
    path = tmp_path / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + 'msgid "Home"\nmsgstr "首頁"\n', encoding="utf-8")
    return path


def add(source, text):
    source.write_text(source.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_compiled_language_speaks_and_is_compiled_again_only_when_stale(source):
    assert messages.stale() == [source]
    assert messages.run(check=False) == 0
    with source.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Home") == "首頁"
    assert messages.stale() == []
    newer = source.with_suffix(".mo").stat().st_mtime_ns + 1_000_000
    os.utime(source, ns=(newer, newer))
    assert messages.stale() == [source]


def test_a_complete_language_has_no_problems(source):
    assert messages.problems(source) == []
    assert messages.run(check=True) == 0


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ('\nmsgid "Back"\nmsgstr ""\n', "not translated: 'Back'"),
        ('\n#, fuzzy\nmsgid "Back"\nmsgstr "返回"\n', "fuzzy: 'Back'"),
        ('\n#, python-format\nmsgid "%(n)s left"\nmsgstr "%(m)s"\n', "unknown named placeholder"),
        ('\nmsgid "Back\n', "cannot be read"),
    ],
)
def test_what_is_incomplete_or_broken_is_named_and_fails_the_check(source, entry, named, capsys):
    add(source, entry)
    assert messages.run(check=True) == 1
    assert named in capsys.readouterr().err
    assert not source.with_suffix(".mo").exists()
