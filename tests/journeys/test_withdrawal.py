"""The moment of withdrawal: the web component in the demo exchange's page, and in one of another origin."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from campaigns.client.fragment import fragment
from campaigns.models import OutcomeEvent, Version
from portal.demo.campaigns import Cast, Stage
from portal.kernel.languages import NAMES, bcp47
from tests.campaigns.fragments import HOSTILE, document, text
from tests.campaigns.warnings import published
from tests.journeys.conftest import Portal
from tests.journeys.exchange import Exchange, serving
from tests.journeys.person import Person, within
from tests.journeys.test_keyboard import reach
from tests.people import House

PHONE = {"width": 390, "height": 844}
AS_FRAGMENT = """([given, html]) => {
  const element = document.createElement("withdrawal-warning");
  element.campaign = given;
  const held = document.createElement("template");
  held.innerHTML = html;
  const [drawn, served] = [element.firstElementChild.outerHTML, held.content.firstElementChild.outerHTML];
  if (drawn === served) return "";
  let at = 0;
  while (drawn[at] === served[at]) at += 1;
  return `${drawn.slice(Math.max(at - 60, 0), at + 80)} | ${served.slice(Math.max(at - 60, 0), at + 80)}`;
}"""


@pytest.fixture
def house(transactional_db: None, house: House) -> House:
    return house


@pytest.fixture(scope="module")
def _exchange() -> Iterator[Exchange]:
    with serving() as exchange:
        yield exchange


@pytest.fixture
def live(portal: Portal, house: House, now: Any) -> Version:
    """One warning, and a portal that serves it."""
    version = published(house, now)
    assert within(5, lambda: served(portal).status_code == 200)
    return version


@pytest.fixture
def exchange(chromium: Any, _exchange: Exchange, portal: Portal, live: Version) -> Iterator[Exchange]:
    """Its page shows the portal's fragment."""
    files = httpx.get(f"{portal.url}/api/v1/campaigns/component").json()
    _exchange.opens(portal.url, files, served(portal).text, withdrawal="w-1", csrf_token="t0ken")
    yield _exchange
    for context in chromium.contexts:
        context.close()  # or an earlier page would go on telling


def served(portal: Portal, query: str = "region=HK&language=en") -> httpx.Response:
    return httpx.get(
        f"{portal.url}/api/v1/campaigns/fragment?{query}", headers={"Authorization": f"Bearer {portal.key}"}
    )


def begin(user: Person, region: str = "HK", language: str = "en") -> None:
    user.goto("/demo/withdrawal")
    user.page.select_option("select[name=region]", region)
    user.page.select_option("select[name=language]", language)
    user.click("form:has(select[name=region]) button[type=submit]")


def stored() -> list[tuple[str, str]]:
    return sorted(OutcomeEvent.objects.values_list("kind", "part"))


# --- the demo exchange ------------------------------------------------------------------------------------


def test_what_happens_reaches_the_portal_through_the_exchange_once(chromium, portal, live):
    user = Person(chromium, portal.url)
    begin(user)
    assert user.page.evaluate("document.activeElement.matches('.warning-headline')")
    assert within(5, lambda: stored() == [("shown", "")])
    for _twice in range(2):
        user.page.click("[data-part=examples] summary")
    user.page.click("[data-part=examples] summary")
    assert within(5, lambda: ("reviewed", "examples") in stored())
    for each in (0, 1, 0):
        user.page.check(f".warning-answer input >> nth={each}")
    assert within(5, lambda: ("reviewed", "question") in stored())
    with user.page.expect_navigation():
        user.page.dblclick("[name=did][value=reconsider]")
    assert "Nothing left your account" in user.text()
    expected = [("reconsidered", ""), ("reviewed", "examples"), ("reviewed", "question"), ("shown", "")]
    assert within(5, lambda: stored() == expected)
    time.sleep(0.5)  # for whatever might come twice
    assert stored() == expected
    assert set(OutcomeEvent.objects.values_list("version_id", "language")) == {(live.pk, "en")}
    assert OutcomeEvent.objects.values("reference").distinct().count() == 1


def test_going_on_after_checking_is_both_reviewed_and_proceeded(chromium, portal, live):
    user = Person(chromium, portal.url, viewport=PHONE)
    begin(user, language="zh-Hant")
    user.click("[name=did][value=review]")
    user.click("[name=did][value=proceed]")
    expected = [("proceeded", ""), ("reviewed", "resource"), ("shown", "")]
    assert within(5, lambda: stored() == expected), stored()


