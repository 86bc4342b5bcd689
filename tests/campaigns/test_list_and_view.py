"""The pages of campaigns: what they show to whom, and how many queries that takes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.authoring import flows as authoring
from campaigns.models import Campaign
from campaigns.review import flows as review
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text

pytestmark = pytest.mark.django_db
LISTED = reverse("campaigns-list")


def queries(browser, url):
    """How many a page takes once sessions and content types are warm."""
    browser.get(url)
    with CaptureQueriesContext(
        connection,
    ) as counted:
        response = browser.get(url)
    assert response.status_code == 200
    return len(counted)


def titles(browser, query=""):
    response = browser.get(LISTED + query)
    assert response.status_code == 200
    return sorted(campaign.title for campaign, _publication in response.context["rows"])


@pytest.mark.parametrize("who", ["officer", "reviewer", "auditor"])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(house, now, browser_of, who):
    published(house, now)
    browser = browser_of(getattr(house, who))
    few = queries(browser, LISTED)
    for number in range(25):
        published(house, now, title=f"Campaign {number}")
    many = queries(browser, f"{LISTED}?size=50")
    assert len(browser.get(f"{LISTED}?size=50").context["rows"]) == 26
    assert many == few
    assert many <= 8


@pytest.mark.parametrize(
    ("page", "who", "state"),
    [
        ("campaigns-create", "officer", drafted),
        ("campaigns-view", "officer", drafted),
        ("campaigns-edit", "officer", drafted),
        ("campaigns-preview", "officer", drafted),
        ("campaigns-submit", "officer", drafted),
        ("campaigns-view", "officer", published),
        ("campaigns-review", "supervisor", submitted),
        ("campaigns-review", "reviewer", approved_by_agency),
        ("campaigns-recall", "supervisor", published),
        ("campaigns-queue", "reviewer", approved_by_agency),
        ("campaigns-remarks", "auditor", published),
        ("campaigns-translations", "officer", drafted),
        ("campaigns-recall", "reviewer", published),
        ("home", "supervisor", submitted),
    ],
)
def test_no_page_takes_more_than_twelve_queries(house, now, browser_of, page, who, state):
    made = state(house, now)
    campaign_id = made.pk if isinstance(made, Campaign) else made.campaign_id
    arguments = [] if page in ("campaigns-create", "campaigns-queue", "home") else [campaign_id]
    assert queries(browser_of(getattr(house, who)), reverse(page, args=arguments)) <= 12


def test_the_page_of_one_does_not_grow_with_its_history(house, now, browser_of):
    version = published(house, now)
    browser = browser_of(house.auditor)
    page = reverse("campaigns-view", args=[version.campaign_id])
    before = queries(browser, page)
    for _ in range(4):
        campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
        version = published(house, now, submitted(house, now, campaign))
    assert queries(browser, page) == before


def test_an_agency_sees_its_own_and_the_exchange_what_was_ever_submitted(house, now, browser_of):
    drafted(house, now, title="Ours, a draft")
    submitted(house, now, title="Ours, submitted")
    authoring.create(
        actor=house.outsider,
        now=now,
        text=text(),
        audience=audience(now, title="Theirs, a draft", regions=["SE"]),
    )
    assert titles(browser_of(house.officer)) == ["Ours, a draft", "Ours, submitted"]
    assert titles(browser_of(house.outsider)) == ["Theirs, a draft"]
    assert titles(browser_of(house.reviewer)) == ["Ours, submitted"]
    assert titles(browser_of(house.auditor)) == ["Ours, a draft", "Ours, submitted", "Theirs, a draft"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=ROMANCE", ["A romance"]),
        ("?q=%25", []),
        ("?status=draft", ["A romance"]),
        ("?status=nonsense", ["A romance", "An investment"]),
        ("?scam_type=investment", ["An investment"]),
        ("?region=hk", ["A romance", "An investment"]),
        ("?region=SE", []),
        ("?status=draft&scam_type=investment", []),
    ],
)
def test_filters_stand_in_the_address(house, now, browser_of, query, found):
    drafted(house, now, title="A romance", scam_type="romance")
    submitted(house, now, title="An investment")
    assert titles(browser_of(house.officer), query) == found


def test_what_waits_for_me_leaves_out_what_i_wrote(house, now, browser_of):
    submitted(house, now, title="An officer's")
    own = authoring.create(
        actor=house.supervisor, now=now, text=text(), audience=audience(now, title="The supervisor's own")
    )
    authoring.submit(own.pk, actor=house.supervisor, now=now, seen_revision=1)
    approved_by_agency(house, now, title="Before the exchange")
    waiting = browser_of(house.supervisor).get(reverse("campaigns-queue")).context["page"]
    assert {each.title: each.is_contributor for each in waiting} == {
        "An officer's": False, "The supervisor's own": True,
    }  # fmt: skip
    assert [each.title for each in Campaign.objects.awaiting(house.supervisor)] == ["An officer's"]
    waiting = browser_of(house.reviewer).get(reverse("campaigns-queue")).context["page"]
    assert [each.title for each in waiting] == ["Before the exchange"]


@pytest.mark.parametrize(
    "query",
    [
        "?q=%00", "?region=%00", "?page=0", "?page=-1", "?page=x", "?page=99999999999999999999", "?size=0",
        "?size=%D9%A3", "?sort=password", "?sort=-", "?q=" + "x" * 4000, "?status=%00&scam_type=%00",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_put_right(house, now, browser_of, query):
    drafted(house, now)
    assert browser_of(house.officer).get(LISTED + query).status_code == 200


@pytest.mark.parametrize("column", ["title", "changed", "starts", "priority"])
def test_a_list_sorts_both_ways(house, now, browser_of, column):
    for number in (2, 1, 3):
        starts_at = now + timedelta(days=number)
        drafted(
            house, now + timedelta(minutes=number), title=f"T{number}", priority=number, starts_at=starts_at
        )
    browser = browser_of(house.officer)

    def order(sort):
        return [
            campaign.title for campaign, _publication in browser.get(f"{LISTED}?sort={sort}").context["rows"]
        ]

    assert order(column) == ["T1", "T2", "T3"]
    assert order(f"-{column}") == ["T3", "T2", "T1"]


@pytest.mark.parametrize(
    ("who", "state", "acts"),
    [
        ("officer", drafted, {"edit", "submit", "duplicate", "archive"}),
        ("officer", submitted, {"withdraw", "duplicate"}),
        ("supervisor", submitted, {"withdraw", "review", "duplicate"}),
        ("reviewer", submitted, set()),
        ("reviewer", approved_by_agency, {"review"}),
        ("supervisor", approved_by_agency, {"withdraw", "duplicate"}),
        ("officer", published, {"revise", "duplicate"}),
        ("supervisor", published, {"revise", "recall", "duplicate"}),
        ("reviewer", published, {"recall"}),
        ("auditor", published, set()),
    ],
)
def test_a_page_offers_what_this_person_can_do_now(house, now, browser_of, who, state, acts):
    made = state(house, now)
    campaign_id = made.pk if isinstance(made, Campaign) else made.campaign_id
    browser = browser_of(getattr(house, who))
    response = browser.get(reverse("campaigns-view", args=[campaign_id]))
    from campaigns.views import _acts

    campaign = response.context["campaign"]
    served = response.context["shown"] is not None
    assert _acts(getattr(house, who), campaign, served) == acts
    html = response.content.decode()
    for act in acts:
        assert reverse(f"campaigns-{act}", args=[campaign_id]) in html
    for act in {"edit", "submit", "withdraw", "revise", "review", "recall", "duplicate", "archive"} - acts:
        assert reverse(f"campaigns-{act}", args=[campaign_id]) not in html


def test_the_author_previews_the_draft_and_the_exchange_what_was_submitted(house, now, browser_of):
    version = submitted(house, now)
    authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
    authoring.edit(
        version.campaign_id,
        actor=house.officer,
        now=now,
        seen_revision=1,
        audience=audience(now),
        text=text("Not yet"),
    )
    page = reverse("campaigns-preview", args=[version.campaign_id]) + "?language=en"
    assert "Not yet" in browser_of(house.officer).get(page).content.decode()
    assert "Not yet" not in browser_of(house.reviewer).get(page).content.decode()


def test_what_nobody_writes_just_now_is_previewed_as_it_was_frozen(house, now, browser_of):
    version = published(house, now)
    page = browser_of(house.officer).get(reverse("campaigns-preview", args=[version.campaign_id]))
    assert page.context["version"] == version
    assert "The draft as it stands" not in page.text


def test_the_reviewer_sees_what_changed_against_what_is_live(house, now, browser_of):
    version = published(house, now)
    campaign = authoring.revise(version.campaign_id, actor=house.officer, now=now)
    authoring.edit(
        campaign.pk,
        actor=house.officer,
        now=now,
        seen_revision=2,
        audience=audience(now),
        text=text("Stop & <think>"),
    )
    campaign.refresh_from_db()
    submitted(house, now, campaign)
    page = reverse("campaigns-review", args=[campaign.pk]) + "?language=en"
    html = browser_of(house.supervisor).get(page).content.decode()
    assert "<ins>" in html
    assert "<del>" in html
    assert "<think>" not in html


def test_an_approval_through_the_page_names_what_was_shown(house, now, browser_of):
    version = submitted(house, now)
    browser = browser_of(house.supervisor)
    way = reverse("campaigns-approve", args=[version.campaign_id])
    assert browser.post(way, {}).status_code == 400
    assert browser.post(way, {"version": str(version.pk), "sha256": "0" * 64}).status_code == 409
    assert browser.post(way, {"version": str(version.pk), "sha256": version.sha256}).status_code == 302
    # The page is sent once more, by a second click or the back button.
    assert browser.post(way, {"version": str(version.pk), "sha256": version.sha256}).status_code == 403
    assert Campaign.objects.get().status == "compliance_review"


@pytest.mark.parametrize("act", ["return", "reject"])
def test_a_decision_without_reasons_keeps_what_was_typed(house, now, browser_of, act):
    version = submitted(house, now)
    response = browser_of(house.supervisor).post(
        reverse(f"campaigns-{act}", args=[version.campaign_id]),
        {"version": str(version.pk), "sha256": version.sha256, "comment": "Name the <b>group</b>."},
    )
    assert response.status_code == 422
    assert "Name the &lt;b&gt;group&lt;/b&gt;." in response.content.decode()


def test_a_recall_that_is_refused_keeps_what_was_typed(house, now, browser_of):
    version = published(house, now)
    browser = browser_of(house.supervisor)
    page = reverse("campaigns-recall", args=[version.campaign_id])
    seen = {"publication": str(version.publication.pk), "code": "contact"}
    response = browser.post(page, seen | {"why": "Wrong\x00 number"})
    assert response.status_code == 422
    assert "number" in response.context["why"]
    assert browser.post(page, seen | {"why": "Wrong number"}).status_code == 302
    assert browser.get(page).status_code == 409
    with pytest.raises(Exception, match="served"):
        review.recall(version.campaign_id, actor=house.supervisor, now=now, why="Again")
