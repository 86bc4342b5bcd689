"""Asks the edge as a client would, over a snapshot that the test holds in its hand."""

import json
from typing import Any

import psycopg
from django.conf import settings

from campaigns.client.audience import UNSAID, Situation
from campaigns.client.selection import Candidate, Selection
from campaigns.client.signing import encoded
from campaigns.delivery import load
from campaigns.delivery.answers import Answer
from campaigns.delivery.edge import ACTIVE, Edge
from campaigns.delivery.follow import Truth
from campaigns.delivery.snapshot import Prepared, Snapshot
from portal.clients.known import Keys


class Held:
    """Stands where the follower stands: a snapshot read from the test's database, or none.

    `confirmed_at`: past the lease, when it was last confirmed (Unix seconds).
    """

    def __init__(
        self, snapshot: Snapshot | None, *, age: float = 0.0, confirmed_at: float | None = None
    ) -> None:
        self.held, self.age, self.confirmed_at = snapshot, age, confirmed_at

    def truth(self) -> Truth | None:
        return None if self.held is None else Truth(self.held, self.age, self.confirmed_at)


def read() -> Snapshot:
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as connection:
        return load.load(connection)[0]


def answered(
    snapshot: Snapshot, region: str, language: str | None, now: float, said: Situation = UNSAID
) -> Answer:
    return snapshot.answer(region, snapshot.selection.live(region, language, now), said)


def raw(
    edge: Edge, key: str | None, path: str, query: str, **environ: str
) -> tuple[int, dict[str, str], bytes]:
    got: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        got["status"], got["headers"] = int(status[:3]), dict(headers)

    request = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": query, **environ}
    if key is not None:
        request["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    body = b"".join(edge(request, start))
    return got["status"], got["headers"], body


def ask(
    edge: Edge, key: str | None, query: str = "region=HK&language=zh-Hant", path: str = ACTIVE, **environ: str
) -> tuple[int, dict[str, str], Any]:
    status, headers, body = raw(edge, key, path, query, **environ)
    return status, headers, json.loads(body) if body else None


def candidate(number: int, *regions: str, **changes: Any) -> Candidate:
    given = {
        "id": f"p{number}", "campaign": f"c{number}", "regions": regions or ("HK",),
        "starts": 0.0, "ends": float("inf"),
        "priority": 50, "published": 0.0, "default": "en", "languages": frozenset({"en"}), **changes,
    }  # fmt: skip
    return Candidate(**given)


def snapshot_of(*candidates: Candidate, keys: Keys | None = None) -> Snapshot:
    """Without a database or a signature: for what selecting and composing do."""
    texts = {
        each.id: Prepared(
            signed=b'"publication":{"id":"%s"},"signature":"%s"' % (each.id.encode(), encoded(b"s").encode()),
            sha256="0" * 64,
            tags={code: code for code in each.languages},
            agency=dict.fromkeys(each.languages, '"Police"'),
            texts={code: b'{"headline":"%s"}' % each.id.encode() for code in each.languages},
            candidate=each,
        )
        for each in candidates
    }
    return Snapshot(1, Selection(candidates), keys or {}, texts)
