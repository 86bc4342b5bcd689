"""Django's makemessages, leaving a catalogue that differs only where the texts do.

No guesses at translations (a text that is new is empty, and `make check` names it), no texts that nobody uses
any more, and none of gettext's headers that change at every run.
"""

from pathlib import Path
from typing import Any

from django.core.management.commands import makemessages

CHANGES_EACH_RUN = ('"POT-Creation-Date:', '"Report-Msgid-Bugs-To:')


class Command(makemessages.Command):
    msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching"]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        catalogue = Path(potfile).parent / locale / "LC_MESSAGES" / f"{self.domain}.po"
        lines = catalogue.read_text(encoding="utf-8").splitlines(keepends=True)
        catalogue.write_text(
            "".join(line for line in lines if not line.startswith(CHANGES_EACH_RUN)), encoding="utf-8"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **{**options, "no_obsolete": True})
