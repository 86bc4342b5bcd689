"""Compiles the translations in locale/ with Babel, so that no GNU gettext is needed to run the portal.

`python -m portal.messages` compiles what is stale; `--check` names what is fuzzy, untranslated or broken
and writes nothing. Needs no Django settings.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def sources() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns


def stale() -> list[Path]:
    return [source for source in sources() if is_stale(source)]


def _language(source: Path) -> str:
    return source.parent.parent.name


def compile_one(source: Path) -> None:
    """Write the .mo beside the .po, whole or not at all: a server may be reading the old one."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalog = read_po(file, locale=_language(source), abort_invalid=True)
    draft = source.with_suffix(f".{os.getpid()}.tmp")
    with draft.open("wb") as file:
        write_mo(file, catalog)
    draft.replace(source.with_suffix(".mo"))


def problems(source: Path) -> list[str]:
    """What keeps this language from being complete, each with its line."""
    from babel.messages.pofile import PoFileError, read_po

    place = source.relative_to(LOCALE.parent)
    try:
        with source.open("rb") as file:
            catalog = read_po(file, locale=_language(source), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as problem:
        return [f"{place}: cannot be read: {problem}"]
    found = []
    for message in catalog:
        if not message.id:
            continue
        where = f"{place}:{message.lineno}"
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.fuzzy:
            found.append(f"{where}: fuzzy: {message.id!r}")
        elif not all(texts):
            found.append(f"{where}: not translated: {message.id!r}")
        else:
            found += [f"{where}: {problem}" for problem in message.check(catalog)]
    return found


def run(check: bool) -> int:
    if check:
        found = [line for source in sources() for line in problems(source)]
        for line in found:
            print(line, file=sys.stderr)  # noqa: T201
        return 1 if found else 0
    for source in stale():
        compile_one(source)
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only report what is incomplete or broken")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m portal.messages", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
