"""Names and sizes: a file's name says what is in it, and none grows past what one can hold in mind."""

import re

from tests.house.addresses import ROOT, ours, relative, written

MOST_LINES = 320
# All that can be set stands in one place, whoever looks for it.
LONGER = {"portal/settings.py": 400, "tests/journeys/test_passkey.py": 360}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
# Spelt so that this file does not find itself.
LEFT_FOR_LATER = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
# Modules whose name is a convention: it says the place by itself.
CONVENTIONS = {"__init__", "apps", "events", "celery"}

TEXT = written(".py", ".html", ".txt", ".css", ".js", ".md", ".toml", ".yaml")


def test_names_of_files_say_what_is_in_them() -> None:
    rooms = {part for path in TEXT for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not rooms & SAYS_NOTHING


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    lengths = {
        relative(path): path.read_text(encoding="utf-8").count("\n")
        for path in written(".py")
        if "migrations" not in path.parts
    }
    assert {path: length for path, length in lengths.items() if length > LONGER.get(path, MOST_LINES)} == {}


def test_nothing_is_left_for_later() -> None:
    found = {relative(path): LEFT_FOR_LATER.findall(path.read_text(encoding="utf-8")) for path in TEXT}
    assert {path: words for path, words in found.items() if words} == {}


def test_every_module_says_its_place_unless_its_name_does() -> None:
    silent = [
        relative(path)
        for path in ours()
        if path.stem not in CONVENTIONS
        and not path.read_text(encoding="utf-8").removeprefix("#!/usr/bin/env python3\n").startswith('"""')
    ]
    assert silent == []
