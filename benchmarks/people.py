"""One agency, its people, a client and live campaigns, made through the flows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.test import Client

from campaigns.models import Version
from portal.agencies.application import flows as agencies
from portal.clients import flows as clients
from portal.clients.actor import actor_of
from portal.demo import campaigns as demo
from portal.demo.people import AGENCIES
from portal.demo.roster import join
from portal.demo.vetting import let_in
from portal.identity.middleware import ENROLLED
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import User
from portal.models.client import MOST_PER_MINUTE

SYSTEM = Actor.system("benchmark")


def live_campaign() -> tuple[Version, str, Actor]:
    """(the live version in Hong Kong, a key that may read and report, its client)."""
    now = datetime.now(UTC)
    each = next(agency for agency in AGENCIES if agency.slug == "hong-kong")
    agency = agencies.enter(
        actor=SYSTEM, now=now, names=each.names, slug=each.slug, country=each.country, regions=each.regions,
        languages=each.languages, time_zone=each.time_zone, domains=[each.domain],
        switchboard=each.switchboard, switchboard_source=each.switchboard_source,
    )  # fmt: skip
    let_in(agency, actor=SYSTEM, now=now)

    def person(role: Role, domain: str, agency_id: object) -> Actor:
        membership = join(
            actor=SYSTEM, now=now, email=f"{role}@{domain}", name=role, role=role, agency_id=agency_id,
            password="not used here",  # noqa: S106 - nobody signs in
        )  # fmt: skip
        actor = actor_for(membership.user)
        if actor is None:
            raise RuntimeError("a person who just joined has no role")
        return replace(actor, is_fresh=True)

    cast = demo.Cast(
        person(Role.OFFICER, each.domain, agency.pk),
        person(Role.SUPERVISOR, each.domain, agency.pk),
        person(Role.COMPLIANCE_REVIEWER, "exchange.example", None),
    )
    window = (now - timedelta(days=1), now + timedelta(days=1))
    stage = demo.Stage("hk-pilot", {"hong-kong": cast}, now - timedelta(days=2), window).publish()
    if stage.version is None:
        raise RuntimeError("the campaign was not published")
    return stage.version, *client_with_key("benchmark", ["campaigns:read", "events:write"])


def signed_in(email: str) -> Client:
    """Django's own client, in a session that a second factor has opened."""
    browser = Client()
    browser.force_login(User.objects.get(email=email))
    session = browser.session
    session[ENROLLED] = True
    session.save()
    return browser


def acting(email: str) -> Actor:
    """The person with this address, just after proving the second factor."""
    actor = actor_for(User.objects.get(email=email))
    if actor is None:
        raise RuntimeError(f"{email} has no role")
    return replace(actor, is_fresh=True)


def client_with_key(name: str, scopes: list[str]) -> tuple[str, Actor]:
    """The most calls that a client can be allowed: what is measured is the server."""
    now = datetime.now(UTC)
    client = clients.register(actor=SYSTEM, now=now, name=name, scopes=scopes, per_minute=MOST_PER_MINUTE)
    _, key = clients.issue(client.pk, actor=SYSTEM, now=now)
    return key, actor_of(client)
