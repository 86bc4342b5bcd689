"""People of the demonstration and of tests, let in as in earnest: a job invites, they accept themselves."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from portal.agencies.roster.attestation import flows as attestation
from portal.agencies.roster.departure import flows as departure
from portal.agencies.roster.invitations import flows, links
from portal.agencies.roster.roles import flows as roles
from portal.demo.people import AGENCIES, EXCHANGE
from portal.kernel.actor import Actor, Role
from portal.models import Membership

HONG_KONG = "police-hk.example"
# People of the roster who do not sign in to the demonstration, beside one who does.
COLLEAGUES = {f"yip@{HONG_KONG}": "Yip Sau-lan", f"mak@{HONG_KONG}": "Mak Lai-wah"}
LOCKED_OUT, PROMOTED = COLLEAGUES
GONE, NEWCOMER = f"fong@{HONG_KONG}", f"kwok@{HONG_KONG}"
DUE_SOON = f"officer2@{HONG_KONG}"


def join(
    *, actor: Actor, now: datetime, email: str, name: str, role: Role, agency_id: UUID | None, password: str,
    language: str = "en",
) -> Membership:  # fmt: skip
    """The person accepts at the moment of the invitation; no mail is sent, for the link is used up."""
    invitation = flows.invite(
        actor=actor, now=now, email=email, name=name, role=role, agency_id=agency_id, language=language
    )
    token = links.new_token(invitation, now=now)
    return flows.accept(token, actor=actor, now=now, password=password)


def actor_of(email: str) -> Actor:
    """As this person, second factor just given, at whatever time the seeds play."""
    membership = Membership.objects.select_related("user", "agency").get(user__email=email, ended_at=None)
    return Actor(
        kind="person", id=str(membership.user_id), label=membership.user.name, role=Role(membership.role),
        agency_id=membership.agency_id, agency_label=membership.agency.name if membership.agency else "",
        is_fresh=True,
    )  # fmt: skip


def attest_everyone(begins: datetime, now: datetime) -> None:
    """Rounds as houses keep them; two people of Hong Kong were left out since their own."""
    term = timedelta(days=settings.ATTESTATION_DAYS)
    people = Membership.objects.filter(ended_at=None)
    for email, at in (
        (LOCKED_OUT, now - term - timedelta(days=5)),
        (DUE_SOON, now - term + timedelta(days=8)),
    ):
        _attest(f"supervisor@{HONG_KONG}", people.filter(user__email=email), at)
    people = people.exclude(user__email__in=(LOCKED_OUT, DUE_SOON))
    lead = f"lead@{EXCHANGE}"
    for at in (begins + timedelta(days=40), now - timedelta(days=20)):
        _attest(lead, people.filter(agency=None).exclude(user__email=lead), at)
        _attest(f"lead2@{EXCHANGE}", people.filter(user__email=lead), at)
        _attest(f"reviewer@{EXCHANGE}", people.filter(role=Role.SUPERVISOR), at)
        for agency in AGENCIES:
            officers = people.filter(role=Role.OFFICER, agency__slug=agency.slug)
            _attest(f"supervisor@{agency.domain}", officers, at)


def _attest(by: str, people: QuerySet[Membership], at: datetime) -> None:
    attestation.attest(list(people.values_list("pk", flat=True)), actor=actor_of(by), now=at)


def leave_open(now: datetime) -> None:
    """What waits on the roster in Hong Kong: for a second person, for a newcomer, for a decision.

    One person came yesterday, and one has left.
    """
    supervisor = actor_of(f"supervisor@{HONG_KONG}")
    for email, name, days in ((GONE, "Fong Wai-man", 70), (NEWCOMER, "Kwok Tin-yau", 1)):
        join(
            actor=Actor.system("demo"), now=now - timedelta(days=days), email=email, name=name,
            role=Role.OFFICER, agency_id=supervisor.agency_id, password=secrets.token_urlsafe(24),
        )  # fmt: skip
    departure.depart(
        Membership.objects.get(user__email=GONE, ended_at=None).pk, actor=supervisor,
        now=now - timedelta(days=12), why="Moved to the Marine Region on the first.",
    )  # fmt: skip
    for name, local, role, hours, why in (
        ("Leung Siu-fong", "leung", Role.SUPERVISOR, 5, "Takes over the night desk on the first."),
        ("Cheung Tsz-him", "cheung", Role.OFFICER, 2, ""),
    ):
        flows.invite(
            actor=supervisor, now=now - timedelta(hours=hours), email=f"{local}@{HONG_KONG}", name=name,
            role=role, agency_id=supervisor.agency_id, language="zh-hant", why=why,
        )  # fmt: skip
    promoted = Membership.objects.get(user__email=PROMOTED, ended_at=None)
    roles.propose_role(
        promoted.pk, actor=supervisor, now=now - timedelta(hours=1), role=Role.SUPERVISOR,
        why="Leads the investment fraud team since Monday.",
    )  # fmt: skip
