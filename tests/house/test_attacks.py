"""docs/attacks.md names the test of every attack: each exists, and each row says all it has to say."""

import ast
import re
from functools import cache

import pytest
from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "attacks.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
ROW = re.compile(r"^\|(?! *(?:-+|attack) *\|)(.+)\|$", re.M)
LEAST = 120


@cache
def names_in(path: str) -> set[str]:
    """Every test of this file, as pytest names it: of a class by `Class::test`."""
    tree = ast.parse((settings.BASE_DIR / path).read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        found |= {f"{group.name}::{node.name}" for node in group.body if isinstance(node, ast.FunctionDef)}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def missing(text: str) -> list[str]:
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(text)
        if not (settings.BASE_DIR / path).is_file() or name not in names_in(path)
    ]


def test_every_test_that_is_named_exists() -> None:
    assert missing(PAGE.read_text(encoding="utf-8")) == []


def test_every_row_says_what_is_tried_what_it_gets_what_stops_it_and_where_that_is_tried() -> None:
    rows = [row.strip() for row in ROW.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(rows) >= LEAST
    for row in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)]
        assert len(cells) == 4, row
        assert all(cells), row
        assert NAMED.search(cells[3]), row


@pytest.mark.parametrize(
    "reference",
    [
        "tests/house/test_attacks.py::test_that_nobody_wrote",
        "tests/house/test_nothing.py::test_every_test_that_is_named_exists",
        "tests/house/test_attacks.py::missing",
        "tests/portal/test_scope.py::TestAPage::test_that_nobody_wrote",
    ],
)
def test_the_search_finds_what_is_not_there(reference: str) -> None:
    assert missing(f"`{reference}`") == [reference]
