"""A draft as its parts: what is answered, what is wrong, what is missing, and all of it as one value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal.agencies.application.content import Given
from portal.agencies.application.flows import documents_of
from portal.agencies.application.forms import PARTS, PartForm, as_data
from portal.kernel.errors import Text
from portal.models import AgencyApplication


@dataclass(frozen=True, slots=True)
class Part:
    code: str
    title: Text
    state: str  # todo, wrong, done
    form: PartForm


@dataclass(frozen=True, slots=True)
class Draft:
    parts: Sequence[Part]
    given: Given

    @property
    def is_complete(self) -> bool:
        return all(part.state == "done" for part in self.parts)

    @property
    def open(self) -> Sequence[Part]:
        return [part for part in self.parts if part.state != "done"]


def read(application: AgencyApplication | None) -> Draft:
    """In the order of the parts: the rules of one may look at those before it."""
    given, parts = Given(), []
    for code in PARTS:
        form = bound(code, application, given)
        answered = application is not None and code in application.answers
        state = "todo" if not answered else "done" if form.is_valid() else "wrong"
        if answered:
            given = replace(given, **_told(form))
        parts.append(Part(code, form.title, state, form))
    return Draft(parts, given)


def earlier(application: AgencyApplication | None, code: str) -> Given:
    """What the parts before this one say."""
    given = Given()
    for each in PARTS:
        if each == code or application is None:
            break
        if each in application.answers:
            form = bound(each, application, given)
            form.is_valid()
            given = replace(given, **_told(form))
    return given


def bound(code: str, application: AgencyApplication | None, given: Given) -> PartForm:
    """The part's form with its kept answers; unbound where there are none yet."""
    answers = application.answers.get(code) if application else None
    return PARTS[code](
        None if answers is None else as_data(answers), earlier=given, **options(code, application)
    )


def options(code: str, application: AgencyApplication | None) -> dict[str, Any]:
    """What only the last part needs to know."""
    if code != "purpose":
        return {}
    return {"attached": len(documents_of(application)) if application else 0}


def _told(form: PartForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name in Given.__slots__}
