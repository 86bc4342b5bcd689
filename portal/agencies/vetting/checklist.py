"""What a round needs and where each check stands: the one reading that pages, flows and notices share."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.kernel.errors import Text, WrongState
from portal.models import Agency, ApplicationDocument, VettingCheck, VettingRound
from portal.models.vetting import CheckKind, CheckResult

# Where each kind stands on the page of the vetting.
ANCHORS = {
    CheckKind.DOMAIN_DNS: "domains",
    CheckKind.DOMAIN_MAIL: "mailbox",
    CheckKind.SWITCHBOARD: "switchboard",
    CheckKind.DOCUMENTS: "documents",
    CheckKind.LOOKALIKE: "comparisons",
    CheckKind.DUPLICATES: "comparisons",
}
# In the order in which they are best done: what needs the agency's answer first.
ORDER = (
    CheckKind.DOMAIN_DNS,
    CheckKind.DOMAIN_MAIL,
    CheckKind.SWITCHBOARD,
    CheckKind.DOCUMENTS,
    CheckKind.LOOKALIKE,
    CheckKind.DUPLICATES,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One check that the round needs, and the newest row that says how it went."""

    kind: CheckKind
    subject: str
    label: Text
    row: VettingCheck | None = None

    @property
    def anchor(self) -> str:
        return ANCHORS[self.kind]

    @property
    def is_settled(self) -> bool:
        return self.row is not None and self.row.is_settled

    @property
    def is_answerable(self) -> bool:
        """A flag that waits for an answer, or a failed one that may get another."""
        of_comparison = self.kind in (CheckKind.LOOKALIKE, CheckKind.DUPLICATES)
        return of_comparison and self.state in (CheckResult.FLAGGED, CheckResult.FAILED)

    @property
    def state(self) -> str:
        return self.row.result if self.row else "open"

    @property
    def state_label(self) -> Text:
        return CheckResult(self.row.result).label if self.row else _("Open")

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What a comparison found, with its words in the reader's language."""
        found = self.row.evidence.get("findings", []) if self.row else []
        language = get_language() or settings.LANGUAGE_CODE
        return [{**each, "words": each["text"].get(language) or each["text"]["en"]} for each in found]

    @property
    def name(self) -> Text:
        return _("%(check)s: %(subject)s") % {"check": self.kind.label, "subject": self.label}


@dataclass(frozen=True, slots=True)
class Checklist:
    round: VettingRound
    items: Sequence[Item]
    rows: Sequence[VettingCheck]  # all of the round, oldest first

    @property
    def missing(self) -> list[Item]:
        return [item for item in self.items if not item.is_settled]

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def newest(self) -> int:
        """The number of the newest check: whoever decides says with it what he or she saw."""
        return self.rows[-1].number if self.rows else 0

    def item(self, kind: str, subject: str = "") -> Item | None:
        return next((item for item in self.items if (item.kind, item.subject) == (kind, subject)), None)

    def title(self, row: VettingCheck) -> Text:
        """What was checked, as the list has it; its kind where the list has it no more."""
        item = self.item(row.kind, row.subject)
        return item.name if item else CheckKind(row.kind).label

    def of(self, kind: str) -> list[Item]:
        return [item for item in self.items if item.kind == kind]


def checklists(agencies: Iterable[Agency]) -> dict[UUID, Checklist]:
    """Of each agency's newest round, in as many queries for many agencies as for one."""
    by_id = {agency.pk: agency for agency in agencies}
    newest = (
        VettingRound.objects.filter(agency__in=by_id)
        .order_by("agency_id", "-number")
        .distinct("agency_id")
        .select_related("begun_by")
    )
    rounds = {round.pk: round for round in newest}
    rows: dict[UUID, list[VettingCheck]] = defaultdict(list)
    for row in VettingCheck.objects.filter(round__in=rounds).select_related("person").order_by("number"):
        rows[row.round_id].append(row)
    papers = documents_of(by_id)
    return {
        round.agency_id: _of(round, by_id[round.agency_id], rows[round.pk], papers.get(round.agency_id, []))
        for round in rounds.values()
    }


def checklist(agency: Agency) -> Checklist:
    """Raises WrongState where vetting was never begun."""
    found = checklists([agency]).get(agency.pk)
    if found is None:
        raise WrongState(_("Vetting has not begun."))
    return found


def vetters(round: VettingRound) -> set[UUID | None]:
    """Everyone who had a part in the round, and so no part in its decision. PostgreSQL asks the same."""
    return {
        round.begun_by_id,
        *round.checks.values_list("person_id", flat=True),
        *round.mail_challenges.values_list("asked_by_id", flat=True),
    } - {None}


def documents_of(agencies: Iterable[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """(id, name) of each document that came with each agency's application."""
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    rows = ApplicationDocument.objects.filter(application__agency__in=agencies).order_by("uploaded_at", "pk")
    for agency_id, document_id, name in rows.values_list("application__agency_id", "pk", "name"):
        found[agency_id].append((str(document_id), name))
    return found


def _of(
    round: VettingRound, agency: Agency, rows: list[VettingCheck], documents: list[tuple[str, str]]
) -> Checklist:
    newest = {(row.kind, row.subject): row for row in rows}
    subjects: dict[CheckKind, list[tuple[str, Text]]] = {
        CheckKind.DOMAIN_DNS: [(domain, domain) for domain in agency.domains],
        CheckKind.DOMAIN_MAIL: [("", _("a mailbox on the agency's own site"))],
        CheckKind.SWITCHBOARD: [("", agency.switchboard)],
        CheckKind.DOCUMENTS: list(documents) or [("", _("none came with the application"))],
        CheckKind.LOOKALIKE: [(domain, domain) for domain in agency.domains],
        CheckKind.DUPLICATES: [("", _("agencies we know"))],
    }
    items = [
        Item(kind, subject, label, newest.get((kind, subject)))
        for kind in ORDER
        for subject, label in dict(subjects[kind]).items()
    ]
    return Checklist(round, items, rows)
