"""The parts of the benchmark of the hot path, in one run on one machine."""

import contextlib
import os
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from django.urls import reverse

from benchmarks.delivery import beside, fronts, loading, lookup, recall, scale, throughput
from benchmarks.delivery.databases import REGION, connected, grown, regions
from benchmarks.figures import Figure
from benchmarks.grown import SERVED_ALONE, grow, named
from benchmarks.load import SECONDS, loader, saturating
from benchmarks.people import acting, live_campaign, signed_in
from campaigns.client import publication
from campaigns.client import snapshot as client_snapshot
from campaigns.client.signing import trusted
from campaigns.delivery import load
from campaigns.delivery.sync import snapshot_answer
from campaigns.models import Version
from portal.keyring import jwks

Figures = dict[str, Figure]
# Recalls that are not counted.
WARM_UP = 5


@dataclass(slots=True)
class Bench:
    """What the parts share: where they write, the one live campaign, and a client's key."""

    directory: Path
    version: Version
    key: str
    notes: list[str]
    _environments: dict[int, dict[str, str]] = field(default_factory=dict)

    @contextlib.contextmanager
    def edge(self) -> Iterator[fronts.Front]:
        with fronts.edge(self.key, REGION, self.directory / "edge.log") as front:
            yield front

    def grown(self, size: int) -> dict[str, str]:
        """The environment of a database with so many live campaigns, made once; before `recall`, which grows
        our own."""
        if size not in self._environments:
            self._environments[size] = grown(self.directory, size)
        return self._environments[size]

    def answer(self, front: fronts.Front) -> httpx.Response:
        """What the edge answers, which must be the approved text."""
        answer = fronts.got(front.url, fronts.bearer(self.key))
        if answer.json()["campaigns"][0]["warning"] != self.version.content["texts"][fronts.LANGUAGE]:
            raise RuntimeError("the edge does not answer with the approved text")
        return answer


def run(directory: Path, part: str = "") -> dict[str, object]:
    version, key, _client = live_campaign()
    bench = Bench(directory, version, key, [])
    figures: Figures = {}
    failed: list[str] = []
    for name in [part] if part else PARTS:
        began, busy = time.monotonic(), os.getloadavg()[0]
        try:
            figures |= PARTS[name](bench)
        except Exception as problem:
            # What the others found is not lost; nothing of this one is reported.
            traceback.print_exc()
            failed.append(f"{name}: {type(problem).__name__}: {problem}"[:500])
        bench.notes.append(
            f"{name}: {time.monotonic() - began:.0f} s on {os.cpu_count()} processors; load average when it"
            f" began {busy:.1f}"
        )
    return {
        "name": "delivery",
        "what": f"load by {loader()} in interleaved slices of {SECONDS} s; judge ratios, not figures",
        "notes": bench.notes,
        "figures": figures,
        "failed": failed,
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
        held, queried = stack.enter_context(fronts.django(bench.key, REGION, bench.directory / "django.log"))
        asked |= dict(zip(throughput.SLOW, (held, queried), strict=True))
        sizes = ", ".join(f"{name} {front.size}" for name, front in asked.items())
        bench.notes.append(f"bytes of an answer, {len(body)} of them the body: {sizes}")
        return throughput.measure(asked, bench.key, body)


def _scale(bench: Bench) -> Figures:
    environments = {size: bench.grown(size) for size in scale.SIZES}
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
        figures |= scale.memory(asked, environments)
        figures |= scale.started(asked)
    return figures


def _recall(bench: Bench) -> Figures:
    count = 4 * recall.SAMPLES + WARM_UP + 1
    codes = [code for code in regions() if "-" in code][:count]
    grow(bench.version, 1, count, codes, replace(SERVED_ALONE, in_a_row=1))
    with bench.edge() as edge:
        recaller = recall.Recaller(
            recall.waiting(count, named, codes),
            acting("supervisor@police-hk.example"),
            fronts.workers(os.environ, edge.pid),
            urlsplit(edge.url).port or 0,
            bench.key,
        )
        recaller.watched(WARM_UP)  # warm-up, not counted
        figures = recall.summed_up("recall, idle", recaller.watched(recall.SAMPLES), recall.IDLE_MS)
        found = recaller.unannounced(recall.SAMPLES)
        figures |= recall.summed_up("recall, notification lost", found, recall.LOST_MS)
        with saturating(edge.url, fronts.bearer(bench.key), scale.CONNECTIONS):
            found = recaller.watched(recall.SAMPLES)
            lost = recaller.unannounced(recall.SAMPLES)
        load = f"{scale.CONNECTIONS} connections asking"
        figures |= recall.summed_up(f"recall, {load}", found, recall.SATURATED_MS)
        figures |= recall.summed_up(f"recall, {load}, notification lost", lost, recall.LOST_MS)
    return figures


def _beside(bench: Bench) -> Figures:
    browser = signed_in("compliance_reviewer@exchange.example")
    cookies = "; ".join(f"{name}={each.value}" for name, each in browser.cookies.items())
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(bench.edge())
        equal, less = (
            stack.enter_context(
                # As the image's own command has it.
                fronts.edge(
                    bench.key,
                    REGION,
                    bench.directory / f"web-{nice}.log",
                    target="portal.wsgi:application",
                    threads=8,
                    nice=nice,
                )
            ).url
            for nice in (0, beside.NICE)
        )
        path = reverse("campaigns-list")
        for web in (equal, less):
            asked = httpx.get(urljoin(web, path), headers={"Cookie": cookies})
            if asked.status_code != 200 or bench.version.campaign.title not in asked.text:
                raise RuntimeError(f"the signed-in page answers {asked.status_code}")
        bench.notes.append(
            f"pages beside: the signed-in list of campaigns, {beside.PAGE_CONNECTIONS} connections;"
            " latency from the intended moment"
        )
        return beside.measure(
            own.url,
            equal,
            less,
            fronts.bearer(bench.key),
            lambda web: urljoin(web, path),
            {"Cookie": cookies},
        )


def _lookup(bench: Bench) -> Figures:
    with connected(bench.grown(lookup.SIZES[1])) as connection:
        snapshot, _refused = load.load(connection)
    base = snapshot.selection.regions[REGION][0]
    figures = lookup.lookups(base, time.time())
    body = snapshot_answer(snapshot, None).body or b""
    return figures | lookup.proving(
        body, trusted(jwks(), publication.PURPOSE), trusted(jwks(), client_snapshot.PURPOSE)
    )


PARTS: dict[str, Callable[[Bench], Figures]] = {
    "throughput": _throughput,
    "scale": _scale,
    "lookup": _lookup,
    "recall": _recall,
    "beside": _beside,
}
