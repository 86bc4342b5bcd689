"""A status is assigned by flows and by nothing else: no view, job, import or seed takes a short cut."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.addresses import ours, relative

# Methods that write rows, past the flows if they are given a status.
WRITING = {"update", "create", "get_or_create", "update_or_create", "bulk_update", "bulk_create"}


def assignments(tree: ast.AST) -> Iterator[int]:
    """The lines on which a status is written."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        flat = [each for target in targets for each in ast.walk(target)]
        if any(
            isinstance(each, ast.Attribute) and each.attr == "status" and isinstance(each.ctx, ast.Store)
            for each in flat
        ):
            yield node.lineno  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = node.func
            by_method = isinstance(called, ast.Attribute) and called.attr in WRITING
            if by_method and any(keyword.arg == "status" for keyword in node.keywords):
                yield node.lineno
            by_name = isinstance(called, ast.Name) and called.id == "setattr"
            if by_name and isinstance(node.args[1], ast.Constant) and node.args[1].value == "status":
                yield node.lineno


def test_no_status_is_assigned_outside_a_flow() -> None:
    found = [
        f"{relative(path)}:{line}"
        for path in ours()
        if path.name != "flows.py"
        for line in assignments(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "campaign.status = 'draft'",
        "a, campaign.status = 1, 'draft'",
        "campaign.status: str = 'draft'",
        "Campaign.objects.filter(status='draft').update(status='approved')",
        "Campaign.objects.create(title='x', status='approved')",
        "setattr(campaign, 'status', 'approved')",
    ],
)
def test_the_search_finds_every_way_to_assign_one(code: str) -> None:
    assert list(assignments(ast.parse(code))) == [1]


@pytest.mark.parametrize(
    "code", ["Campaign.objects.filter(status='draft')", "render(request, 'x.html', status=422)", "status = 1"]
)
def test_the_search_leaves_reading_alone(code: str) -> None:
    assert list(assignments(ast.parse(code))) == []
