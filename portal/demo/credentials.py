"""Sign-in data of the demonstration's people and machines. They are printed: a demo keeps no secret."""

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from portal.clients import flows
from portal.demo.standing import role_of
from portal.kernel.actor import Actor
from portal.models import Client, Membership, User
from portal.models.client import Scope

DEMO = Actor.system("demo")
CLIENTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Withdrawal service",
        "description": "Asks for warnings when a user starts a withdrawal, and reports what came of them.",
        "contact": "Payments on call, payments@exchange.example",
        "scopes": [Scope.CAMPAIGNS_READ, Scope.EVENTS_WRITE],
        "per_minute": 60_000,
    },
    {
        "name": "Read-only monitor",
        "description": "Checks every minute that each pilot region answers, from the portal's own machine.",
        "contact": "Site reliability, sre@exchange.example",
        "scopes": [Scope.CAMPAIGNS_READ],
        "networks": ["127.0.0.0/8", "::1/128"],
        "per_minute": 120,
    },
    {
        "name": "Overnight reporter",
        "description": "Reports once a night what was not reported at once.",
        "contact": "Data platform, data@exchange.example",
        "scopes": [Scope.EVENTS_WRITE],
        "networks": ["127.0.0.0/8", "::1/128"],
        "per_minute": 600,
    },
)

CLOSED: dict[str, Any] = {
    "name": "Rehearsal gateway",
    "description": "Asked for warnings before the pilot, from the test network.",
    "contact": "Payments on call, payments@exchange.example",
    "scopes": [Scope.CAMPAIGNS_READ],
    "networks": ["192.0.2.0/24"],
    "per_minute": 600,
}


def new_password() -> str:
    """Four groups that can be typed from a screen; about 100 bits."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def enrol(user: User, password: str) -> dict[str, str]:
    """Set the password and a new TOTP secret; what var/demo.json says of this person."""
    user.set_password(password)
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    TOTP.activate(user, secret)
    membership = Membership.objects.select_related("agency").get(user=user, ended_at=None)
    return {
        "email": user.email,
        "password": password,
        "role": role_of(membership),
        "agency": str(membership.agency or ""),
        "totp_secret": secret,
    }


def issue_clients(begins: datetime, now: datetime) -> list[dict[str, object]]:
    """Keys for the demo's clients: one in overlap with its next, one after a leak, one that ends soon.

    On a second run new keys follow and the older ones are revoked, because nobody has them any more.
    """
    issued: list[dict[str, object]] = []
    for each, begin in zip(CLIENTS, (_rotated, _leaked, _ending), strict=True):
        client = Client.objects.open().filter(name=each["name"]).first()
        if client is None:
            client = flows.register(actor=DEMO, now=begins, **each)
            key = begin(client, begins, now)
        else:
            for old in client.keys.usable_at(now):
                flows.revoke(old.pk, actor=DEMO, now=now, why="Replaced by a new key of the demonstration.")
            _, key = flows.issue(client.pk, actor=DEMO, now=now, note="demonstration")
        issued.append({"name": client.name, "key": key, "scopes": client.scopes})
    if not Client.objects.filter(name=CLOSED["name"]).exists():
        _close_one(begins, now)
    return issued


def _close_one(begins: datetime, now: datetime) -> None:
    """A client of the past, whose key nobody has."""
    client = flows.register(actor=DEMO, now=begins, **CLOSED)
    flows.issue(client.pk, actor=DEMO, now=begins, note="rehearsal")
    flows.close(client.pk, actor=DEMO, now=now - timedelta(days=33), why="The rehearsal is over.")


def _rotated(client: Client, begins: datetime, now: datetime) -> str:
    first, _ = flows.issue(client.pk, actor=DEMO, now=begins, note="first deployment")
    rotated_at, overlap = now - timedelta(hours=2), timedelta(days=2)
    return flows.rotate(first.pk, actor=DEMO, now=rotated_at, overlap=overlap, note="yearly rotation")[1]


def _leaked(client: Client, begins: datetime, now: datetime) -> str:
    first, _ = flows.issue(client.pk, actor=DEMO, now=begins, note="first deployment")
    leaked_at = now - timedelta(days=9)
    flows.revoke(first.pk, actor=DEMO, now=leaked_at, why="It was pasted into a public ticket.")
    return flows.issue(client.pk, actor=DEMO, now=leaked_at, note="after the leak")[1]


def _ending(client: Client, begins: datetime, now: datetime) -> str:
    end = now + timedelta(days=9)
    return flows.issue(client.pk, actor=DEMO, now=now - timedelta(days=81), expires_at=end, note="90 days")[1]
