"""Every example of the guide runs against a real portal and says what the guide says it does."""

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Exposure, OutcomeEvent, Version
from campaigns.review import flows as review
from portal.kernel.identifiers import new_id
from tests.campaigns.client.conftest import Served, within
from tests.campaigns.client.feigned import Feigned
from tests.campaigns.client.guide import NOT_RUN, VECTORS, Block, Desk, Ran, blocks
from tests.campaigns.client.packaged import unpacked, wheel
from tests.campaigns.warnings import published

# One portal for all of them.
pytestmark = pytest.mark.xdist_group("guide")

HEADLINE = "請停一停：是群組叫你轉帳嗎？"
AWAY = "http://127.0.0.1:9"
Kinds = list[tuple[str, str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(wheel(tmp_path_factory.mktemp("guide")))


@pytest.fixture
def version(served: Served, house: Any, now: datetime) -> Version:
    """Live for withdrawals of USDT, twice a week to each user, and for an hour without the portal."""
    version = published(
        house, now, assets=["USDT"], show_at_most=2, show_per_days=7, unconfirmed_seconds=3600
    )
    assert within(5, lambda: served.get("active?region=HK").status_code == 200)
    return version


@pytest.fixture
def desk(tmp_path: Path, installed: Path, served: Served, version: Version) -> Desk:
    ids = {"CAMPAIGN": str(version.campaign_id), "VERSION": str(version.pk), "EVENT": str(new_id())}
    return Desk(tmp_path, installed, served.url, served.key, **ids)


@pytest.fixture
def alone(tmp_path: Path, installed: Path) -> Desk:
    """Without a portal."""
    return Desk(tmp_path, installed, AWAY, Feigned.key)


def reported() -> Kinds:
    return list(OutcomeEvent.objects.order_by("pk").values_list("kind", "part"))


# --- what each example prints, and what it leaves in the portal ---------------------------------------


def live(ran: Ran) -> None:
    assert ran.out.startswith("HTTP/1.1 200 OK")
    assert re.search(r"(?im)^etag: ", ran.out)
    [campaign] = json.loads(ran.out.rpartition("\n\n")[2])["campaigns"]
    assert campaign["warning"]["headline"] == HEADLINE
    assert {"publication", "signature", "language", "agency", "warning", "variant"} <= campaign.keys()


def unchanged(ran: Ran) -> None:
    assert ran.out.strip() == "HTTP/1.1 304 Not Modified"


def report(ran: Ran) -> None:
    assert json.loads(ran.out) == {"accepted": 1, "repeated": 0, "refused": []}
    assert reported() == [("shown", "")]


def asking(ran: Ran) -> None:
    section, sent = ran.out.splitlines()
    assert section.startswith('<section lang="zh-Hant" dir="ltr">')
    assert f"<h2>{HEADLINE}</h2>" in section
    assert (sent, ran.log, reported()) == ("0 to send again", "", [("shown", "")])


def bootstrap(ran: Ran) -> None:
    fetched, shown = ran.out.splitlines()
    assert "1 publications, verified" in fetched
    assert json.loads(shown)["warning"]["headline"] == HEADLINE


def sql_showings(ran: Ran) -> None:
    assert ran.out == "1 0\n"


def withdrawal(ran: Ran) -> None:
    first, second, third = (json.loads(line.replace("'", '"')) for line in ran.out.splitlines())
    assert [each.partition(": ")[2] for each in first] == [HEADLINE]
    # The rule allows two.
    assert (second, third) == (first, [])
    assert within(3, lambda: len(reported()) == 6)
    assert sorted(reported()) == sorted([("shown", ""), ("reviewed", "tips"), ("reconsidered", "")] * 2)
    complete = Exposure.objects.exclude(shown_at=None).exclude(reviewed_at=None).exclude(reconsidered_at=None)
    assert complete.count() == 2


def forked(ran: Ran) -> None:
    assert ran.out == "1 in a child\n" * 2


def metrics(ran: Ran) -> None:
    said = dict(line.rsplit(" ", 1) for line in ran.out.splitlines())
    assert said["campaigns_confirmed"] == "1"
    assert int(said["campaigns_revision"]) > 0
    assert float(said["campaigns_age_seconds"]) < 10
    assert said['campaigns_outcomes_total{result="lost"}'] == "0"


def vectors_verified(ran: Ran) -> None:
    assert ran.out == "verified: Stop: is a chat group telling you where to send this?\n"


def variants(ran: Ran) -> None:
    said = [f"{each['subject']} {each['variant']}" for each in json.loads(VECTORS.read_text())["variants"]]
    assert ran.out.splitlines() == said


def first(ran: Ran) -> None:
    assert ran.out.rstrip().endswith(HEADLINE)
    assert within(3, lambda: reported() == [("shown", "")])


def nothing(ran: Ran) -> None:
    """A module that others import."""
    assert (ran.out, ran.log) == ("", "")


EXAMPLES: dict[str, Callable[[Ran], None]] = {
    "live.sh": live, "unchanged.sh": unchanged, "report.sh": report, "asking.py": asking,
    "bootstrap.sh": bootstrap, "service.py": nothing, "shared_showings.py": nothing,
    "withdrawal.py": withdrawal, "forked.py": forked, "metrics.py": metrics, "first.py": first,
}  # fmt: skip
WITHOUT_A_PORTAL: dict[str, Callable[[Ran], None]] = {
    "sql_showings.py": sql_showings, "verify.py": vectors_verified, "verify.mjs": vectors_verified,
    "variants.py": variants, "variants.mjs": variants,
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_what_the_guide_says(name: str, desk: Desk) -> None:
    EXAMPLES[name](desk.run(name))


@pytest.mark.parametrize("name", WITHOUT_A_PORTAL)
def test_an_example_that_asks_no_portal_does_what_the_guide_says(name: str, alone: Desk) -> None:
    WITHOUT_A_PORTAL[name](alone.run(name))


def test_no_example_is_left_out() -> None:
    found = blocks()
    not_run = [block for block in found if block.name is None]
    # A reader's own addresses, and what is to be installed from there.
    assert [(block.page, block.mark) for block in not_run] == [
        ("integrate.md", f"sh {NOT_RUN}"), ("integrate.md", f"sh {NOT_RUN}"), ("README.md", f"sh {NOT_RUN}"),
    ]  # fmt: skip
    names = [block.name for block in found if block.name is not None]
    assert sorted(names) == sorted([*EXAMPLES, *WITHOUT_A_PORTAL])


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("", "# a.py\n"), ("text", "x"), ("python", "import os\n"), ("python", "# A.py\n"),
        ("sh", "# a.py\n"), ("python not-run", "# a.py\n"), ("Python", "# a.py\n"),
    ],
)  # fmt: skip
def test_a_block_that_is_not_named_is_noticed(mark: str, text: str) -> None:
    assert Block("page", mark, text).name is None


# --- what the guide promises beside ------------------------------------------------------------------


def test_what_is_sent_twice_counts_once(desk: Desk) -> None:
    desk.run("report.sh")
    assert json.loads(desk.run("report.sh").out) == {"accepted": 0, "repeated": 1, "refused": []}


def test_nothing_is_live_for_another_withdrawal(desk: Desk, served: Served) -> None:
    assert served.get("active?region=HK&asset=BTC").status_code == 204
    assert 'asset="USDT"' in (desk.directory / "asking.py").read_text()


@pytest.mark.parametrize("why", ["away", "hanging", "unconfirmed", "a proxy's page", "wrong key"])
def test_to_ask_fails_open(why: str, alone: Desk, served: Served, feigned: Feigned) -> None:
    def behave(path: str, handler: Any) -> bool:
        if why == "hanging":
            time.sleep(10)
        body = b"<html>" if why == "a proxy's page" else b'{"code": "unconfirmed"}'
        feigned.send(handler, 503, body, Retry_After="1")
        return True

    feigned.behave = behave
    portal = {"wrong key": served.url, "away": AWAY}.get(why, feigned.url)
    ran = alone.run("asking.py", PORTAL=portal)
    assert ran.out == "0 to send again\n"
    assert "no warnings" in ran.log
    assert ran.seconds < 8


def test_outcomes_that_the_portal_does_not_take_are_kept(desk: Desk) -> None:
    program = 'import asking\nprint(len(asking.send([{"id": "1"}])), len(asking.send([{}] * 1001)))\n'
    (desk.directory / "later.py").write_text(program)
    assert desk.run("later.py", PORTAL=AWAY).out == "1 1001\n"
    # There the portal refuses each event for good, and takes 1,000 a call.
    assert desk.run("later.py").out == "0 1\n"


def test_the_package_fails_open(alone: Desk) -> None:
    ran = alone.run("withdrawal.py")
    assert ran.out == "[]\n" * 3
    assert ran.seconds < 10


def test_a_store_of_showings_that_is_away_costs_no_warning_and_no_time(desk: Desk) -> None:
    ran = desk.run("withdrawal.py", REDIS_URL="redis://127.0.0.1:9")
    assert ran.out.count(HEADLINE) == 3
    assert "the warning is shown" in ran.log
    assert ran.seconds < 10


def test_a_bootstrap_serves_the_first_start_without_the_portal(desk: Desk) -> None:
    desk.run("bootstrap.sh")
    service = desk.directory / "service.py"
    service.write_text(service.read_text().replace("directory=", 'bootstrap="bootstrap.json", directory='))
    assert desk.run("withdrawal.py", PORTAL=AWAY).out.count(HEADLINE) == 2


def test_a_recall_takes_it_away(
    desk: Desk, version: Version, house: Any, now: datetime, served: Served
) -> None:
    review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Wrong number.")
    assert within(3, lambda: served.get("active?region=HK").status_code == 204)
    assert desk.run("asking.py").out == "0 to send again\n"
    assert desk.run("first.py").out == ""


LIVE_IN_PYTHON = """
import json, os, httpx, verify
get = lambda path: httpx.get(os.environ["PORTAL"] + "/api/v1/campaigns/" + path,
                             headers={"Authorization": "Bearer " + os.environ["KEY"]}).json()
body, keys = get("snapshot?regions=SG,HK"), get("keys")
found = verify.verified(body, keys, regions=["HK", "SG"])
json.dump({"body": body, "keys": keys}, open("live.json", "w"))
[campaign] = get("active?region=HK")["campaigns"]
document = campaign["publication"]
verify.verify(document, campaign["signature"], "portal/publication", verify.trusted(keys, "documents"))
assert verify.digest(campaign["warning"]) == document["texts"][campaign["language"]]
assert found[document["id"]][0] == document
print(len(found))
"""
LIVE_IN_NODE = """
import { readFileSync } from "node:fs";
import { verified } from "./verify.mjs";
const { body, keys } = JSON.parse(readFileSync("live.json", "utf8"));
console.log(verified(body, keys, { regions: ["HK", "SG"] }).size);
"""


def test_what_the_portal_signs_now_is_verified_in_both_languages(desk: Desk) -> None:
    (desk.directory / "live.py").write_text(LIVE_IN_PYTHON)
    (desk.directory / "live.mjs").write_text(LIVE_IN_NODE)
    assert desk.run("live.py").out == "1\n"
    assert desk.run("live.mjs").out == "1\n"


SPOILED = {
    "text": lambda body: body["publications"][0]["texts"]["en"].update(headline="Send it all"),
    "document": lambda body: body["publications"][0]["publication"].update(priority=1),
    "left out": lambda body: body["publications"].clear(),
    "regions": lambda body: body["snapshot"].update(regions=["SE"]),
    "revision": lambda body: body["snapshot"].update(revision=10**6),
    "signature": lambda body: body.update(signature=body["publications"][0]["signature"]),
    "kind": lambda body: body["snapshot"].update(typ="portal/publication"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_neither_verifies_what_was_changed(what: str, alone: Desk) -> None:
    vectors = json.loads(VECTORS.read_text())
    SPOILED[what](vectors["snapshot"])
    (alone.directory / "spoiled.json").write_text(json.dumps(vectors))
    for name in ("verify.py", "verify.mjs"):
        with pytest.raises(AssertionError, match=rf"{name}(?s:.)*Error|InvalidSignature"):
            alone.run(name, VECTORS="spoiled.json")
