"""`manage.py verify_audit`: reads the chain, compares signed heads, and ends with 1 if anything broke."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import heads
from portal.audit.chain import MOST_FAULTS, START, Fault, Kind, last, walk
from portal.audit.verification import forgotten, known_heads

WORDS = {
    Kind.MISSING: "row {seq}: the numbers {first} to {until} before it are missing",
    Kind.CHANGED: "row {seq}: changed, it does not fit its hash",
    Kind.UNLINKED: "row {seq}: does not name the hash of the row before; it was replaced, or this is forged",
    Kind.CUT: "row {seq}: gone from the end, the trail stops at {after}; {witness}",
    Kind.REWRITTEN: "row {seq}: not the one of {witness}; something after row {after} was written anew",
    Kind.UNSIGNED: "head {head}: not signed by a key of ours, or not a head",
}


class Command(BaseCommand):
    help = "Verifies the audit trail: numbers, hashes, links, signed heads. Ends with 1 if something broke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--heads", type=Path, help="a directory of signed heads that were kept elsewhere")
        parser.add_argument(
            "--keys", type=Path, help="JWK set to judge those by; default: this portal's keys"
        )
        parser.add_argument("--since-head", action="store_true", help="only what came after the newest head")

    def handle(
        self, *args: Any, heads: Path | None, keys: Path | None, since_head: bool, **options: Any
    ) -> None:
        jwks, kept = self._given(heads, keys)
        compared, faults, holding = self._compared(jwks, kept)
        since = holding.point if since_head and holding is not None else START
        faults += forgotten(holding.point if holding is not None else START)
        rows, point = 0, since
        for step in walk(since, last().seq):
            rows, point = rows + step.rows, step.point
            faults += step.faults[: MOST_FAULTS - len(faults)]
        for fault in faults:
            self.stdout.write(described(fault))
        self.stdout.write(f"{rows} rows read after row {since.seq}, {compared} signed heads compared")
        self.stdout.write(f"head: {point.seq} {point.hash}")
        if faults:
            self.stderr.write(f"The audit trail is broken: {len(faults)} findings.")
            sys.exit(1)
        self.stdout.write("The audit trail is whole.")

    def _given(self, directory: Path | None, keys: Path | None) -> tuple[Any, list[tuple[str, str]]]:
        if directory is None:
            return None, []
        if not directory.is_dir():
            raise CommandError(f"There is no directory {directory}.")
        kept = list(heads.in_directory(directory))
        if not kept:
            raise CommandError(f"There is no head in {directory}.")
        try:
            return json.loads(keys.read_text(encoding="utf-8")) if keys else None, kept
        except (OSError, ValueError) as problem:
            raise CommandError(f"{keys}: {problem}") from problem

    def _compared(self, jwks: Any, kept: list[tuple[str, str]]) -> tuple[int, list[Fault], heads.Head | None]:
        ours = heads.compare(known_heads())
        theirs = heads.compare(kept, jwks)
        return (
            ours[0] + theirs[0],
            theirs[1] + [fault for fault in ours[1] if fault not in theirs[1]],
            ours[2],
        )


def described(fault: Fault) -> str:
    witness = f"the verification of {fault.check}" if fault.check else f"head {fault.head}"
    return WORDS[fault.kind].format(
        seq=fault.seq, after=fault.after, head=fault.head, witness=witness,
        first=fault.after + 1, until=fault.seq - 1,
    )  # fmt: skip
