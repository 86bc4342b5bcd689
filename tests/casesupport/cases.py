"""A complete case request for tests, and the steps that bring it to a state."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from casesupport.documents import flows as documents
from casesupport.intake import flows as intake
from casesupport.intake.content import Content, GivenProcess, GivenTarget
from casesupport.models import CaseRequest, Document
from casesupport.triage import flows as triage
from casesupport.triage.flows import Decided
from portal.documents.accept import accept
from portal.documents.letter import letter
from tests.people import House

BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
ETHEREUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
LETTER = letter("Hong Kong Police Force", ["Please produce what is described in case 2026/117."])

CONTENT = Content(
    offence="Fraud, Theft Ordinance s. 16A",
    facts="The victim sent 2.1 BTC to the address below on 3 May.",
    imminent_danger="A kidnapped person is to be killed tonight unless a ransom is paid.",
    necessity="No other record names who controls the address.",
    data_categories=("subscriber", "transactions"),
    wanted_from=date(2026, 1, 1),
    wanted_until=date(2026, 4, 1),
    term_days=30,
    process=GivenProcess(
        instrument="court_order",
        authority="Eastern Magistrates’ Court",
        reference="ESCC 117/2026",
        issued_on=date(2026, 4, 2),
    ),
    targets=(GivenTarget("wallet_address", BITCOIN, "BTC"), GivenTarget("uid", "40093217")),
)


def at(name: str, case_request: CaseRequest, *more: Any) -> str:
    """The address of a page of one case request."""
    return reverse(name, args=[case_request.pk, *more])


def content(**changes: Any) -> Content:
    return replace(CONTENT, **changes)


def upload(data: bytes = LETTER, name: str = "order.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def attached(case_request: CaseRequest, house: House, now: datetime, **options: Any) -> Document:
    options.setdefault("is_instrument", True)
    return documents.attach(
        case_request.pk, actor=house.officer, now=now, document=accept(upload()), **options
    )


def drafted(house: House, now: datetime, type: str = "information", **changes: Any) -> CaseRequest:
    return intake.create(actor=house.officer, now=now, type=type, content=content(**changes))


def completed(house: House, now: datetime, type: str = "information") -> CaseRequest:
    case_request = drafted(house, now, type)
    attached(case_request, house, now)
    case_request.refresh_from_db()
    return case_request


def submitted(house: House, now: datetime, type: str = "information") -> CaseRequest:
    """At the exchange; freeze and emergency stop before the co-signature."""
    case_request = completed(house, now, type)
    return intake.submit(case_request.pk, actor=house.officer, now=now, seen_revision=case_request.revision)


def claimed(house: House, now: datetime) -> CaseRequest:
    return triage.claim(submitted(house, now).pk, actor=house.analyst, now=now)


def asked(house: House, now: datetime) -> CaseRequest:
    case_request = claimed(house, now)
    triage.ask(case_request.pk, actor=house.analyst, now=now, body="Which account is meant?")
    case_request.refresh_from_db()
    return case_request


def decisions(
    case_request: CaseRequest, decision: str = "produced", reasons: tuple[str, ...] = ()
) -> list[Decided]:
    return [Decided(target.pk, decision, reasons) for target in case_request.targets.all()]


def closed(house: House, now: datetime) -> CaseRequest:
    case_request = claimed(house, now)
    return triage.decide(case_request.pk, actor=house.analyst, now=now, decisions=decisions(case_request))
