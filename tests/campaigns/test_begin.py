"""Beginning a draft with a text of the library, and the pages that lead to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.authoring.flows import submit
from campaigns.authoring.text import WorkingText
from campaigns.library import shelf
from campaigns.library.flows import begin
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible
from portal.models import AuditEvent
from tests.people import make_agency, make_person

pytestmark = pytest.mark.django_db
LIBRARY = reverse("campaigns-library")
ROMANCE = reverse("campaigns-template", args=["romance"])
BEGIN = reverse("campaigns-begin", args=["romance"])


@pytest.mark.parametrize("scam_type", [each.value for each in shelf.SCAM_TYPES])
def test_it_begins_a_draft_with_the_words_of_the_library(house: Any, now: Any, scam_type: str) -> None:
    campaign = Campaign.objects.get(pk=begin(scam_type, actor=house.officer, now=now).pk)
    assert (campaign.status, campaign.agency_id) == (CampaignStatus.DRAFT, house.ours.pk)
    assert campaign.scam_type == scam_type
    assert (campaign.languages, campaign.default_language) == (["zh-hant", "en"], "zh-hant")
    assert campaign.regions == house.ours.regions
    assert (campaign.starts_at, campaign.ends_at) == (now, now + timedelta(days=28))
    assert campaign.time_zone == house.ours.time_zone
    assert WorkingText.of(campaign) == shelf.template(scam_type, ["zh-hant", "en"])
    assert campaign.title == campaign.headline_zh_hant == shelf.titles("zh-hant")[scam_type]
    assert not campaign.headline_de


def test_it_is_recorded_with_where_the_words_came_from(house: Any, now: Any) -> None:
    campaign = begin("recovery", actor=house.officer, now=now)
    event = AuditEvent.objects.get(event="campaigns.created", subject_id=str(campaign.pk))
    assert event.data == {"library": "recovery", "regions": ["HK"]}
    assert event.at == now


def test_whoever_begins_is_a_contributor(house: Any, now: Any) -> None:
    campaign = begin("romance", actor=house.supervisor, now=now)
    assert [each.person_id for each in campaign.contributions.all()] == [house.supervisor.person_id]


def test_it_is_not_submitted_before_the_agency_says_whom_to_turn_to(house: Any, now: Any) -> None:
    campaign = begin("romance", actor=house.officer, now=now)
    with pytest.raises(Invalid) as refused:
        submit(campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision)
    assert list(refused.value.errors) == ["resources"]


@pytest.mark.parametrize("who", ["reviewer", "analyst", "lead", "auditor"])
def test_nobody_of_the_exchange_begins_a_draft(house: Any, now: Any, sign_in: Any, who: str) -> None:
    with pytest.raises(Forbidden):
        begin("romance", actor=getattr(house, who), now=now)
    assert sign_in(getattr(house, who)).post(BEGIN).status_code == 403
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("scam_type", ["other", "unheard_of", "ROMANCE"])
def test_there_is_no_draft_without_a_text(house: Any, now: Any, sign_in: Any, scam_type: str) -> None:
    with pytest.raises(NotVisible):
        begin(scam_type, actor=house.officer, now=now)
    browser = sign_in(house.officer)
    assert browser.post(reverse("campaigns-begin", args=[scam_type])).status_code == 404
    assert browser.get(reverse("campaigns-template", args=[scam_type])).status_code == 404
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("spoken", "written"),
    [(("ta", "ms", "en"), ["ms", "en"]), (("ar", "hi"), ["ar", "hi"]), (("ta",), ["en"])],
)
def test_a_language_that_no_warning_is_written_in_is_left_out(
    now: Any, spoken: tuple[str, ...], written: list[str]
) -> None:
    agency = make_agency("island-police", now=now, country="SG", regions=("SG",), languages=spoken)
    officer = make_person("tan", Role.OFFICER, agency, now=now)
    campaign = begin("phishing", actor=officer, now=now)
    assert (campaign.languages, campaign.default_language) == (written, written[0])
    assert campaign.title == shelf.titles(written[0])["phishing"]


def test_the_button_leads_to_the_draft_and_two_clicks_make_two(house: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    first = browser.post(BEGIN)
    assert first["Location"] == reverse("campaigns-edit", args=[Campaign.objects.get().pk])
    assert browser.post(BEGIN).status_code == 302
    assert Campaign.objects.count() == 2
    assert shelf.titles("en")["romance"] in browser.get(first["Location"]).text


def test_looking_begins_nothing(house: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    assert browser.get(BEGIN).status_code == 405
    browser.get(LIBRARY)
    browser.get(ROMANCE)
    assert not Campaign.objects.exists()


def test_the_list_and_the_empty_form_lead_to_the_library(house: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    for page in ("campaigns-list", "campaigns-create"):
        assert f'href="{LIBRARY}"' in browser.get(reverse(page)).text
    refused = browser.post(reverse("campaigns-create"), {"title": ""})
    assert (refused.status_code, f'href="{LIBRARY}"' in refused.text) == (422, False)


def test_the_library_speaks_the_readers_language(house: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    for language, tag in (("en", "en"), ("zh-hant", "zh-Hant")):
        browser.post(reverse("set_language"), {"language": language})
        page = browser.get(LIBRARY)
        assert [each["headline"] for each in page.context["templates"]] == list(
            shelf.titles(language).values()
        )
        assert f'<p lang="{tag}" dir="ltr">' in page.text
        assert page.text.count(f'action="{BEGIN}"') == 1
        assert f'<article class="warning" lang="{tag}" dir="ltr"' in browser.get(ROMANCE).text


def test_each_language_is_shown_whole_and_in_its_direction(house: Any, sign_in: Any) -> None:
    browser = sign_in(house.officer)
    page = browser.get(ROMANCE, {"language": "ar"})
    assert '<article class="warning" lang="ar" dir="rtl"' in page.text
    text = shelf.template("romance")
    for _key, words in text.units("ar"):
        assert words in page.text
    assert text.headline["en"] not in page.text
    assert page.text.count('aria-current="true"') >= 1
    brazilian = browser.get(ROMANCE, {"language": "pt-BR"})
    assert '<article class="warning" lang="pt-BR" dir="ltr"' in brazilian.text
    unknown = browser.get(ROMANCE, {"language": "tlh"})
    assert '<article class="warning" lang="en" dir="ltr"' in unknown.text


@pytest.mark.parametrize("who", ["reviewer", "auditor"])
def test_who_reads_campaigns_reads_the_library_and_finds_no_button(
    house: Any, sign_in: Any, who: str
) -> None:
    browser = sign_in(getattr(house, who))
    for page in (LIBRARY, ROMANCE):
        shown = browser.get(page)
        assert (shown.status_code, BEGIN in shown.text) == (200, False)


@pytest.mark.parametrize("page", [LIBRARY, ROMANCE])
def test_no_page_takes_more_than_twelve_queries(house: Any, browser_of: Any, page: str) -> None:
    browser = browser_of(house.officer)
    browser.get(page)
    with CaptureQueriesContext(connection) as counted:
        assert browser.get(page).status_code == 200
    assert len(counted) <= 12
