"""How often a user has been shown a campaign, for calls that name a subject: counted in Valkey, by digest.

Asked only where a live campaign has a showing rule and the call a subject. Without Valkey nothing has been
shown too often: a warning once too often does less harm than one that is missing.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
import structlog
from django.conf import settings

from campaigns.client.selection import Showing
from campaigns.client.showings import DAY, MOST_OF_A_RULE

log = structlog.get_logger(__name__)

PREFIX = "portal:shown:"
TIMEOUT_SECONDS = 0.05
# After a failure nobody is asked for so long: a Valkey that hangs must not slow each call.
REST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One `shown` event that named a subject. `at`: Unix seconds; `per_days`: of the version's rule."""

    id: str
    client: str
    subject: str
    campaign: str
    at: float
    per_days: int


class Showings:
    def __init__(self) -> None:
        self._valkey: redis.Redis | None = None
        self._resting_until = float("-inf")

    def enough(self, client: str, subject: str, rules: Mapping[str, Showing], now: float) -> frozenset[str]:
        """Of these campaigns those that were shown as often as their rule allows. Raises nothing."""

        def ask(valkey: redis.Redis) -> frozenset[str]:
            asked = valkey.pipeline(transaction=False)
            for campaign, rule in rules.items():
                asked.zcount(_key(client, subject, campaign), now - rule.per_days * DAY, "+inf")
            counts = asked.execute()
            return frozenset(
                campaign
                for (campaign, rule), count in zip(rules.items(), counts, strict=True)
                if count >= rule.at_most
            )

        return self._tried(ask) or frozenset()

    def note(self, shown: Iterable[Shown]) -> None:
        """Each once, however often it is told. Raises nothing."""
        given = list(shown)

        def tell(valkey: redis.Redis) -> None:
            told = valkey.pipeline(transaction=False)
            for each in given:
                key = _key(each.client, each.subject, each.campaign)
                told.zadd(key, {each.id: each.at})
                told.zremrangebyrank(key, 0, -MOST_OF_A_RULE - 1)
                told.expire(key, int(each.per_days * DAY))
            told.execute()

        if given:
            self._tried(tell)

    def _tried(self, act: Callable[[redis.Redis], Any]) -> Any:
        if time.monotonic() < self._resting_until:
            return None
        try:
            if self._valkey is None:
                self._valkey = redis.Redis.from_url(
                    settings.CACHES["default"]["LOCATION"],
                    socket_timeout=TIMEOUT_SECONDS,
                    socket_connect_timeout=TIMEOUT_SECONDS,
                )
            return act(self._valkey)
        except redis.RedisError as problem:
            self._resting_until = time.monotonic() + REST_SECONDS
            log.warning("showings are neither counted nor noted", problem=str(problem))
            return None


def _key(client: str, subject: str, campaign: str) -> str:
    """The subject itself is kept nowhere."""
    digest = hashlib.sha256(f"{client}:{subject}".encode()).hexdigest()
    return f"{PREFIX}{digest[:32]}:{campaign}"


showings = Showings()
