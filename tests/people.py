"""Agencies and people for tests, made through the same flows as real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.agencies import flows
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import Agency

PASSWORD = "correct horse battery staple"
SYSTEM = Actor.system("test")


@dataclass(frozen=True, slots=True)
class House:
    ours: Agency
    other: Agency
    officer: Actor
    second_officer: Actor
    supervisor: Actor
    outsider: Actor
    other_supervisor: Actor
    reviewer: Actor
    lead: Actor
    analyst: Actor
    auditor: Actor


def make_agency(
    slug: str,
    *,
    now: datetime,
    country: str = "HK",
    regions: Sequence[str] = ("HK",),
    languages: Sequence[str] = ("zh-hant", "en"),
    domain: str = "police.example",
    time_zone: str = "Asia/Hong_Kong",
    is_training: bool = False,
) -> Agency:
    agency = flows.apply(
        actor=SYSTEM,
        now=now,
        names={"en": slug.replace("-", " ").title(), "zh-hant": "測試警隊"},
        slug=slug,
        country=country,
        regions=regions,
        languages=languages,
        time_zone=time_zone,
        domains=[domain],
        switchboard="+852 2860 2000",
        switchboard_source="https://www.police.example/contact",
        is_training=is_training,
    )
    flows.vet(agency.pk, actor=SYSTEM, now=now)
    return flows.approve(agency.pk, actor=SYSTEM, now=now, why="test")


def make_person(name: str, role: Role, agency: Agency | None, *, now: datetime) -> Actor:
    domain = agency.domains[0] if agency else "exchange.example"
    user = flows.appoint(
        actor=SYSTEM,
        now=now,
        email=f"{name}@{domain}",
        name=f"{name.title()} {role.replace('_', ' ').title()}",
        role=role,
        agency_id=agency.pk if agency else None,
        password=PASSWORD,
    )
    actor = actor_for(user)
    assert actor is not None
    return actor
