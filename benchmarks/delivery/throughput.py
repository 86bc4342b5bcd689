"""Requests a second and latency of the edge, against nginx with the same bytes and against plain Django."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.delivery.fronts import Front, bearer, got
from benchmarks.figures import Figure, at_least, at_most, ratios, spread
from benchmarks.load import Load, driven

ROUNDS = 7
CONNECTIONS = (16, 64, 256)
# The edge's server with a callable that looks at nothing.
BARE = "granian alone"
# The slow ones are yardsticks, not limits: fewer connections and rounds say as much.
SLOW = ("django, held bytes", "django, one query")
SLOW_ROUNDS, SLOW_CONNECTIONS = 3, (16, 64)
# Of nginx's requests a second at least, by connections; and of its p99 at most.
OF_NGINX: Mapping[int, float] = {16: 0.55, 64: 0.65, 256: 0.65}
OF_P99 = 3.0


@dataclass(frozen=True, slots=True)
class Slice:
    """Of one round: which front, with how many connections, what was found."""

    front: str
    connections: int
    load: Load


def measure(fronts: Mapping[str, Front], key: str, body: bytes) -> dict[str, Figure]:
    headers = bearer(key)
    same_answers(fronts, headers, body)
    slices = []
    for connections in CONNECTIONS:
        asked = {
            name: front
            for name, front in fronts.items()
            if name not in SLOW or connections in SLOW_CONNECTIONS
        }
        for front in asked.values():
            driven(front.url, headers, connections=connections, seconds=1)  # warm-up, not counted
        for number in range(ROUNDS):
            for name, front in asked.items():
                if name not in SLOW or number < SLOW_ROUNDS:
                    load = driven(front.url, headers, connections=connections, size=front.size)
                    slices.append(Slice(name, connections, load))
    same_answers(fronts, headers, body)
    return compared(slices)


def same_answers(fronts: Mapping[str, Front], headers: dict[str, str], body: bytes) -> None:
    """Byte for byte, but for the query's, which is composed anew and must say the same."""
    for name, front in fronts.items():
        answer = got(front.url, headers)
        same: Any = answer.content == body
        if name == SLOW[1]:
            same = answer.json() == json.loads(body)
        if answer.status_code != 200 or not same:
            raise RuntimeError(f"{name} does not give the answer: {answer.status_code}")


def compared(slices: list[Slice]) -> dict[str, Figure]:
    by: dict[tuple[str, int], list[Load]] = {}
    for each in slices:
        by.setdefault((each.front, each.connections), []).append(each.load)
    figures = {}
    for (name, connections), loads in by.items():
        label = f"{name}, {connections} connections"
        figures[f"{label}, requests/s"] = spread([each.rate for each in loads])
        figures[f"{label}, p50 ms"] = spread([each.p50 for each in loads])
        figures[f"{label}, p99 ms"] = spread([each.p99 for each in loads])
    if ("nginx", CONNECTIONS[0]) in by:
        for connections in CONNECTIONS:
            pair = (by[name, connections] for name in (BARE, "nginx"))
            figures[f"{BARE} ÷ nginx, {connections} connections, requests/s"] = ratios(
                *([each.rate for each in loads] for loads in pair)
            )
    for (name, connections), loads in by.items():
        if name == "edge":
            continue
        ours = by["edge", connections][: len(loads)]
        label = f"{name}, {connections} connections"
        rate = ratios([each.rate for each in ours], [each.rate for each in loads])
        p99 = ratios([each.p99 for each in ours], [each.p99 for each in loads])
        if name == "nginx":
            rate, p99 = at_least(rate, OF_NGINX[connections]), at_most(p99, OF_P99)
        figures[f"edge ÷ {label}, requests/s"] = rate
        figures[f"edge ÷ {label}, p99"] = p99
    return figures
