"""The author's pages: typed text survives a refusal, times are the agency's, hostile text stays text."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import conditional_escape

from campaigns.authoring import flows
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign, Version
from portal.kernel.actor import Role
from portal.models import User
from tests.campaigns.warnings import audience, drafted, published, text
from tests.people import make_agency, make_person

pytestmark = pytest.mark.django_db
NEW = reverse("campaigns-create")


def page(name: str, campaign: Campaign) -> str:
    return reverse(f"campaigns-{name}", args=[campaign.pk])


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send back of the page, with what the person changed."""
    sent: dict[str, Any] = {}
    audience_form, text_form, *formsets = response.context["form"].parts
    forms = [audience_form, text_form]
    for formset in formsets:
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if isinstance(value, datetime):
                value = value.strftime("%Y-%m-%dT%H:%M")
            if value is not None and value is not False:  # a zero is sent
                sent[bound.html_name] = value
    if response.context["campaign"]:
        sent["revision"] = response.context["revision"]
    return sent | changes


def test_a_draft_can_be_saved_as_it_stands(house, now, browser_of):
    campaign = drafted(house, now)
    before = WorkingText.of(campaign)
    browser = browser_of(house.officer)
    response = browser.post(page("edit", campaign), filled(browser.get(page("edit", campaign))))
    assert response.status_code == 302
    after = Campaign.objects.get()
    assert WorkingText.of(after) == before
    assert after.revision == 2
    # The form's times have no seconds.
    assert after.starts_at == campaign.starts_at.replace(second=0)
    assert after.ends_at == campaign.ends_at.replace(second=0)


def test_a_new_draft_leads_on_to_where_its_author_asked(house, now, browser_of):
    browser = browser_of(house.officer)
    window = {"starts_at": "2027-01-01T00:00", "ends_at": "2027-02-01T00:00"}
    sent = filled(browser.get(NEW), title="Groups", scam_type="investment", **window)
    for then, name in (("", "edit"), ("preview", "preview"), ("submit", "submit"), ("nonsense", "edit")):
        response = browser.post(NEW, sent | {"then": then})
        assert response["Location"] == page(name, Campaign.objects.order_by("created_at").last())


def test_a_stale_save_keeps_what_was_typed_and_shows_theirs(house, now, browser_of):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    sent = filled(browser.get(page("edit", campaign)), headline_en="Mine, typed for an hour")
    theirs = text("Theirs, saved first")
    theirs.resources[0]["phone"] = "999"
    flows.edit(
        campaign.pk, actor=house.second_officer, now=now, seen_revision=1,
        audience=audience(now, title="Their title", priority=70), text=theirs,
    )  # fmt: skip
    response = browser.post(page("edit", campaign), sent)
    html = response.content.decode()
    assert response.status_code == 409
    assert "Mine, typed for an hour" in html
    assert "Theirs, saved first" in html
    theirs = response.context["theirs"]
    assert {(tag, place.key, place.before) for tag, place in theirs.places} == {
        ("", "title", "Their title"), ("en", "headline", "Theirs, saved first"),
        ("", "resources.0.phone", "999"),
    }  # fmt: skip
    assert len(theirs.places) == 3, "what is said once for all languages is shown once"
    assert "Their title" in html
    assert theirs.audience_was["priority"] == 70
    assert theirs.audience == {**theirs.audience_was, "priority": 50}
    assert Campaign.objects.get().headline_en == "Theirs, saved first"

    # Having seen theirs, the next save is a decision.
    assert browser.post(page("edit", campaign), filled(response)).status_code == 302
    assert Campaign.objects.get().headline_en == "Mine, typed for an hour"


