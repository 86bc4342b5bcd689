"""What `make check` judges beside style and types: architecture, migrations, a deployment's settings."""

import ast
import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.house.addresses import ROOT, ours, relative


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, timeout=120
    )


def key(size: int) -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(size)).decode()


def test_the_rooms_depend_downwards_only() -> None:
    judged = run(
        sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", PYTHONPATH="."
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_kernel_knows_no_database() -> None:
    """Import contracts judge other people's packages as a whole; of Django, translations are welcome here
    and the database is not."""
    ruled_out = ("django.db", "django.apps", "django.contrib", "django.conf", "psycopg")
    kernel = [path for path in ours("portal") if path.parent.name == "kernel"]
    assert kernel
    assert [
        (relative(path), name) for path in kernel for name in imports(path) if name.startswith(ruled_out)
    ] == []


def test_no_list_leaves_as_a_file_unrecorded() -> None:
    """portal.audit.sheets records what it hands out. The archives of the trail are its own room's.

    A draft's texts go to translators by campaigns.bulk.flows.export_translation, which records it too.
    """
    others = ("portal/audit/", "campaigns/bulk/")
    writers = {relative(path) for path in ours() if {"portal.ui.sheet", "csv"} & set(imports(path))}
    assert {path for path in writers if not path.startswith(others)} == {"portal/ui/sheet.py"}
    named = [relative(path) for path in ours() if "text/csv" in path.read_text(encoding="utf-8")]
    assert named == ["campaigns/bulk/views.py", "portal/audit/sheets.py"]


def test_only_the_settings_read_the_environment() -> None:
    readers = [relative(path) for path in ours() if "portal.env" in imports(path)]
    named = [
        relative(path)
        for path in ours()
        if any(
            isinstance(node, ast.ImportFrom)
            and node.module == "portal"
            and any(alias.name == "env" for alias in node.names)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert readers + named == ["portal/settings.py"]


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def test_a_deployment_has_nothing_to_be_warned_of() -> None:
    judged = run(
        sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
        PORTAL_MODE="production", PORTAL_BUILD="1", SECRET_KEY=key(63), PORTAL_FIELD_KEYS=key(32),
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(
    "missing",
    [
        "SECRET_KEY",
        "PORTAL_FIELD_KEYS",
        "PORTAL_SIGNING_KEYS",
        "PORTAL_DELIVERY_KEYS",
        "PORTAL_REFERENCE_KEY",
        "DATABASE_URL",
    ],
)
def test_a_deployment_without_a_secret_does_not_start(missing: str) -> None:
    given = {
        "PORTAL_MODE": "production",
        "PORTAL_BASE_URL": "https://portal.example",
        "SECRET_KEY": key(63),
        "PORTAL_FIELD_KEYS": key(32),
        "PORTAL_SIGNING_KEYS": key(32),
        "PORTAL_DELIVERY_KEYS": key(32),
        "PORTAL_REFERENCE_KEY": key(32),
        "DATABASE_URL": "postgresql://portal@localhost/portal",
        "REDIS_URL": "redis://localhost:6379",
    }
    del given[missing]
    judged = run(sys.executable, "manage.py", "check", **given)
    assert judged.returncode != 0
    assert f"{missing} (or {missing}_FILE) must be set" in judged.stderr
