"""How often a password or a code may be guessed. Every count is in Valkey, shared by all processes.

A stranger must not be able to lock an officer out by guessing on purpose. So a browser that the person has
signed in with before counts for itself, and any other is held to few guesses for each network and account;
only above a much higher number for the account as a whole do all unknown browsers wait. A passkey is never
held up: there is nothing to guess. What a person has typed right is not counted.
"""

from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal.ratelimit import RateLimitUsage, consume, get_ip
from django.http import HttpRequest

from portal.identity.devices import recognised
from portal.models import User

LIMITS = {
    "network": "30/m/ip",
    "device": "10/5m/key",
    "account_from_network": "5/5m/key",
    "account": "50/h/key",
    "second_factor": "5/5m/key,30/d/key",
}


def may_try_password(request: HttpRequest, address: str) -> RateLimitUsage | None:
    """What was counted, to be taken back when the password is right; None where it is enough."""
    users: list[User] = filter_users_by_email(address, prefer_verified=True, for_login=True)
    # By the account, not by what was typed: one address can be typed in many ways (homoglyphs, case).
    account = str(users[0].pk) if users else address.strip().lower()
    device = recognised(request, users[0]) if users else None
    if device is not None:
        wanted = [("device", str(device.pk))]
    else:
        wanted = [
            ("network", ""),
            ("account_from_network", f"{get_ip(request)} {account}"),
            ("account", account),
        ]
    usage = RateLimitUsage(usage=[])
    for action, key in wanted:
        counted = consume(request, app="portal", action=action, config=LIMITS, key=key)
        if counted is None:
            usage.rollback()
            return None
        usage.usage += counted.usage
    return usage


def may_try_factor(request: HttpRequest, user: User) -> RateLimitUsage | None:
    return consume(request, app="portal", action="second_factor", config=LIMITS, key=f"factor {user.pk}")
