"""Agencies in vetting for tests, brought there through the flows."""

from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile

from portal.agencies.application import flows as agencies
from portal.agencies.vetting import flows
from portal.agencies.vetting.checklist import Checklist, checklist
from portal.agencies.vetting.checks import flows as checks
from portal.agencies.vetting.domains import flows as domains
from portal.agencies.vetting.domains.resolver import Answer
from portal.agencies.vetting.mailbox import flows as mailbox
from portal.agencies.vetting.mailbox.tasks import mail
from portal.documents import store
from portal.kernel.actor import Actor
from portal.models import Agency, AgencyApplication, ApplicationDocument, MailChallenge
from portal.models.vetting import CheckKind, DnsOutcome
from tests.people import SYSTEM, House

DOMAIN = "spf.example"
GIVEN: dict[str, Any] = {
    "names": {"en": "Singapore Police Force"},
    "slug": "singapore",
    "country": "SG",
    "regions": ["SG"],
    "languages": ["en", "ms"],
    "time_zone": "Asia/Singapore",
    "domains": [DOMAIN],
    "switchboard": "+65 6353 0000",
    "switchboard_source": "https://www.spf.example/contact",
}
FOUND = Answer(DnsOutcome.FOUND)


def applied(now: datetime, **changes: Any) -> Agency:
    return agencies.enter(actor=SYSTEM, now=now, **GIVEN | changes)


def in_vetting(house: House, now: datetime, **changes: Any) -> Agency:
    """Begun by the reviewer; nothing is checked yet but what the portal compares by itself."""
    return flows.vet(applied(now, **changes).pk, actor=house.reviewer, now=now)


def list_of(agency: Agency) -> Checklist:
    return checklist(Agency.objects.get(pk=agency.pk))


def proved(agency: Agency, now: datetime, *, leave: str = "") -> None:
    """Each domain but `leave`, as the worker does it."""
    for domain, challenge in domains.newest_of(list_of(agency).round).items():
        if domain != leave and challenge.verified_at is None:
            domains.settle(challenge.pk, actor=Actor.system("domains"), now=now, answer=FOUND)


def linked(agency: Agency, actor: Actor, now: datetime, address: str = "") -> MailChallenge:
    domain = agency.domains[0]
    return mailbox.challenge(
        agency.pk, actor=actor, now=now, address=address or f"press@{domain}",
        source_url=f"https://www.{domain}/contact",
    )  # fmt: skip


def token_of(challenge: MailChallenge, mails: list[Any]) -> str:
    """The worker mails; the token is read from the mail, for it is kept nowhere else."""
    mail(str(challenge.pk))
    return str(mails[-1].body.partition("/agencies/confirm/")[2].partition("/")[0])


def answered(agency: Agency, actor: Actor, now: datetime, mails: list[Any], answer: str = "confirmed") -> Any:
    token = token_of(linked(agency, actor, now), mails)
    return mailbox.answer(token, actor=Actor.anonymous(), now=now, verdict=answer)


def called(agency: Agency, actor: Actor, now: datetime, **changes: Any) -> Any:
    given = {
        "number": agency.switchboard,
        "is_published": True,
        "outcome": "confirmed",
        "called_at": now,
        "spoke_to": "Duty officer",
        "note": "The number also stands on the ministry's page.",
    }
    return checks.call_back(agency.pk, actor=actor, now=now, **given | changes)


def judged(agency: Agency, actor: Actor, now: datetime) -> None:
    for item in list_of(agency).of(CheckKind.DOCUMENTS):
        checks.judge(
            agency.pk, actor=actor, now=now, subject=item.subject, result="passed", note="On its gazette."
        )


def flags_answered(agency: Agency, actor: Actor, now: datetime) -> None:
    for item in list_of(agency).missing:
        if item.state == "flagged":
            assert item.row is not None
            checks.answer_flag(
                agency.pk, actor=actor, now=now, check_id=item.row.pk, result="acknowledged", note="Known."
            )


def checked(
    house: House, now: datetime, mails: list[Any], *, by: Actor | None = None, **changes: Any
) -> Agency:
    """Everything is done by one person; another one can decide."""
    agency = in_vetting(house, now, **changes)
    person = by or house.reviewer
    proved(agency, now)
    answered(agency, person, now, mails)
    called(agency, person, now)
    judged(agency, person, now)
    flags_answered(agency, person, now)
    return agency


def later(now: datetime, **span: float) -> datetime:
    return now + timedelta(**span)


def with_application(
    agency: Agency, now: datetime, *files: bytes, **changes: Any
) -> list[ApplicationDocument]:
    """The application that the agency came with, and its documents in the store."""
    given: dict[str, Any] = {
        "name": agency.name_en,
        "country": agency.country,
        "domains": agency.domains,
        "switchboard": agency.switchboard,
        "supervisor_name": "Rahim bin Yusof",
        "supervisor_email": f"rahim@{agency.domains[0]}",
        "head_name": "Tan Hui Min",
    }
    application = AgencyApplication.objects.create(begun_at=now, **given | changes)
    documents = []
    for number, content in enumerate(files, start=1):
        kept = store.keep(ContentFile(content))
        documents.append(
            ApplicationDocument.objects.create(
                application=application, name=f"letter-{number}.pdf", path=kept.path, size=kept.size,
                sha256=kept.sha256, content_type="application/pdf", uploaded_at=now,
            )
        )  # fmt: skip
    rows = AgencyApplication.objects.filter(pk=application.pk)
    rows.update(status="unconfirmed", sent_at=now)
    rows.update(status="confirmed", confirmed_at=now, agency=agency)
    return documents
