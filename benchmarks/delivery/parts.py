"""The parts of the benchmark of the hot path, in one run on one machine."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.delivery import fronts, loading, scale, throughput
from benchmarks.delivery.databases import REGION, grown
from benchmarks.figures import Figure
from benchmarks.load import SECONDS, loader
from benchmarks.people import live_campaign
from campaigns.models import Version

Figures = dict[str, Figure]


@dataclass(slots=True)
class Bench:
    """What the parts share: where they write, the one live campaign, and a client's key."""

    directory: Path
    version: Version
    key: str
    notes: list[str]

    @contextlib.contextmanager
    def edge(self) -> Iterator[fronts.Front]:
        with fronts.edge(self.key, REGION, self.directory / "edge.log") as front:
            yield front

    def answer(self, front: fronts.Front) -> httpx.Response:
        """What the edge answers, which must be the approved text."""
        answer = httpx.get(front.url, headers=fronts.bearer(self.key))
        if answer.json()["campaigns"][0]["warning"] != self.version.content["texts"][fronts.LANGUAGE]:
            raise RuntimeError("the edge does not answer with the approved text")
        return answer


def run(directory: Path, part: str = "") -> dict[str, object]:
    version, key, _client = live_campaign()
    bench = Bench(directory, version, key, [])
    figures: Figures = {}
    for name in [part] if part else PARTS:
        began = time.monotonic()
        figures |= PARTS[name](bench)
        bench.notes.append(f"{name}: {time.monotonic() - began:.0f} s")
    return {
        "name": "delivery",
        "what": f"load by {loader()} in interleaved slices of {SECONDS} s; judge ratios, not figures",
        "notes": bench.notes,
        "figures": figures,
    }


def _throughput(bench: Bench) -> Figures:
    with contextlib.ExitStack() as stack:
        edge = stack.enter_context(bench.edge())
        answer = bench.answer(edge)
        body = answer.content
        bare = stack.enter_context(fronts.bare(bench.directory, bench.key, answer))
        asked = {"edge": edge, throughput.BARE: bare}
        if fronts.nginx_binary():
            nginx = fronts.nginx(bench.directory / "nginx", bench.key, body, edge.size)
            asked = {"nginx": stack.enter_context(nginx), **asked}
        else:
            bench.notes.append("nginx is not installed: the ratio to a static file is not measured")
        held, queried = stack.enter_context(
            fronts.django(bench.key, REGION, bench.directory / "django.log")
        )
        asked |= dict(zip(throughput.SLOW, (held, queried), strict=True))
        sizes = ", ".join(f"{name} {front.size}" for name, front in asked.items())
        bench.notes.append(f"bytes of an answer, {len(body)} of them the body: {sizes}")
        return throughput.measure(asked, bench.key, body)


def _scale(bench: Bench) -> Figures:
    environments = {size: grown(bench.directory, size) for size in scale.SIZES}
    took = {
        size: loading.measured(environment, scale.kept(bench.directory, size))
        for size, environment in environments.items()
    }
    figures = scale.loading(took)
    with contextlib.ExitStack() as stack:
        # One after the other: a start is measured too, and these are long.
        asked = {
            size: stack.enter_context(
                fronts.edge(
                    bench.key, REGION, bench.directory / f"edge-{size}.log", env=environment, patience=600.0
                )
            )
            for size, environment in environments.items()
        }
        for front in asked.values():
            bench.answer(front)
        figures |= scale.throughput(asked, bench.key)
        figures |= scale.memory(environments)
        figures |= scale.started(asked)
    return figures


PARTS: dict[str, Callable[[Bench], Figures]] = {"throughput": _throughput, "scale": _scale}
