"""Outcome events, 1,000 a call, each judged and committed, against a bare COPY of as many rows."""

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.load import spread
from benchmarks.people import SYSTEM
from campaigns.models import Version
from campaigns.outcomes.ingest import ingest
from portal.clients import flows as clients
from portal.clients.authenticate import client_for
from portal.kernel.identifiers import new_id

ROUNDS = 5
CALLS = 10
EACH = 1000
COLUMNS = "id, client_id, kind, version_id, region, language, part, reference, occurred_at, received_at"


def run(directory: Path) -> dict[str, Any]:
    version = Version.objects.get()
    now = datetime.now(UTC)
    _, key = clients.issue(actor=SYSTEM, now=now, name="ingest", scopes=["events:write"])
    client, _ = client_for(key, now)
    if client is None:
        raise RuntimeError("a key that was just issued is unknown")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE yardstick (LIKE campaigns_outcomeevent INCLUDING INDEXES)")
    flow_rates, copy_rates = [], []
    for number in range(ROUNDS):
        calls = [[_event(version, now, number) for _ in range(EACH)] for _ in range(CALLS)]
        began = time.perf_counter()
        for events in calls:
            receipt = ingest(events, actor=client, now=now)
            if receipt.accepted != EACH:
                raise RuntimeError(f"{receipt.accepted} of {EACH} events accepted: {receipt.refused[:1]}")
        flow_rates.append(CALLS * EACH / (time.perf_counter() - began))
        rows = [
            (new_id(), client.id, e["kind"], version.pk, "HK", "en", "", e["reference"][:32], now, now)
            for call in calls
            for e in call
        ]
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(f"COPY yardstick ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        copy_rates.append(len(rows) / (time.perf_counter() - began))
    return {
        "name": "ingest",
        "what": f"{ROUNDS} rounds of {CALLS} calls of {EACH} events, one connection, no HTTP",
        "notes": [
            "judged one by one, stored once, exposures kept, committed; against COPY into an equal table"
        ],
        "figures": {
            "flow, events/s": spread(flow_rates),
            "bare COPY, events/s": spread(copy_rates),
            "flow ÷ COPY": spread([flow / copy for flow, copy in zip(flow_rates, copy_rates, strict=True)]),
        },
    }


def _event(version: Version, now: datetime, number: int) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "kind": random.choice(["shown", "reviewed", "reconsidered", "proceeded"]),  # noqa: S311 - made-up load
        "campaign": str(version.campaign_id),
        "version": str(version.pk),
        "region": "HK",
        "language": "en",
        "reference": f"bench-{number}-{random.getrandbits(40):x}",
        "occurred_at": now.isoformat(),
    }
