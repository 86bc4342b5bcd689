"""Every address of the portal, as the resolver knows it, and every file that we wrote."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("portal", "campaigns", "casesupport")


@dataclass(frozen=True, slots=True)
class Address:
    name: str  # as given to reverse(), with its namespace
    pattern: str
    view: Callable[..., Any]


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver(), "", ""), key=lambda address: address.pattern)


def _walk(resolver: URLResolver, before: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        pattern = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, pattern, inner)
        else:
            yield Address(f"{namespace}{entry.name or ''}", pattern, entry.callback)


def written(*suffixes: str) -> list[Path]:
    """The files under version control and those about to be: a new one is judged before its commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        found = [ROOT / each for each in listed.stdout.split("\0") if each]
    else:  # an archive of the sources has no history
        skipped = {".venv", "node_modules", "var"}
        found = [path for path in ROOT.rglob("*") if not skipped & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if path.suffix in suffixes and path.is_file())


def ours(*apps: str) -> list[Path]:
    """The Python of the apps, without migrations and tests."""
    return [
        path
        for path in written(".py")
        if path.relative_to(ROOT).parts[0] in (apps or APPS) and "migrations" not in path.parts
    ]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))
