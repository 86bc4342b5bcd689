"""Demo case requests of every type and in every state, made through the flows: their history is true."""

import hashlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID

from bip_utils import Base58Alphabets, Base58Encoder
from django.core.files.base import ContentFile

from casesupport.documents import flows as documents
from casesupport.intake import flows as intake
from casesupport.intake.content import Content, GivenProcess, GivenTarget
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from casesupport.models.caserequest import NEEDS_COSIGNATURE, RequestType
from casesupport.models.legalprocess import Instrument
from casesupport.models.target import TargetKind
from casesupport.triage import flows as triage
from casesupport.triage.flows import Decided
from portal.documents.accept import accept
from portal.documents.letter import letter
from portal.kernel.actor import Actor

S, T = RequestStatus, RequestType


@dataclass(frozen=True, slots=True)
class Scene:
    """One case request: what it is about, how long ago it began, and how far it came."""

    type: RequestType
    ends: RequestStatus
    days_ago: float
    offence: str
    facts: str
    chains: tuple[str, ...]
    instrument: Instrument = Instrument.POLICE_LETTER
    necessity: str = ""
    danger: str = ""
    term_days: int | None = None
    question: str = ""
    answer: str = ""
    decisions: tuple[tuple[str, tuple[str, ...], str], ...] = field(default_factory=tuple)
    why: str = ""


SCENES = (
    Scene(
        T.INFORMATION, S.CLOSED, 41, "Fraud: online investment",
        "The victim was led to a copy of an exchange and sent 1.84 BTC in three transfers. The last"
        " one went to the address below and from there, by the block chain, to an account of yours.",
        ("BTC", "uid"), Instrument.COURT_ORDER,
        necessity="No other record names who controls the account. The sum is the savings of a pensioner.",
        question="The order names an account that differs from yours in two digits. Which one is meant?",
        answer="The one in the request. The court has corrected the slip in its order.",
        decisions=(
            ("produced", (), ""),
            ("partly_produced", ("outside_retention",), "Sign-ins are kept for twelve months."),
        ),
    ),
    Scene(
        T.PRESERVATION, S.CLOSED, 33, "Money laundering",
        "A network of accounts moves proceeds of online job scams through these addresses within minutes.",
        ("TRON", "TRON"), term_days=90,
        decisions=(("produced", (), ""), ("no_data", ("not_our_user",), "The address is not one of ours.")),
    ),
    Scene(
        T.INFORMATION, S.CLOSED, 27, "Theft by deception",
        "The suspect sold concert tickets that did not exist and was paid in tether.",
        ("TRON",), Instrument.POLICE_LETTER, necessity="The seller is known by a nickname only.",
        decisions=(("refused", ("insufficient_basis",), "The data asked for needs an order of a court."),),
    ),
    Scene(
        T.EMERGENCY, S.CLOSED, 19, "Kidnapping",
        "A ransom is demanded to the address below. The first instalment was paid yesterday evening.",
        ("BTC",), necessity="The sign-ins may show where the person is held.",
        danger="A man of 62 has been held for two days. The kidnappers sent a picture and threaten to"
        " kill him within twelve hours.",
        decisions=(("produced", (), ""),),
    ),
    Scene(
        T.FREEZE, S.CLOSED, 15, "Fraud: customer service impersonation",
        "The victim gave a caller control of the screen and lost 96,000 USDT, traced to the address below.",
        ("ETH",), term_days=14,
        decisions=(("produced", (), "Frozen for the term you named."),),
    ),
    Scene(
        T.SEIZURE, S.IN_TRIAGE, 12, "Fraud: confiscation",
        "The court ordered the assets frozen in the earlier case to be returned to the victim.",
        ("ETH", "uid"), Instrument.COURT_ORDER,
        question="To which address shall the assets be sent? The order leaves it to you.",
        answer="To the agency's account for seized assets, as in annex 2 of the order, point 4.",
    ),
    Scene(
        T.INFORMATION, S.WITHDRAWN, 10, "Identity theft",
        "An account was opened with a stolen identity card.",
        ("uid",), Instrument.PRODUCTION_ORDER, necessity="The holder of the card was not the customer.",
        why="The suspect has confessed; the data is no longer necessary.",
    ),
    Scene(
        T.PRESERVATION, S.AWAITING_AGENCY, 6, "Computer intrusion",
        "Ransom paid by a hospital was split over the addresses below.",
        ("BTC", "XRP"), term_days=60,
        question="The second target is an address on the XRP ledger without a destination tag. Several users"
        " share it. Which tag is meant?",
    ),
    Scene(
        T.FREEZE, S.IN_TRIAGE, 3, "Fraud: romance",
        "The victim was urged to invest by a person met online. 41,500 USDT arrived at"
        " the address below this week.",
        ("TRON",), term_days=30,
    ),
    Scene(
        T.INFORMATION, S.SUBMITTED, 1.2, "Fraud: online jobs",
        "Forty-one complainants paid deposits for tasks; all payments end at the addresses below.",
        ("TRON", "LTC", "DOGE"), Instrument.SEARCH_WARRANT,
        necessity="The addresses have no other connection to a person.",
    ),
    Scene(
        T.EMERGENCY, S.SUBMITTED, 0.3, "Threat to kill",
        "The sender of the threats bought a mailbox with the transaction below.",
        ("hash",), danger="A witness in a running trial is to be attacked on her way to court tomorrow.",
    ),
    Scene(
        T.FREEZE, S.AWAITING_COSIGNATURE, 0.25, "Fraud: impersonation of police",
        "The victim moved savings to a “safe account” at the order of a false police officer.",
        ("SOL",), term_days=21,
    ),
    Scene(
        T.INFORMATION, S.DRAFT, 0.8, "Fraud: phishing",
        "A copy of the sign-in page took the victim's password.", ("ETH",), Instrument.COURT_ORDER,
    ),
    Scene(T.SEIZURE, S.DRAFT, 2, "", "", ()),
)  # fmt: skip