def test_without_a_script_the_warning_is_whole_and_the_buttons_report(chromium, portal, live):
    page = chromium.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{portal.url}/demo/withdrawal")
    page.select_option("select[name=region]", "HK")
    page.select_option("select[name=language]", "en")
    page.click("form:has(select[name=region]) button[type=submit]")
    said = live.content["texts"]["en"]
    for words in (said["headline"], said["body"], said["tips"][0], said["question"]["text"], "18222"):
        assert words in page.inner_text(".warning")
    advice = page.locator(".warning-advice")
    assert [each.is_visible() for each in advice.all()] == [False, False]
    page.check(".warning-answer input >> nth=0")
    assert [each.is_visible() for each in advice.all()] == [True, False]
    assert stored() == []
    page.click("[name=did][value=proceed]")
    assert "The withdrawal was sent" in page.inner_text("main")
    assert stored() == [("proceeded", ""), ("shown", "")]


def test_the_whole_warning_is_worked_by_keys(chromium, portal, live):
    user = Person(chromium, portal.url, reduced_motion="reduce")
    begin(user)
    reach(user, ".warning-answer input")
    user.press("Space")
    assert user.page.is_visible(".warning-advice >> nth=0")
    user.press("ArrowDown")
    assert user.page.is_visible(".warning-advice >> nth=1")
    assert not user.page.is_visible(".warning-advice >> nth=0")
    reach(user, ".warning-example summary")
    user.press("Enter")
    assert user.page.is_visible(".warning-example p >> nth=0")
    user.judge()
    reach(user, "[data-part=resource] a")
    reach(user, "[data-outcome=reconsidered]")
    with user.page.expect_navigation():
        user.press("Enter")
    assert within(
        5,
        lambda: (
            stored()
            == [("reconsidered", ""), ("reviewed", "examples"), ("reviewed", "question"), ("shown", "")]
        ),
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_arabic_is_read_from_the_right_on_a_phone(chromium, portal, house, now, scheme):
    cast = {"sweden": Cast(house.outsider, house.other_supervisor, house.reviewer)}
    window = (now - timedelta(days=1), now + timedelta(days=9))
    Stage("se-authority", cast, now - timedelta(days=2), window).publish()
    assert within(5, lambda: served(portal, "region=SE").status_code == 200)
    user = Person(chromium, portal.url, viewport=PHONE, color_scheme=scheme)
    begin(user, "SE", "ar")
    assert user.page.get_attribute(".warning", "lang") == "ar"
    assert user.page.get_attribute(".warning", "dir") == "rtl"
    assert "قبل أن ترسل" in user.page.inner_text(".warning")
    headline, article = (user.page.locator(each).bounding_box() for each in (".warning-sign", ".warning"))
    assert headline["x"] > article["x"] + article["width"] / 2


# --- another page, another origin -------------------------------------------------------------------------


def test_the_published_files_are_those_that_are_served_to_other_origins(portal, live):
    answer = httpx.get(f"{portal.url}/api/v1/campaigns/component")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    for file in answer.json().values():
        got = httpx.get(file["url"], headers={"Origin": "https://exchange.example"})
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in got.headers["Cache-Control"]


def test_a_page_with_a_strict_policy_shows_and_reports_to_its_own_back_end(chromium, exchange, live):
    user = Person(chromium, exchange.url, viewport=PHONE)
    user.goto("/")
    ground = "getComputedStyle(document.querySelector('.warning-head')).backgroundColor"
    assert user.page.evaluate(ground) == "rgb(255, 210, 125)"
    assert within(5, lambda: exchange.heard == [("shown", "")])
    user.page.dblclick("[data-outcome=proceeded]")
    assert within(5, lambda: exchange.heard == [("shown", ""), ("proceeded", "")])
    user.page.wait_for_timeout(300)
    assert len(exchange.told) == 2
    headers, body = exchange.told[1]
    assert headers["X-CSRF-Token"] == "t0ken"
    assert "Authorization" not in headers
    assert {body[name] for name in ("campaign", "version", "language", "withdrawal")} == {
        str(live.campaign_id), str(live.pk), "en", "w-1",
    }  # fmt: skip
    assert body["id"][14] == "7"
    user.judge()


def test_tips_count_as_reviewed_for_whoever_goes_to_them_and_stays(chromium, exchange):
    user = Person(chromium, exchange.url, viewport={"width": 390, "height": 400})
    user.goto("/")
    assert within(5, lambda: exchange.heard == [("shown", "")])
    user.page.locator("[data-part=tips]").scroll_into_view_if_needed()
    user.page.wait_for_timeout(400)
    assert exchange.heard == [("shown", "")]
    assert within(5, lambda: ("reviewed", "tips") in exchange.heard)


def test_what_is_out_of_sight_was_not_shown(chromium, exchange):
    user = Person(chromium, exchange.url)
    exchange.page = exchange.page.replace("<h1>", "<p>" + "<br>" * 90 + "</p><h1>")
    user.goto("/")
    user.page.wait_for_timeout(500)
    assert exchange.heard == []
    user.page.locator("[name=note]").scroll_into_view_if_needed()  # all of the warning, at once
    assert within(5, lambda: exchange.heard == [("shown", "")])
    user.page.wait_for_timeout(1500)
    assert exchange.heard == [("shown", "")], "tips that came into sight with the rest were not sought"


def test_a_back_end_that_fails_is_told_again_the_same(chromium, exchange):
    exchange.answers = [500]
    user = Person(chromium, exchange.url)
    user.page.goto(exchange.url)
    assert within(5, lambda: len(exchange.told) == 2)
    assert exchange.told[0][1] == exchange.told[1][1]


def test_it_never_reports_to_another_origin_and_the_page_may_report_itself(chromium, exchange, portal):
    user = Person(chromium, exchange.url)
    theirs = f"{portal.url}/api/v1/campaigns/events"
    exchange.page = exchange.page.replace('report-to="/warned"', f'report-to="{theirs}"')
    asked: list[str] = []
    user.page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    user.page.goto(exchange.url)
    assert within(5, lambda: user.page.evaluate("1") and bool(user.complaints))
    assert "own origin only" in user.complaints[0]
    assert asked == []
    user.page.evaluate(
        "document.addEventListener('withdrawal-warning', (event) => { window.last = event.detail.kind; })"
    )
    user.page.evaluate("document.querySelector('withdrawal-warning').report('reconsidered')")
    assert user.page.evaluate("window.last") == "reconsidered"


def test_a_campaign_of_active_is_drawn_as_the_fragment_is_in_every_language(chromium, exchange, portal):
    user = Person(chromium, exchange.url)
    user.goto("/")
    mark = {"sha256": "ab" * 32, "width": 64, "height": 32}
    urls = [
        "https://www.police.example/",
        "http://a.example",
        "https://a@b.example/",
        "https://警察.example/查",
    ]
    for code in NAMES:
        tag = bcp47(code)
        agency = {"id": "a1", "name": {tag: "Police"}, "mark": mark if code == "ar" else None}
        for warning in (
            text(),
            text(HOSTILE),
            text(
                body="\n\none\r\ntwo\n\n\nthree\n",
                resources=[
                    {"name": "n", "phone": "٩٩٩ #1 𝟗", "url": url, "hours": "h", "languages": ["ar", "tlh"]}
                    for url in urls
                ],
                sources=[{"name": "s", "url": url, "as_of": None} for url in urls],
            ),
        ):
            signed = document(tag, agency=agency)
            given = {"publication": signed, "language": tag, "agency": "Police", "warning": warning}
            html = fragment(signed, tag, warning, portal=portal.url)
            assert user.page.evaluate(AS_FRAGMENT, [given, str(html)]) == "", tag


def test_a_warning_that_comes_later_takes_the_focus_and_gives_it_back(chromium, exchange):
    exchange.page = exchange.page.replace("<article", "<template><article").replace(
        "</article>", "</article></template>"
    )
    user = Person(chromium, exchange.url)
    user.goto("/")
    given = {"publication": document(), "language": "en", "agency": "Police", "warning": text("Stop")}
    setting = "(given) => { document.querySelector('withdrawal-warning').campaign = given; }"
    user.page.focus("[data-outcome=proceeded]")
    user.page.evaluate(setting, given)
    assert user.page.evaluate("document.activeElement.textContent") == "Stop"
    user.judge()
    user.page.evaluate(setting, None)
    assert user.page.evaluate("document.activeElement.dataset.outcome") == "proceeded"
    user.page.focus("[name=note]")
    user.page.evaluate(setting, given)
    assert user.page.evaluate("document.activeElement.name") == "note"
    assert within(2, lambda: user.page.inner_text(".warning [role=status]") == "Stop")
