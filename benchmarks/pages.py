"""The campaigns' pages with a thousand and with ten thousand campaigns in fifty regions.

Each page is asked through Django's own client: every middleware, the whole template, no network. The
yardstick is one row read through the ORM, taken in turn with the pages.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pycountry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks.figures import spread
from benchmarks.grown import grow
from benchmarks.people import live_campaign, signed_in
from campaigns.delivery.follow import follower
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, DeliveryRevision
from portal.models import Agency

ROUNDS = 15
ONE_ROW = "one row through the ORM"
FEW, MANY = 1_000, 10_000
REGIONS = sorted(country.alpha_2 for country in pycountry.countries)[:50]


def run(directory: Path) -> dict[str, Any]:
    version, _key, _client = live_campaign()
    agency = version.campaign.agency_id
    pages: dict[str, Callable[[], Any]] = {}
    taken: dict[int, dict[str, list[float]]] = {}
    figures: dict[str, dict[str, float]] = {}
    grown = 0
    for size in (FEW, MANY):
        grow(version, grown, size, REGIONS)
        grown = size
        pages = pages or _pages(version)
        _wait_for_the_snapshot()
        taken[size] = _taken({ONE_ROW: lambda: Agency.objects.filter(pk=agency).first(), **pages})
    yardstick, before = taken[MANY].pop(ONE_ROW), taken[FEW].pop(ONE_ROW)
    figures[f"{ONE_ROW}, ms"] = spread([each * 1000 for each in yardstick])
    for name, times in taken[MANY].items():
        figures[f"{name}, ms"] = spread([each * 1000 for each in times])
        in_turn = zip(times, yardstick, strict=True)
        figures[f"{name} ÷ one row"] = spread([one / other for one, other in in_turn])
        # Both against the yardstick of their own minute, for the machine may be busier in one of them.
        few = median(taken[FEW][name]) / median(before)
        figures[f"{name}, {MANY:,} ÷ {FEW:,}"] = spread([median(times) / median(yardstick) / few])
    notes = [f"{name}: {_queries(ask)} queries" for name, ask in pages.items()]
    follower.stop()
    return {
        "name": "pages",
        "what": f"{ROUNDS} rounds in turn, {MANY:,} campaigns in {len(REGIONS)} regions, against {FEW:,}",
        "notes": notes,
        "figures": figures,
    }


def _pages(version: Any) -> dict[str, Callable[[], Any]]:
    officer, reviewer = (
        signed_in("officer@police-hk.example"),
        signed_in("compliance_reviewer@exchange.example"),
    )
    stranger = Client()
    of = {
        status: Campaign.objects.filter(status=status).exclude(pk=version.campaign_id).first()
        for status in CampaignStatus
    }
    draft, waiting = of[CampaignStatus.DRAFT], of[CampaignStatus.COMPLIANCE_REVIEW]
    if draft is None or waiting is None:
        raise RuntimeError("no draft or nothing in review was grown")

    def page(browser: Client, name: str, *arguments: Any, query: str = "") -> Callable[[], Any]:
        url = reverse(name, args=arguments) + query

        def ask() -> None:
            answer = browser.get(url)
            if answer.status_code != 200:
                raise RuntimeError(f"{url} answered {answer.status_code}")

        return ask

    return {
        "list, 50 rows": page(reviewer, "campaigns-list", query="?size=50"),
        "list of one region": page(reviewer, "campaigns-list", query=f"?region={REGIONS[7]}"),
        "list, the agency's own": page(officer, "campaigns-list"),
        "queue": page(reviewer, "campaigns-queue"),
        "edit": page(officer, "campaigns-edit", draft.pk),
        "review": page(reviewer, "campaigns-review", waiting.pk),
        "one campaign": page(reviewer, "campaigns-view", version.campaign_id),
        "public page of a region": page(stranger, "public-page", "HK", "en"),
    }


def _taken(asked: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    for ask in asked.values():
        ask()  # warm-up, not counted
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _round in range(ROUNDS):
        for name, ask in asked.items():
            began = time.perf_counter()
            ask()
            times[name].append(time.perf_counter() - began)
    return times


def _queries(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as counted:
        ask()
    return len(counted)


def _wait_for_the_snapshot() -> None:
    """The public page answers from the delivery snapshot, which follows the revision in its own thread."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        snapshot = follower.snapshot()
        if snapshot is not None and snapshot.revision == DeliveryRevision.objects.get().revision:
            return
        time.sleep(0.1)
    raise RuntimeError("the delivery snapshot did not come")