def test_the_source_stands_first_before_and_after_a_save(house, now, browser_of):
    campaign = drafted(house, now)
    Campaign.objects.update(languages=["en", "zh-hant"], default_language="zh-hant")
    browser = browser_of(house.officer)
    shown = browser.get(page("edit", campaign))
    assert shown.context["form"].text_form.languages == ["zh-hant", "en"]
    refused = browser.post(page("edit", campaign), filled(shown, title="", languages=["en", "zh-hant"]))
    assert refused.status_code == 422
    assert refused.context["form"].text_form.languages == ["zh-hant", "en"]


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "٣", "1.0"])
def test_a_forged_revision_is_stale_and_no_error(house, now, browser_of, revision):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    sent = filled(browser.get(page("edit", campaign)), revision=revision)
    assert browser.post(page("edit", campaign), sent).status_code == 409


def test_a_missing_translation_is_refused_at_submission_with_its_language(house, now, browser_of):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    browser.post(page("edit", campaign), filled(browser.get(page("edit", campaign)), headline_zh_hant=""))
    response = browser.post(page("submit", campaign), {"revision": "2"})
    assert response.status_code == 422
    assert "繁體中文: Missing in this language." in response.content.decode()
    assert not Version.objects.exists()


def test_a_second_click_on_submit_changes_nothing(house, now, browser_of):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    assert browser.post(page("submit", campaign), {"revision": "1"}).status_code == 302
    assert browser.post(page("submit", campaign), {"revision": "1"}).status_code == 409
    assert Version.objects.count() == 1


def test_a_submission_of_what_was_saved_again_is_checked_once_more(house, now, browser_of):
    campaign = drafted(house, now)
    flows.edit(
        campaign.pk,
        actor=house.second_officer,
        now=now,
        seen_revision=1,
        audience=audience(now),
        text=text("New"),
    )
    response = browser_of(house.officer).post(page("submit", campaign), {"revision": "1"})
    assert response.status_code == 422
    assert "New" in response.content.decode()


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    '=HYPERLINK("https://evil.example","win")',
    "%s %(name)s {0} \\x41",
    "\u2067العربية\u2069 e\u0301 👩\u200d👩\u200d👧 \ufeff",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_as_it_was_typed(house, now, browser_of, hostile):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    given = {"title": hostile, "headline_en": hostile, "body_en": hostile, "tips-0-text_en": hostile}
    sent = filled(browser.get(page("edit", campaign)), **given)
    assert browser.post(page("edit", campaign), sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.title, campaign.headline_en) == (hostile, hostile)
    for name in ("view", "edit", "preview", "submit"):
        html = browser.get(page(name, campaign)).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
    listed = browser.get(reverse("campaigns-list")).content.decode()
    assert conditional_escape(hostile) in listed


@pytest.mark.parametrize(
    "field",
    ["title", "headline_en", "body_zh_hant", "tips-0-text_en", "resources-0-phone", "resources-0-url"],
)
@pytest.mark.parametrize(
    "hostile", ["x" * 100_000, "NUL\x00", "backwards \u202e"], ids=["long", "nul", "override"]
)
def test_what_cannot_be_kept_is_refused_and_stays_in_the_form(house, now, browser_of, field, hostile):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    sent = filled(browser.get(page("edit", campaign)), **{field: hostile, "headline_zh_hant": "留下"})
    response = browser.post(page("edit", campaign), sent)
    assert response.status_code == 422
    assert "留下" in response.content.decode()
    assert Campaign.objects.get().revision == 1


@pytest.mark.parametrize(
    "name", ["tips-TOTAL_FORMS", "tips-INITIAL_FORMS", "priority", "starts_at", "regions"]
)
@pytest.mark.parametrize("value", ["", "x", "-1", "99999999999999999999"])
def test_a_forged_field_is_refused_and_no_error(house, now, browser_of, name, value):
    campaign = drafted(house, now)
    browser = browser_of(house.officer)
    sent = filled(browser.get(page("edit", campaign)), **{name: value})
    assert browser.post(page("edit", campaign), sent).status_code in (302, 409, 422)


