"""Outcome events, 1,000 a call, each judged and committed: through HTTP, by the flow alone, and bare COPY."""

import http.client
import json
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.delivery.databases import REGION
from benchmarks.delivery.fronts import bearer, question
from benchmarks.figures import Figure, at_least, single, spread
from benchmarks.people import client_with_key, live_campaign
from benchmarks.serving import free_port, granian, running
from campaigns.models import OutcomeEvent, Version
from campaigns.outcomes import rollup
from campaigns.outcomes.ingest import ingest
from portal.database.owner import application_role, as_owner
from portal.kernel.identifiers import new_id

ROUNDS = 5
CALLS = 10
EACH = 1000
CONNECTIONS = 4
# Of what bare COPY writes in a second.
OF_COPY = 0.35
PATH = "/api/v1/campaigns/events"
COLUMNS = (
    "id, client_id, kind, version_id, variant, region, language, part, amount_band, reference, occurred_at,"
    " received_at"
)


def run(directory: Path) -> dict[str, Any]:
    version, reading, _reader = live_campaign()
    now = datetime.now(UTC)
    key, client = client_with_key("ingest", ["events:write"])
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE yardstick (LIKE campaigns_outcomeevent INCLUDING INDEXES)")
        cursor.execute(f'GRANT INSERT ON yardstick TO "{application_role()}"')
    port = free_port()
    command = granian("portal.wsgi:application", port, 2)
    rates: dict[str, list[float]] = {"HTTP": [], "flow": [], "bare COPY": []}
    with running(command, question(port, REGION), bearer(reading), directory / "ingest.log"):
        _post(port, key, [_body(version, now) for _ in range(4)])  # warm-up, not counted
        for _ in range(ROUNDS):
            bodies = [_body(version, now) for _ in range(CALLS)]
            began = time.perf_counter()
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                list(pool.map(lambda part: _post(port, key, part), _dealt(bodies)))
            rates["HTTP"].append(CALLS * EACH / (time.perf_counter() - began))

            calls = [_events(version, now) for _ in range(CALLS)]
            began = time.perf_counter()
            for events in calls:
                receipt = ingest(events, actor=client, now=now)
                if receipt.accepted != EACH:
                    raise RuntimeError(f"{receipt.accepted} of {EACH} accepted: {receipt.refused[:1]}")
            rates["flow"].append(CALLS * EACH / (time.perf_counter() - began))

            rows = [
                (new_id(), client.id, e["kind"], version.pk, "", "HK", "en", "", "", new_id(), now, now)
                for call in calls
                for e in call
            ]
            began = time.perf_counter()
            with connection.cursor() as cursor, cursor.copy(f"COPY yardstick ({COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            rates["bare COPY"].append(len(rows) / (time.perf_counter() - began))
    kept, acknowledged = OutcomeEvent.objects.count(), 2 * ROUNDS * CALLS * EACH + 4 * EACH
    if kept != acknowledged:
        raise RuntimeError(f"{acknowledged} events were acknowledged and {kept} are kept")
    began = time.perf_counter()
    rollup.roll_up()
    rolled = time.perf_counter() - began
    disagreements = list(rollup.recount(now - timedelta(days=1)))
    if disagreements:
        raise RuntimeError(f"the counts are not what the events say: {disagreements[:2]}")
    figures: dict[str, Figure] = {f"{name}, events/s": spread(values) for name, values in rates.items()}
    figures["changes added to the counts, ms"] = single(rolled * 1000)
    for name in ("HTTP", "flow"):
        ratios = [ours / copy for ours, copy in zip(rates[name], rates["bare COPY"], strict=True)]
        figures[f"{name} ÷ bare COPY"] = spread(ratios)
    figures["HTTP ÷ bare COPY"] = at_least(figures["HTTP ÷ bare COPY"], OF_COPY)
    return {
        "name": "ingest",
        "what": f"{ROUNDS} interleaved rounds of {CALLS} calls of {EACH} events",
        "notes": [
            f"through HTTP on {CONNECTIONS} connections, and by the flow alone on one; each event is judged,",
            "stored once and committed, exposures and counts are kept; against COPY into an equal table",
        ],
        "figures": figures,
    }


def _dealt(bodies: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [bodies[start::CONNECTIONS] for start in range(CONNECTIONS)]


def _post(port: int, key: str, bodies: Sequence[bytes]) -> None:
    """Raises RuntimeError unless every event of every call is new and accepted."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        link.request("POST", PATH, body, headers)
        answer = link.getresponse()
        said = answer.read()
        if answer.status != 200 or json.loads(said)["accepted"] != EACH:
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
    link.close()


def _body(version: Version, now: datetime) -> bytes:
    return json.dumps({"events": _events(version, now)}).encode()


def _events(version: Version, now: datetime) -> list[dict[str, Any]]:
    """Withdrawals as they are: the warning was shown, and then something came of it."""
    found = []
    for _ in range(EACH // 2):
        reference = f"bench-{random.getrandbits(64):x}"
        outcome = random.choice(["reviewed", "reconsidered", "proceeded"])  # noqa: S311 - made-up load
        found += [
            {
                "id": str(new_id()),
                "kind": kind,
                "campaign": str(version.campaign_id),
                "version": str(version.pk),
                "region": "HK",
                "language": "en",
                "reference": reference,
                "occurred_at": now.isoformat(),
            }
            for kind in ("shown", outcome)
        ]
    return found
