"""Writes the web component with the words around a warning in it: `python -m campaigns.component.build`.

One file, so that one integrity value covers it. Needs no Django; portal.build runs it.
"""

import json
import os
import sys
from pathlib import Path

from campaigns.client.words import words

SOURCE = Path(__file__).with_name("withdrawal-warning.js")
CHECKOUT = Path(__file__).resolve().parents[2]
EMPTY = "const WORDS = {};"


def built() -> str:
    source = SOURCE.read_text(encoding="utf-8")
    if source.count(EMPTY) != 1:
        raise ValueError(f"{SOURCE.name} has no place for the words")
    written = json.dumps(words(), ensure_ascii=False, separators=(",", ":"))
    return source.replace(EMPTY, f"const WORDS = {written};")


def main() -> int:
    """Into the folder of what is served and was not committed; an unchanged file keeps its time."""
    target = Path(os.environ.get("PORTAL_VAR_DIR") or CHECKOUT / "var") / "vendor" / "component" / SOURCE.name
    content = built()
    if not target.is_file() or target.read_text(encoding="utf-8") != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
