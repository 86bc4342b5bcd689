"""The same edge, the same answer, with ten, a thousand and a hundred thousand live campaigns beside it."""

from collections.abc import Mapping
from pathlib import Path

import psutil

from benchmarks.delivery.fronts import Front, bearer, workers
from benchmarks.figures import Figure, at_least, at_most, ratios, single, spread
from benchmarks.load import driven

SIZES = (10, 1_000, 100_000)
ROUNDS = 7
CONNECTIONS = 64
# Of the requests a second with the fewest campaigns at least; megabytes of a process with a thousand at most.
FLAT, MEGABYTES = 0.85, 120.0
MEGABYTE = 2**20


def loading(found: Mapping[int, dict[str, list[float]]]) -> dict[str, Figure]:
    figures = {}
    for size, took in found.items():
        of = f"{size:,} campaigns"
        figures[f"first whole load, {of}, s"] = spread(took["whole"])
        for name, label in (
            ("changed", "load after one changed row"),
            ("with_changes", "of that Snapshot.with_changes"),
            ("select", "of that Selection.with_changes"),
        ):
            figures[f"{label}, {of}, ms"] = spread([each * 1000 for each in took[name]])
        figures[f"read from disk, {of}, s"] = spread(took["held"])
    return figures


def throughput(fronts: Mapping[int, Front], key: str) -> dict[str, Figure]:
    headers = bearer(key)
    rates: dict[int, list[float]] = {size: [] for size in fronts}
    for front in fronts.values():
        driven(front.url, headers, connections=CONNECTIONS, seconds=1)  # warm-up, not counted
    for _round in range(ROUNDS):
        for size, front in fronts.items():
            rates[size].append(driven(front.url, headers, connections=CONNECTIONS, size=front.size).rate)
    figures = {f"edge, {size:,} campaigns, requests/s": spread(rate) for size, rate in rates.items()}
    fewest = SIZES[0]
    for size in SIZES[1:]:
        figures[f"edge, {size:,} ÷ {fewest} campaigns"] = at_least(ratios(rates[size], rates[fewest]), FLAT)
    return figures


def memory(fronts: Mapping[int, Front], environments: Mapping[int, Mapping[str, str]]) -> dict[str, Figure]:
    """Of the processes that serve, by what they said of themselves; after they have been asked."""
    figures = {}
    for size, environment in environments.items():
        used = [_memory(pid) for pid in workers(environment, fronts[size].pid)]
        resident = spread([each[0] for each in used])
        judged = at_most(resident, MEGABYTES) if size == 1_000 else resident
        figures[f"memory of a process (RSS), {size:,} campaigns, MB"] = judged
        figures[f"memory of a process (PSS), {size:,} campaigns, MB"] = spread([each[1] for each in used])
    return figures


def started(fronts: Mapping[int, Front]) -> dict[str, Figure]:
    return {
        f"from a process's start to its first answer, {size:,} campaigns, s": single(front.seconds)
        for size, front in fronts.items()
    }


def _memory(pid: int) -> tuple[float, float]:
    found = psutil.Process(pid).memory_full_info()
    return found.rss / MEGABYTE, found.pss / MEGABYTE


def kept(directory: Path, size: int) -> Path:
    """Where this many are kept on disk, beside what the servers keep themselves."""
    return directory / f"kept_{size}"
