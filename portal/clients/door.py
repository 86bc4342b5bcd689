"""The one door for clients, of the edge and of the API alike: key, network, rate, scope, in this order.

It asks no database: what it judges by was read with the snapshot. A key costs one hash and one lookup, so the
time of the answer says nothing about how much of a guess was right. Calls from a network that is not allowed
are not counted: who stole a key must not be able to use up its client's calls.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from portal.clients import problems
from portal.clients.keys import LENGTH, key_digest
from portal.clients.known import Key, Keys
from portal.clients.networks import address_before_proxies
from portal.clients.problems import Headers, Refused

# The portal's own proxies before this process: a call comes from the address that the first of them saw.
PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT


def admit(environ: Mapping[str, Any], keys: Keys, scope: str, now: float) -> tuple[Key, Headers]:
    """The caller's key and the rate limit's headers for the answer; raises Refused. `now`: Unix seconds."""
    key = _key(environ, keys)
    client = key.client
    address = address_before_proxies(environ, PROXIES)
    if now >= key.ends or client.networks:
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
    key = _key(environ, keys)
    _judge(key, address_of(environ), now)
    if scope not in key.client.scopes:
        raise Refused(problems.scope_missing(scope))


def address_of(environ: Mapping[str, Any]) -> str:
    return address_before_proxies(environ, PROXIES)


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


def _key(environ: Mapping[str, Any], keys: Keys) -> Key:
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = given.strip(" ")
    # What has not the length is no key; what has it costs one hash, whether there is such a key or not.
    key = keys.get(key_digest(given)) if len(given) == LENGTH and given.isascii() else None
    if not given or " " in given or (scheme != "Bearer" and scheme.lower() != "bearer"):
        raise Refused(problems.KEY_MISSING)
    if key is None:
        raise Refused(problems.KEY_UNKNOWN)
    return key
