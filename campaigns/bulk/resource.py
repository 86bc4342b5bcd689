"""The rows of a translator's file, out and in, by django-import-export.

A row is one text: its key, the digest of its source, the source, the translation. The key and the digest come
back with it, so that a row is refused whose source has changed since it went out.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import tablib
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.results import Result
from import_export.widgets import CharWidget

from campaigns.authoring.places import label_of
from campaigns.bulk.parse import SHEET
from campaigns.bulk.progress import EVERY
from campaigns.translating.state import State, sha
from portal.kernel.errors import Text
from portal.kernel.words import unfit
from portal.ui.sheet import cell

HEADER = ("id", "source_hash", "note", "limit", "source", "translation")
MATTERS = {"id", "source_hash", "translation"}  # the others are for the translator's eye alone
PROBLEMS: dict[str, Text] = {
    "formula": _("This begins like a formula. Put an apostrophe before it."),
    "number": _("The program has turned this into a number or a date. Format the cell as text."),
    "long": _("This is longer than any text here."),
    "error": _("The program has put an error here. Write the text itself."),
    "wide": _("This row has more cells than the first one. Put its texts between quotation marks."),
}


@dataclass(slots=True)
class Unit:
    """One text as the file holds it."""

    id: str
    source_hash: str = ""
    note: str = ""
    limit: str = ""
    source: str = ""
    translation: str = ""


class Loader(BaseInstanceLoader):
    """The texts are looked up in the draft that the resource is bound to (get_instance)."""


class UnitResource(resources.Resource):
    """Bound to one language of one draft as it stands now; `after` gathers what the file would change."""

    id = Field(attribute="id", column_name="id", widget=CharWidget())
    source_hash = Field(
        attribute="source_hash", column_name="source_hash", widget=CharWidget(), readonly=True
    )
    note = Field(attribute="note", column_name="note", widget=CharWidget(), readonly=True)
    limit = Field(attribute="limit", column_name="limit", widget=CharWidget(), readonly=True)
    source = Field(attribute="source", column_name="source", widget=CharWidget(), readonly=True)
    translation = Field(attribute="translation", column_name="translation", widget=CharWidget())

    class Meta:
        import_id_fields = ("id",)
        instance_loader_class = Loader
        export_order = HEADER
        import_order = HEADER
        skip_unchanged = True
        report_skipped = True
        skip_diff = True
        use_transactions = False
        store_row_values = True

    def __init__(
        self, state: State, heard: Callable[[int, int], None] = lambda done, total: None, **options: Any
    ) -> None:
        """`heard(rows compared, rows in all)` now and then while a file is read."""
        super().__init__(**options)
        self.heard = heard
        self.state = state
        self.known = {unit.key: unit for unit in state.units}
        self.after: dict[str, str] = {}

    @classmethod
    def get_db_connection_name(cls) -> str:
        return "default"

    def units(self) -> Iterator[Unit]:
        for unit in self.state.units:
            yield Unit(
                unit.key, sha(unit.source), str(label_of(unit.key)), str(unit.limit), unit.source, unit.target
            )

    def written(self) -> tablib.Dataset:
        """What goes out. No cell of it begins like a formula."""
        rows = tablib.Dataset(headers=list(HEADER))
        for unit in self.units():
            rows.append([cell(getattr(unit, name)) for name in HEADER])
        return rows

    def exported(self, kind: str) -> bytes:
        return as_file(self.written(), kind)

    def read(self, header: list[str], rows: list[list[Any]]) -> Result:
        """Compare the file's rows with the draft; changes nothing."""
        given = tablib.Dataset(headers=[*header, "_problems"])
        for _number, cells, problems in rows:
            padded = [*cells, *[""] * (len(header) - len(cells))]
            given.append([*padded[: len(header)], problems])
        return self.import_data(given, dry_run=True, raise_errors=False, use_transactions=False)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.seen: set[str] = set()
        self.done, self.total = 0, len(dataset)

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        if self.done % EVERY == 0:
            self.heard(self.done, self.total)
        self.done += 1
        errors: list[Any] = [
            PROBLEMS[code]
            for place, code in (row.get("_problems") or {}).items()
            if int(place) < len(HEADER) and HEADER[int(place)] in MATTERS
        ]
        key = row.get("id", "")
        unit = self.known.get(key)
        if unit is None:
            errors.append(_("There is no text by this id in the draft."))
        elif key in self.seen:
            errors.append(_("This text stands in the file twice."))
        elif row.get("source_hash") != sha(unit.source):
            errors.append(_("Its source has changed since the file was written. Export it again."))
        if unit is not None:
            errors += unfit(row.get("translation", ""), unit.limit)
        self.seen.add(key)
        if errors:
            raise ValidationError([str(each) for each in errors])

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Unit:
        unit = self.known[row["id"]]
        return Unit(unit.key, translation=unit.target)

    def skip_row(
        self, instance: Unit, original: Unit | None, row: Any, import_validation_errors: Any = None
    ) -> bool:
        return self.known[instance.id].target == instance.translation.strip()

    def save_instance(self, instance: Unit, is_create: bool, row: Any, **kwargs: Any) -> None:
        self.after[instance.id] = instance.translation.strip()

    def validate_instance(self, instance: Unit, *args: Any, **kwargs: Any) -> None:
        """What the draft can hold was asked before the row was read."""


def as_file(rows: tablib.Dataset, kind: str) -> bytes:
    """UTF-8 with its mark, or a workbook in which each cell is text and stays text when it is typed into."""
    if kind == "csv":
        return str(rows.export("csv")).encode("utf-8-sig")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for number, row in enumerate([rows.headers, *rows], 1):
        for place, text in enumerate(row, 1):
            made = sheet.cell(number, place, text)
            # Left to itself, the library takes “#N/A” for an error and “=” for a formula.
            made.data_type, made.number_format = "s", "@"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
