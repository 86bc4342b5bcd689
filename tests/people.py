"""Agencies and people for tests, made through the same flows as real ones."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from portal.agencies.application import flows
from portal.demo.roster import join
from portal.demo.vetting import let_in
from portal.identity.middleware import ENROLLED
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import Agency, User

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
    agency = flows.enter(
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
    return let_in(agency, actor=SYSTEM, now=now)


def make_person(name: str, role: Role, agency: Agency | None, *, now: datetime) -> Actor:
    domain = agency.domains[0] if agency else "exchange.example"
    membership = join(
        actor=SYSTEM,
        # Long enough ago for nobody to be new here, and recently enough to be attested.
        now=now - timedelta(days=30),
        email=f"{name}@{domain}",
        name=f"{name.title()} {role.replace('_', ' ').title()}",
        role=role,
        agency_id=agency.pk if agency else None,
        password=PASSWORD,
    )
    User.objects.filter(pk=membership.user_id).update(time_zone="UTC")  # tests read times in UTC
    actor = actor_for(membership.user)
    assert actor is not None
    return replace(actor, is_fresh=True)


def open_session(browser: Any, actor: Actor, *, enrolled: bool = True, proved: bool = True) -> None:
    """Sign Django's test client in; `proved`: with a second factor given just now."""
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY

    browser.force_login(User.objects.get(pk=actor.person_id))
    session = browser.session
    session[ENROLLED] = enrolled
    if enrolled and proved:
        session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = actor.id
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session.save()
