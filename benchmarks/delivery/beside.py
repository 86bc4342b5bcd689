"""The hot path at a moderate, fixed pace while the portal's pages are asked for as hard as they go beside it.

In a process of its own, as it is deployed, and in the web processes that serve the pages, where the same code
stands in front of Django. Latency counts from the moment at which a request was meant to go.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.figures import Figure, at_most, percentile, single, spread
from benchmarks.load import saturating
from benchmarks.serving import CHECKOUT
from benchmarks.sockets import hurry, paced

PER_SECOND = 1000
SECONDS = 4.0
ROUNDS = 5
PAGE_CONNECTIONS = 16
# By so much the pages' processes give way in a deployment, as compose.yaml has it: a third of the weight.
NICE = 5
# p99 in its own process, whatever the pages do.
OWN_MS = 10.0
DEPLOYED = "own process beside pages of less weight"


@dataclass(frozen=True, slots=True)
class Paced:
    """Milliseconds. `late`: p99 of by how much the driver itself was too late to send."""

    p50: float
    p99: float
    late: float
    unanswered: int


def measure(
    own: str,
    equal: str,
    less: str,
    headers: dict[str, str],
    page: Callable[[str], str],
    page_headers: dict[str, str],
) -> dict[str, Figure]:
    """`equal` and `less`: servers of the pages, of the same weight as ours and of less. `page`: the address
    of a page on one of them."""
    found: dict[str, list[Paced]] = {}

    def ask(name: str, url: str, seconds: float = SECONDS) -> None:
        found.setdefault(name, []).append(paced_by_another(url, headers, seconds))

    for url in (own, equal, less):
        paced_by_another(url, headers, 1.0)  # warm-up, not counted
    for _round in range(ROUNDS):
        ask("own process, no pages", own)
        with saturating(page(less), page_headers, PAGE_CONNECTIONS):
            ask(DEPLOYED, own)
        with saturating(page(equal), page_headers, PAGE_CONNECTIONS):
            ask("own process beside pages of equal weight", own)
            ask("in the web process with pages", equal)
    return summed_up(found)


def summed_up(found: Mapping[str, list[Paced]]) -> dict[str, Figure]:
    figures = {}
    for name, rounds in found.items():
        label = f"{PER_SECOND:,} requests/s, {name}"
        p99 = spread([each.p99 for each in rounds])
        figures[f"{label}, p50 ms"] = spread([each.p50 for each in rounds])
        figures[f"{label}, p99 ms"] = at_most(p99, OWN_MS) if name == DEPLOYED else p99
        figures[f"{label}, driver late, p99 ms"] = spread([each.late for each in rounds])
        if lost := sum(each.unanswered for each in rounds):
            figures[f"{label}, never answered"] = single(lost)
    return figures


def paced_by_another(url: str, headers: dict[str, str], seconds: float) -> Paced:
    """From a process that does nothing else: its own pauses would count as the server's."""
    given = json.dumps([url, headers, seconds])
    command = [sys.executable, "-m", "benchmarks.delivery.beside"]
    done = subprocess.run(command, cwd=CHECKOUT, check=True, input=given, stdout=subprocess.PIPE, text=True)
    return Paced(**json.loads(done.stdout))


def main() -> None:
    url, headers, seconds = json.loads(sys.stdin.read())
    hurry()
    found = paced(url, headers, PER_SECOND, seconds)
    latencies = [each * 1000 for each in found.latencies]
    late = percentile([each * 1000 for each in found.late], 0.99)
    said = {
        "p50": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99), "late": late,
        "unanswered": found.unanswered,
    }  # fmt: skip
    print(json.dumps(said))


if __name__ == "__main__":
    main()
