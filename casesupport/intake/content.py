"""What an officer types into a case request, checked for sense at every save (completeness comes later)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from casesupport.intake.identifiers import Identified, identify
from casesupport.models import CaseRequest, LegalProcess, Target
from casesupport.models.caserequest import TEXT_MAX, WORDS
from portal.kernel.errors import Invalid, Text

MAX_TARGETS = 100
PROCESS_FIELDS = ("instrument", "authority", "reference", "issued_on")


@dataclass(frozen=True, slots=True)
class GivenTarget:
    kind: str
    value: str
    chain: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class GivenProcess:
    instrument: str = ""
    authority: str = ""
    reference: str = ""
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All of a draft but its documents. `wanted_until` is exclusive."""

    offence: str = ""
    facts: str = ""
    imminent_danger: str = ""
    necessity: str = ""
    data_categories: Sequence[str] = ()
    wanted_from: date | None = None
    wanted_until: date | None = None
    term_days: int | None = None
    process: GivenProcess = field(default_factory=GivenProcess)
    targets: Sequence[GivenTarget] = ()

    def identified(self) -> list[Identified]:
        """Every target understood; raises Invalid for one that cannot be or stands there twice."""
        if len(self.targets) > MAX_TARGETS:
            raise Invalid({"targets": [_("At most %(count)d targets.") % {"count": MAX_TARGETS}]})
        found: dict[tuple[str, str, str, str], Identified] = {}
        for given in self.targets:
            try:
                each = identify(given.kind, given.value, chain=given.chain, tag=given.tag)
            except Invalid as refused:
                texts = [text for texts in refused.errors.values() for text in texts]
                raise Invalid({"targets": [f"{given.value[:80]}: {text}" for text in texts]}) from None
            if found.setdefault((each.kind, each.chain, each.value, each.tag), each) is not each:
                raise Invalid({"targets": [_("“%(value)s” is listed twice.") % {"value": each.given}]})
        return list(found.values())

    def write(self, case_request: CaseRequest) -> None:
        """Set the words; raises Invalid by field for what the columns or the dates refuse."""
        for name in WORDS:
            setattr(case_request, name, getattr(self, name))
        case_request.data_categories = list(dict.fromkeys(self.data_categories))
        errors: dict[str, list[Text]] = {}
        for name in ("offence", "facts", "imminent_danger", "necessity"):
            text = getattr(self, name)
            if "\x00" in text:
                errors[name] = [_("The text holds a sign that cannot be stored.")]
            elif len(text) > TEXT_MAX:
                errors[name] = [_("At most %(limit)d characters.") % {"limit": TEXT_MAX}]
        try:
            case_request.clean_fields(exclude={each.name for each in CaseRequest._meta.fields} - set(WORDS))
        except ValidationError as refused:
            errors.update({name: list(texts) for name, texts in refused.message_dict.items()})
        if self.wanted_from and self.wanted_until and self.wanted_until <= self.wanted_from:
            errors.setdefault("wanted_until", []).append(_("The end must come after the start."))
        if errors:
            raise Invalid(errors)

    def write_process(self, process: LegalProcess, *, today: date) -> None:
        """Set the legal process; raises Invalid with its fields named process-…"""
        for name in PROCESS_FIELDS:
            setattr(process, name, getattr(self.process, name))
        errors: dict[str, list[Text]] = {}
        try:
            process.clean_fields(exclude={"case_request", "document"})
        except ValidationError as refused:
            errors = {f"process-{name}": list(texts) for name, texts in refused.message_dict.items()}
        if self.process.issued_on and self.process.issued_on > today:
            errors.setdefault("process-issued_on", []).append(_("The date lies in the future."))
        if errors:
            raise Invalid(errors)


def content_of(case_request: CaseRequest) -> Content:
    """What a saved draft holds, as its form shows it."""
    process = case_request.legal_process
    return Content(
        **{name: getattr(case_request, name) for name in WORDS},
        process=GivenProcess(**{name: getattr(process, name) for name in PROCESS_FIELDS}),
        targets=[
            GivenTarget(target.kind, target.given, target.chain, target.tag)
            for target in case_request.targets.all()
        ],
    )


def lay_targets(case_request: CaseRequest, found: Sequence[Identified]) -> None:
    """Replace the draft's targets, in this order."""
    case_request.targets.all().delete()
    Target.objects.bulk_create(
        Target(
            case_request=case_request,
            position=position,
            kind=each.kind,
            chain=each.chain,
            given=each.given,
            value=each.value,
            tag=each.tag,
            assurance=each.assurance,
        )
        for position, each in enumerate(found, 1)
    )
