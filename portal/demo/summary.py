"""What the demo prints once it is ready: where it is, who can sign in, which machines may call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = [heads, ["─" * width for width in widths], *rows]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def lines(url: str, people: Path, logs: Path) -> list[str]:
    found = ["", f"The portal is ready: {url}", ""]
    if people.exists():
        content = json.loads(people.read_text(encoding="utf-8"))
        accounts = [
            [
                one["role"],
                one.get("agency") or "—",
                one["email"],
                one["password"],
                one.get("totp_secret") or "—",
            ]
            for one in content.get("accounts", [])
        ]
        clients = [[one["name"], ", ".join(one["scopes"]), one["key"]] for one in content.get("clients", [])]
        if accounts:
            found += [*table(["Role", "Agency", "E-mail", "Password", "TOTP secret"], accounts), ""]
        if clients:
            found += [*table(["API client", "Scopes", "Key"], clients), ""]
        found.append(f"The same as JSON: {people}")
    found += [f"Logs: {logs}/*.log", "Stop with Ctrl-C. Begin afresh with: make demo RESET=1", ""]
    return found
