"""Vetting in the demonstration and in tests: agencies that are in, and agencies on their way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.agencies.application import flows as agencies
from portal.agencies.vetting import flows
from portal.agencies.vetting.checklist import checklist
from portal.agencies.vetting.checks import flows as checks
from portal.agencies.vetting.documents.flows import read_document
from portal.agencies.vetting.domains import flows as domains
from portal.agencies.vetting.domains.resolver import Answer
from portal.agencies.vetting.mailbox import flows as mailbox
from portal.demo.people import EXCHANGE
from portal.kernel.actor import Actor
from portal.models import Agency, DomainChallenge, MailChallenge
from portal.models.vetting import CheckKind, CheckResult, DnsOutcome

SYSTEM = Actor.system("demo")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REVIEWER, SECOND_REVIEWER, LEAD = f"reviewer@{EXCHANGE}", f"reviewer2@{EXCHANGE}", f"lead@{EXCHANGE}"


def let_in(agency: Agency, *, actor: Actor, now: datetime) -> Agency:
    """Through the same flows as in earnest; a job passes the checks, which production does not let it."""
    flows.vet(agency.pk, actor=actor, now=now)
    rows = checks.vouch(agency.pk, actor=actor, now=now)
    return flows.approve(agency.pk, actor=actor, now=now, why="Rehearsal.", seen=rows[-1].number)


@dataclass(frozen=True, slots=True)
class Vetting:
    """One agency under the hands of one person, an hour passing with every check."""

    agency: Agency
    by: Actor
    begun: datetime

    def begin(self) -> "Vetting":
        flows.vet(self.agency.pk, actor=self.by, now=self.begun)
        return self

    def prove_domains(self) -> "Vetting":
        for challenge in self._challenges():
            self._settle(challenge, DnsOutcome.FOUND, 1)
        return self

    def look_in_vain(self) -> "Vetting":
        for challenge in self._challenges():
            self._settle(challenge, DnsOutcome.NO_NAME, 1)
        return self

    def _challenges(self) -> list[DomainChallenge]:
        return list(domains.newest_of(checklist(self.agency).round).values())

    def _settle(self, challenge: DomainChallenge, outcome: DnsOutcome, hours: int) -> None:
        domains.settle(
            challenge.pk, actor=Actor.system("domains"), now=self.begun + hours * HOUR, answer=Answer(outcome)
        )

    def send_link(self, local: str = "press") -> MailChallenge:
        domain = self.agency.domains[0]
        return mailbox.challenge(
            self.agency.pk, actor=self.by, now=self.begun + 2 * HOUR, address=f"{local}@{domain}",
            source_url=f"https://www.{domain}/contact",
        )  # fmt: skip

    def confirm_link(self) -> "Vetting":
        """As the worker mails and the mailbox answers; nothing leaves the machine."""
        asked, token = self.send_link(), mailbox.new_token()
        MailChallenge.objects.filter(pk=asked.pk).update(
            token_sha256=mailbox.digest_of(token), mailed_at=asked.asked_at
        )
        holder = Actor(kind="anonymous", id="", label="mailbox")
        mailbox.answer(token, actor=holder, now=self.begun + 5 * HOUR, verdict="confirmed")
        return self

    def call_back(self, outcome: str = "confirmed", spoke_to: str = "Duty desk", note: str = "") -> "Vetting":
        at = self.begun + 6 * HOUR
        checks.call_back(
            self.agency.pk, actor=self.by, now=at, number=self.agency.switchboard, is_published=True,
            outcome=outcome, called_at=at - timedelta(minutes=10), spoke_to=spoke_to, note=note,
        )  # fmt: skip
        return self

    def judge_documents(self) -> "Vetting":
        for item in checklist(self.agency).of(CheckKind.DOCUMENTS):
            note = "" if item.subject else "Founded by statute; its gazette names this unit."
            given: dict[str, Any] = {"actor": self.by, "now": self.begun + 7 * HOUR}
            if item.subject:
                read_document(self.agency.pk, item.subject, **given)  # type: ignore[arg-type]
            checks.judge(self.agency.pk, subject=item.subject, result="passed", note=note, **given)
        return self

    def acknowledge_flags(self, note: str) -> "Vetting":
        for item in checklist(self.agency).missing:
            if item.row is not None and item.state == CheckResult.FLAGGED:
                checks.answer_flag(
                    self.agency.pk, actor=self.by, now=self.begun + 8 * HOUR, check_id=item.row.pk,
                    result="acknowledged", note=note,
                )  # fmt: skip
        return self

    def check_everything(self) -> "Vetting":
        self.prove_domains().confirm_link().call_back().judge_documents()
        return self.acknowledge_flags("Compared by hand: another force, with its own law and its own site.")

    def approve(self, by: Actor) -> Agency:
        return flows.approve(
            self.agency.pk, actor=by, now=self.begun + DAY, seen=checklist(self.agency).newest,
            why="Read every check and found the number on the agency's own page myself.",
        )  # fmt: skip


def leave_on_their_way(actors: dict[str, Actor], now: datetime) -> None:
    """On the desk of compliance: one to begin, one to go on with, an impostor, one to decide; one refused."""
    reviewer, second, lead = actors[REVIEWER], actors[SECOND_REVIEWER], actors[LEAD]
    _applied(
        now - 5 * HOUR, "north-rhine", "State Criminal Police Office of North Rhine-Westphalia", "DE",
        ("DE-NW",), ("de",), "Europe/Berlin", "lka-nrw.example", "+49 211 9390",
    )  # fmt: skip
    macau = _applied(
        now - 4 * DAY, "macau", "Polícia Judiciária, Macau", "MO", ("MO",), ("zh-hant", "en"), "Asia/Macau",
        "pj-mo.example", "+853 2855 7777",
    )  # fmt: skip
    Vetting(macau, reviewer, now - 3 * DAY).begin().prove_domains().call_back(
        spoke_to="Crime Prevention and Liaison"
    ).send_link("gabinete")
    liaison = _applied(
        now - 3 * DAY, "hong-kong-liaison", "Hong Kong Police Force Liaison", "HK", ("HK",), ("en",),
        "Asia/Hong_Kong", "po1ice-hk.example", "+852 3008 0000",
    )  # fmt: skip
    Vetting(liaison, second, now - 2 * DAY).begin().prove_domains().call_back(
        "denied", "Operator", "The force's own operator knows of no such unit."
    )
    canada = _applied(
        now - 9 * DAY, "canada", "Canadian Anti-Fraud Centre", "CA", ("CA",), ("en", "fr"),
        "America/Toronto", "antifraudcentre-ca.example", "1-888-495-8501",
    )  # fmt: skip
    Vetting(canada, second, now - 8 * DAY).begin().check_everything()
    recovery = _applied(
        now - 30 * DAY, "asset-recovery", "International Asset Recovery Bureau", "GB", ("GB",), ("en",),
        "Europe/London", "recovery-bureau.example", "+44 20 7946 0000",
    )  # fmt: skip
    Vetting(recovery, reviewer, now - 29 * DAY).begin().look_in_vain().call_back("no_answer", "", "Rang out.")
    flows.refuse(
        recovery.pk, actor=lead, now=now - 27 * DAY, reasons=["not_law_enforcement", "no_answer"],
        why="No law founds this body, and nobody answers at the number it gave.",
    )  # fmt: skip


def _applied(
    now: datetime, slug: str, name: str, country: str, regions: tuple[str, ...], languages: tuple[str, ...],
    time_zone: str, domain: str, switchboard: str,
) -> Agency:  # fmt: skip
    return agencies.enter(
        actor=SYSTEM, now=now, names={"en": name}, slug=slug, country=country, regions=regions,
        languages=languages, time_zone=time_zone, domains=[domain], switchboard=switchboard,
        switchboard_source=f"https://www.{domain}/contact",
    )  # fmt: skip
