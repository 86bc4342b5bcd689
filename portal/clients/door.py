"""The one door for clients, of the edge and of the API alike: key, network, rate, scope, in this order.

It asks no database: what it judges by was read with the snapshot. A key costs one hash and one lookup, so the
time of the answer says nothing about how much of a guess was right. Calls from a network that is not allowed
are not counted: who stole a key must not be able to use up its client's calls.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from portal.clients import problems
from portal.clients.keys import FORM, key_digest
from portal.clients.known import Key, Keys
from portal.clients.networks import address_before_proxies
from portal.clients.problems import Headers, Refused


def admit(environ: Mapping[str, Any], keys: Keys, scope: str, now: float) -> tuple[Key, Headers]:
    """The caller's key and the rate limit's headers for the answer; raises Refused. `now`: Unix seconds."""
    key = _key(environ.get("HTTP_AUTHORIZATION") or "", keys)
    client = key.client
    address = address_before_proxies(environ, settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    _judge(key, address, now)
    usage = key.usage
    usage.calls += 1
    usage.at = now
    usage.address = address
    wait, rate = client.meter.take()
    if wait:
        raise Refused(problems.rate_limited(wait), rate)
    if scope not in client.scopes:
        raise Refused(problems.scope_missing(scope), rate)
    return key, rate


def judge_again(environ: Mapping[str, Any], keys: Keys, scope: str, now: float) -> None:
    """Whether a caller that was let in, and has not gone since, would still be; counts nothing."""
    key = _key(environ.get("HTTP_AUTHORIZATION") or "", keys)
    _judge(key, address_before_proxies(environ, settings.ALLAUTH_TRUSTED_PROXY_COUNT), now)
    if scope not in key.client.scopes:
        raise Refused(problems.scope_missing(scope))


def _judge(key: Key, address: str, now: float) -> None:
    client = key.client
    if client.closed:
        raise Refused(problems.CLIENT_CLOSED)
    if key.revoked:
        raise Refused(problems.KEY_REVOKED)
    if key.expires <= now:
        raise Refused(problems.KEY_EXPIRED)
    if client.networks and not client.allows(address):
        raise Refused(problems.NETWORK_NOT_ALLOWED)


def _key(header: str, keys: Keys) -> Key:
    scheme, _, given = header.partition(" ")
    given = given.strip(" ")
    if not given or " " in given or scheme.lower() != "bearer":
        raise Refused(problems.KEY_MISSING)
    key = keys.get(key_digest(given)) if FORM.fullmatch(given) else None
    if key is None:
        raise Refused(problems.KEY_UNKNOWN)
    return key