def sow(
    *,
    officers: Sequence[Actor],
    supervisors: Mapping[UUID, Actor],
    analysts: Sequence[Actor],
    now: datetime,
    scenes: Sequence[Scene] = SCENES,
) -> None:
    """Make the demo's case requests, unless these officers began any. `supervisors`: by agency.

    The officers take turns; what needs a co-signature goes to one whose agency has another person to give it.
    """
    begun = CaseRequest.objects.filter(created_by_id__in=[each.person_id for each in officers])
    if not officers or not analysts or begun.exists():
        return
    signed_for = [each for each in officers if _cosigner(each, supervisors)]
    turns, signed_turns, analyst_turns = cycle(officers), cycle(signed_for), cycle(analysts)
    running: list[tuple[datetime, int, Iterator[datetime]]] = []
    for number, scene in enumerate(scenes):
        needs_cosigner = scene.type in NEEDS_COSIGNATURE
        if needs_cosigner and not signed_for:
            continue
        officer = next(signed_turns if needs_cosigner else turns)
        steps = _play(scene, officer, _cosigner(officer, supervisors), next(analyst_turns), now)
        running.append((next(steps), number, steps))
    # The acts of all scenes in the order of their times, as the audit trail would have seen them.
    heapq.heapify(running)
    while running:
        _at, number, steps = heapq.heappop(running)
        following = next(steps, None)
        if following is not None:
            heapq.heappush(running, (following, number, steps))


def _cosigner(officer: Actor, supervisors: Mapping[UUID, Actor]) -> Actor | None:
    supervisor = supervisors.get(officer.agency_id) if officer.agency_id else None
    return supervisor if supervisor is not None and supervisor.id != officer.id else None


def _play(
    scene: Scene, officer: Actor, supervisor: Actor | None, analyst: Actor, now: datetime
) -> Iterator[datetime]:
    """One scene: yields the time of its next act, and does the act when it is asked to go on."""
    at = now - timedelta(days=scene.days_ago)
    yield at
    case_request = intake.create(actor=officer, now=at, type=scene.type, content=_content(scene, officer, at))
    yield (at := at + timedelta(minutes=9))
    if scene.facts:
        file = ContentFile(_letter(scene, officer, at), name="order.pdf")
        documents.attach(case_request.pk, actor=officer, now=at, document=accept(file), is_instrument=True)
    if scene.ends == S.DRAFT:
        return
    yield (at := at + timedelta(minutes=25))
    case_request.refresh_from_db()
    intake.submit(case_request.pk, actor=officer, now=at, seen_revision=case_request.revision)
    if scene.ends == S.AWAITING_COSIGNATURE:
        return
    if supervisor is not None and scene.type in NEEDS_COSIGNATURE:
        yield (at := at + timedelta(minutes=18))
        intake.cosign(case_request.pk, actor=supervisor, now=at)
    if scene.ends == S.SUBMITTED:
        return
    yield from _triage(scene, case_request, officer, analyst, at)


