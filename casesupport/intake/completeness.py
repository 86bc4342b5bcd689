"""What a case request of its type still lacks before it can be submitted (domain, section 5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from casesupport.models import CaseRequest
from casesupport.models.caserequest import RequestType
from casesupport.models.legalprocess import Instrument
from portal.kernel.errors import Text

# The longest freeze that a letter of the agency carries without a court (domain, section 5).
LETTER_FREEZE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Missing:
    field: str  # the form field it is about
    message: Text


def missing(case_request: CaseRequest) -> list[Missing]:
    return [*_words(case_request), *_data(case_request), *_targets(case_request), *_process(case_request)]


def _words(asked: CaseRequest) -> Iterator[Missing]:
    if not asked.offence.strip():
        yield Missing("offence", _("Name the offence."))
    if not asked.facts.strip():
        yield Missing("facts", _("State the facts."))
    if asked.type == RequestType.EMERGENCY and not asked.imminent_danger.strip():
        yield Missing(
            "imminent_danger", _("Say who is in imminent danger of death or serious injury, and why.")
        )
    if asked.type == RequestType.INFORMATION and not asked.necessity.strip():
        yield Missing("necessity", _("Say why the data is necessary."))


def _data(asked: CaseRequest) -> Iterator[Missing]:
    if asked.type in (RequestType.INFORMATION, RequestType.EMERGENCY) and not asked.data_categories:
        yield Missing("data_categories", _("Choose which data you want."))
    if asked.type == RequestType.INFORMATION and not (asked.wanted_from and asked.wanted_until):
        yield Missing("wanted_from", _("Name the dates between which you want data."))
    if asked.type == RequestType.FREEZE:
        if not asked.term_days:
            yield Missing("term_days", _("Name the term of the freeze in days."))
        elif (
            asked.term_days > LETTER_FREEZE_DAYS
            and asked.legal_process.instrument == Instrument.POLICE_LETTER
        ):
            yield Missing(
                "term_days",
                _("A letter of the agency carries a freeze of at most %(days)d days.")
                % {"days": LETTER_FREEZE_DAYS},
            )


def _targets(asked: CaseRequest) -> Iterator[Missing]:
    if not asked.targets.all():
        yield Missing("targets", _("Add at least one target."))


def _process(asked: CaseRequest) -> Iterator[Missing]:
    """An emergency may be asked for first and covered by a legal process afterwards."""
    if asked.type == RequestType.EMERGENCY:
        return
    process = asked.legal_process
    if not process.instrument:
        yield Missing("process-instrument", _("Name the instrument of the legal process."))
    elif asked.type == RequestType.SEIZURE and process.instrument != Instrument.COURT_ORDER:
        yield Missing("process-instrument", _("A seizure or asset return needs a court order."))
    if not process.authority.strip():
        yield Missing("process-authority", _("Name the issuing authority."))
    if process.issued_on is None:
        yield Missing("process-issued_on", _("Give the date of the legal process."))
    if process.document_id is None:
        yield Missing("document", _("Attach the order or letter itself."))
