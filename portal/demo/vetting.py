"""Vetting in the demonstration and in tests: agencies that are in, and agencies on their way."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from portal.agencies.application.content import Given
from portal.agencies.vetting import flows
from portal.agencies.vetting.checklist import checklist
from portal.agencies.vetting.checks import flows as checks
from portal.agencies.vetting.documents.flows import read_document
from portal.agencies.vetting.domains import flows as domains
from portal.agencies.vetting.domains.resolver import Answer
from portal.agencies.vetting.mailbox import flows as mailbox
from portal.demo import applications
from portal.demo.people import EXCHANGE
from portal.kernel.actor import Actor
from portal.models import Agency, DomainChallenge, MailChallenge
from portal.models.vetting import CheckKind, CheckResult, DnsOutcome

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REVIEWER, SECOND_REVIEWER, LEAD = f"reviewer@{EXCHANGE}", f"reviewer2@{EXCHANGE}", f"lead@{EXCHANGE}"


def _given(name: str, country: str, domain: str, **more: Any) -> Given:
    return replace(
        applications.NORWAY, name=name, country=country, regions=(country,), domains=(domain,),
        website=f"https://www.{domain}", switchboard_source=f"https://www.{domain}/contact", **more,
    )  # fmt: skip


MACAU = _given(
    "Polícia Judiciária, Macau", "MO", "pj-mo.example", languages=("zh-hant", "en"), time_zone="Asia/Macau",
    switchboard="+853 2855 7777", local_name="司法警察局", local_language="zh-hant",
    head_name="Leong Iat Fai", head_post="Head of the Cybercrime Division",
    supervisor_name="Teresa Ho", supervisor_email="teresa.ho@pj-mo.example",
    purpose="Warnings for users in Macau, as the second pilot has them.",
)  # fmt: skip
CANADA = _given(
    "Canadian Anti-Fraud Centre", "CA", "antifraudcentre-ca.example", languages=("en", "fr"),
    time_zone="America/Toronto", switchboard="+1 888 495 8501", head_name="Denise Roy",
    head_post="Officer in charge", supervisor_name="Marc Tremblay",
    supervisor_email="marc.tremblay@antifraudcentre-ca.example",
    purpose="Recovery scams and investment fraud: warnings in English and French.",
)  # fmt: skip
RECOVERY = _given(
    "International Asset Recovery Bureau", "GB", "recovery-bureau.example", languages=("en",),
    time_zone="Europe/London", switchboard="+44 20 7946 0000", head_name="R. Sterling", head_post="Director",
    supervisor_name="R. Sterling", supervisor_email="r.sterling@recovery-bureau.example",
    purpose="We recover stolen assets for victims worldwide.",
)  # fmt: skip


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
        note = "The number also stands in the government's own directory."
        self.prove_domains().confirm_link().call_back(note=note).judge_documents()
        return self.acknowledge_flags("Compared by hand: another force, with its own law and its own site.")

    def approve(self, by: Actor) -> Agency:
        return flows.approve(
            self.agency.pk, actor=by, now=self.begun + DAY, seen=checklist(self.agency).newest,
            why="Read every check and found the number on the agency's own page myself.",
        )  # fmt: skip


def leave_on_their_way(actors: dict[str, Actor], impostor: Agency, now: datetime) -> None:
    """On the desk of compliance: an impostor, one to go on with, one to decide; and one that was refused."""
    reviewer, second, lead = actors[REVIEWER], actors[SECOND_REVIEWER], actors[LEAD]
    Vetting(impostor, second, now - 8 * HOUR).begin().prove_domains().call_back(
        "denied", "Operator", "The force's own operator knows of no such unit."
    )
    macau = applications.confirmed(MACAU, now - 4 * DAY)
    Vetting(macau, reviewer, now - 3 * DAY).begin().prove_domains().call_back(
        spoke_to="Crime Prevention and Liaison"
    ).send_link("gabinete")
    canada = applications.confirmed(CANADA, now - 9 * DAY)
    Vetting(canada, second, now - 8 * DAY).begin().check_everything()
    recovery = applications.confirmed(RECOVERY, now - 30 * DAY)
    Vetting(recovery, reviewer, now - 29 * DAY).begin().look_in_vain().call_back("no_answer", "", "Rang out.")
    flows.refuse(
        recovery.pk, actor=lead, now=now - 27 * DAY, reasons=["not_law_enforcement", "no_answer"],
        why="No law founds this body, and nobody answers at the number it gave.",
    )  # fmt: skip