def _triage(
    scene: Scene, case_request: CaseRequest, officer: Actor, analyst: Actor, at: datetime
) -> Iterator[datetime]:
    yield (at := at + timedelta(hours=3))
    triage.claim(case_request.pk, actor=analyst, now=at)
    if scene.question:
        yield (at := at + timedelta(hours=1, minutes=40))
        triage.ask(case_request.pk, actor=analyst, now=at, body=scene.question)
    if scene.answer:
        yield (at := at + timedelta(hours=22))
        intake.answer(case_request.pk, actor=officer, now=at, body=scene.answer)
    if scene.ends == S.WITHDRAWN:
        yield (at := at + timedelta(hours=20))
        intake.withdraw(case_request.pk, actor=officer, now=at, why=scene.why)
    if scene.ends == S.CLOSED:
        yield (at := at + timedelta(hours=5 if scene.type == T.EMERGENCY else 52))
        decisions = [
            Decided(target.pk, *decided)
            for target, decided in zip(case_request.targets.all(), scene.decisions, strict=True)
        ]
        triage.decide(case_request.pk, actor=analyst, now=at, decisions=decisions)


def _content(scene: Scene, officer: Actor, at: datetime) -> Content:
    wants_data = scene.type in (T.INFORMATION, T.EMERGENCY, T.PRESERVATION) and bool(scene.facts)
    return Content(
        offence=scene.offence,
        facts=scene.facts,
        imminent_danger=scene.danger,
        necessity=scene.necessity,
        data_categories=("subscriber", "identification", "transactions") if wants_data else (),
        wanted_from=(at - timedelta(days=120)).date() if wants_data else None,
        wanted_until=(at - timedelta(days=1)).date() if wants_data else None,
        term_days=scene.term_days,
        process=_process(scene, officer, at) if scene.facts else GivenProcess(),
        targets=[_target(scene, place, what) for place, what in enumerate(scene.chains)],
    )


def _process(scene: Scene, officer: Actor, at: datetime) -> GivenProcess:
    by_court = scene.instrument != Instrument.POLICE_LETTER
    return GivenProcess(
        instrument=scene.instrument,
        authority="District court" if by_court else f"{officer.agency_label}, cyber crime unit",
        reference=f"{'DC' if by_court else 'CC'} {_seed(scene, 0)[0] + 100}/{at.year}",
        issued_on=(at - timedelta(days=3)).date(),
    )


def _seed(scene: Scene, place: int) -> bytes:
    return hashlib.sha256(f"{scene.type} {scene.offence} {place}".encode()).digest()


def _target(scene: Scene, place: int, what: str) -> GivenTarget:
    """A made-up identifier with a right checksum: the address of a digest, to which nobody has a key."""
    seed = _seed(scene, place)
    if what == "uid":
        return GivenTarget(TargetKind.UID, str(40_000_000 + int.from_bytes(seed[:3], "big")))
    if what == "hash":
        return GivenTarget(TargetKind.TRANSACTION_HASH, seed.hex(), "BTC")
    address = {
        "BTC": lambda: Base58Encoder.CheckEncode(b"\x00" + seed[:20]),
        "LTC": lambda: Base58Encoder.CheckEncode(b"\x30" + seed[:20]),
        "DOGE": lambda: Base58Encoder.CheckEncode(b"\x1e" + seed[:20]),
        "TRON": lambda: Base58Encoder.CheckEncode(b"\x41" + seed[:20]),
        "XRP": lambda: Base58Encoder.CheckEncode(b"\x00" + seed[:20], Base58Alphabets.RIPPLE),
        "ETH": lambda: "0x" + seed[:20].hex(),
        "SOL": lambda: Base58Encoder.Encode(seed),
    }[what]()
    return GivenTarget(TargetKind.WALLET_ADDRESS, address, what)


def _letter(scene: Scene, officer: Actor, at: datetime) -> bytes:
    process = _process(scene, officer, at)
    return letter(
        f"{process.authority} · {process.reference}",
        [
            f"Date: {process.issued_on}",
            f"Concerning: {scene.offence}. {scene.type.label}.",
            scene.facts,
            scene.danger or "The measures named in the case request are ordered within its limits.",
            f"Signed: {officer.label}. This letter is made up for demonstration.",
        ],
    )
