"""Applications for tests, made through the flows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.agencies.application import flows
from portal.agencies.application.content import Given
from portal.agencies.application.tokens import renew
from portal.documents.accept import Accepted
from portal.documents.letter import letter
from portal.kernel.actor import Actor
from portal.models import Agency, AgencyApplication
from portal.models.document import ContentType

STRANGER = Actor(kind="anonymous", id="", label="", ip="192.0.2.7", request_id="test")
LETTER = letter("Letter of authority", ["The unit may act for the agency. Signed: the head of unit."])
GIVEN = Given(
    name="Norwegian Police Service",
    country="NO",
    regions=["NO"],
    languages=["en"],
    time_zone="Europe/Oslo",
    domains=["politiet-no.example"],
    website="https://www.politiet-no.example/",
    switchboard="+47 23 35 90 00",
    switchboard_source="https://www.politiet-no.example/contact",
    head_name="Kari Nordmann",
    head_post="Superintendent",
    supervisor_name="Ola Hansen",
    supervisor_email="ola.hansen@politiet-no.example",
    purpose="Online investment fraud.",
)
# The same, part by part, as a browser sends it.
ANSWERS: dict[str, dict[str, Any]] = {
    "agency": {"name": GIVEN.name, "local_name": "", "local_language": "", "country": "NO"},
    "regions": {"regions": ["NO"], "languages": ["en"], "time_zone": "Europe/Oslo"},
    "contact": {
        "domains": "politiet-no.example",
        "website": GIVEN.website,
        "switchboard": GIVEN.switchboard,
        "switchboard_source": GIVEN.switchboard_source,
    },
    "people": {
        "head_name": GIVEN.head_name,
        "head_post": GIVEN.head_post,
        "supervisor_name": GIVEN.supervisor_name,
        "supervisor_email": GIVEN.supervisor_email,
    },
    "purpose": {"purpose": GIVEN.purpose},
}


def upload(data: bytes = LETTER, name: str = "letter.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "application/pdf")


def paper() -> Accepted:
    """As accept() makes them; the inspection has tests of its own."""
    return Accepted(file=upload(), name="letter.pdf", content_type=ContentType.PDF, size=len(LETTER))


def begun(now: datetime, *, documents: int = 1) -> AgencyApplication:
    application = flows.begin(now=now, language="en")
    for _number in range(documents):
        flows.attach(application.pk, now=now, document=paper())
    return application


def sent(now: datetime, **changes: Any) -> AgencyApplication:
    given = replace(GIVEN, **changes)
    return flows.apply(begun(now).pk, actor=STRANGER, now=now, given=given)


def linked(application: AgencyApplication) -> str:
    """A fresh token, as the worker makes it when it mails."""
    application.refresh_from_db()
    return renew(application)


def confirmed(now: datetime, **changes: Any) -> Agency:
    return flows.confirm(linked(sent(now, **changes)), actor=STRANGER, now=now)