def test_a_body_larger_than_any_campaign_is_refused(house, now, browser_of):
    campaign = drafted(house, now)
    response = browser_of(house.officer).post(page("edit", campaign), {"title": "x" * 2_000_000})
    assert response.status_code in (400, 413)


@pytest.fixture
def stockholm(house, now):
    """An agency whose clocks change, and its officer, who travels."""
    agency = make_agency(
        "stockholm", now=now, country="SE", regions=("SE",), languages=("sv", "en"), domain="s.example",
        time_zone="Europe/Stockholm",
    )  # fmt: skip
    officer = make_person("traveller", Role.OFFICER, agency, now=now)
    User.objects.filter(pk=officer.person_id).update(time_zone="America/New_York")
    return officer


def create_at(browser, starts_at, ends_at):
    sent = filled(
        browser.get(NEW), title="Groups", scam_type="investment", starts_at=starts_at, ends_at=ends_at
    )
    return browser.post(NEW, sent)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_draft_keeps_a_zone_that_is_called_by_an_older_name(house, now, browser_of):
    campaign = drafted(house, now, time_zone="Asia/Calcutta")
    browser = browser_of(house.officer)
    browser.post(page("edit", campaign), filled(browser.get(page("edit", campaign)), title="Renamed"))
    campaign.refresh_from_db()
    assert (campaign.title, campaign.time_zone) == ("Renamed", "Asia/Calcutta")


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "start", "end"),
    [
        # The night the clocks go forward is an hour shorter, and back an hour longer.
        ("2027-03-28T01:59", "2027-03-28T03:00", utc(2027, 3, 28, 0, 59), utc(2027, 3, 28, 1)),
        ("2027-10-31T01:59", "2027-10-31T03:00", utc(2027, 10, 30, 23, 59), utc(2027, 10, 31, 2)),
        ("2028-02-29T00:00", "2028-02-29T23:59", utc(2028, 2, 28, 23), utc(2028, 2, 29, 22, 59)),
        # An hour that New York's clocks skip is an hour like any other in Stockholm.
        ("2027-03-14T02:30", "2027-03-15T02:30", utc(2027, 3, 14, 1, 30), utc(2027, 3, 15, 1, 30)),
    ],
)
def test_times_are_read_in_the_agencys_zone(stockholm, browser_of, starts_at, ends_at, start, end):
    browser = browser_of(stockholm)
    assert create_at(browser, starts_at, ends_at).status_code == 302
    campaign = Campaign.objects.get()
    assert (campaign.starts_at, campaign.ends_at) == (start, end)
    shown = filled(browser.get(page("edit", campaign)))
    assert (shown["starts_at"], shown["ends_at"]) == (starts_at, ends_at)


@pytest.mark.parametrize(
    "moment",
    ["2027-03-28T02:30", "2027-10-31T02:30", "2027-02-29T10:00", "0001-01-01T00:00", "9999-12-31T23:59"],
)
def test_a_time_that_does_not_exist_or_exists_twice_is_refused(stockholm, browser_of, moment):
    response = create_at(browser_of(stockholm), moment, "2029-01-01T00:00")
    assert response.status_code == 422
    assert "starts_at" in response.context["form"].audience_form.errors
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("ends_at", ["2027-05-01T10:00", "2027-05-01T09:59"])
def test_an_end_that_is_not_after_the_start_is_refused_beside_its_field(stockholm, browser_of, ends_at):
    response = create_at(browser_of(stockholm), "2027-05-01T10:00", ends_at)
    assert response.status_code == 422
    assert response.context["form"].audience_form.errors["ends_at"] == ["The end must come after the start."]


def test_what_is_published_cannot_be_edited_by_its_address(house, now, browser_of):
    version = published(house, now)
    browser = browser_of(house.officer)
    assert browser.get(page("edit", version.campaign)).status_code == 409
    assert browser.post(page("edit", version.campaign), {"title": "x"}).status_code == 409
