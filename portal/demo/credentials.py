"""Sign-in data of the demonstration's people and machines. They are printed: a demo keeps no secret."""

import base64
import secrets
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from portal.clients import flows
from portal.kernel.actor import Actor
from portal.models import Client, Membership, User
from portal.models.client import Scope

CLIENTS = (
    ("Withdrawal service", [Scope.CAMPAIGNS_READ, Scope.EVENTS_WRITE]),
    ("Read-only monitor", [Scope.CAMPAIGNS_READ]),
)


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
        "role": membership.role,
        "agency": str(membership.agency or ""),
        "totp_secret": secret,
    }


def issue_clients(now: datetime) -> list[dict[str, object]]:
    """New keys for the demo's clients; older ones of theirs are revoked."""
    actor = Actor.system("demo")
    issued: list[dict[str, object]] = []
    for name, scopes in CLIENTS:
        for old in Client.objects.filter(name=name, revoked_at=None):
            flows.revoke(old.pk, actor=actor, now=now, why="replaced by a new demo key")
        client, key = flows.issue(actor=actor, now=now, name=name, scopes=scopes)
        issued.append({"name": client.name, "key": key, "scopes": client.scopes})
    return issued
