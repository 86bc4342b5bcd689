"""The tags, the forms and the errors every page is built from."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from portal import requestid
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, PortalError, Stale, WrongState
from portal.ui import errors, navigation
from portal.ui.addresses import spelt_out
from portal.ui.pagination import paginate
from portal.ui.words import badge_for


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def draw(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


def request_for(address: str = "/", actor: Actor | None = None) -> HttpRequest:
    request = RequestFactory().get(address)
    request.actor = actor or Actor.anonymous()  # type: ignore[attr-defined]
    request.request_id = "0123456789"  # type: ignore[attr-defined]
    return request


class Question(forms.Form):
    name = forms.CharField(help_text="As on the order.")
    kind = forms.ChoiceField(choices=[("a", "Freeze"), ("b", "Seizure")], widget=forms.RadioSelect)
    region = forms.ChoiceField(choices=[("HK", "Hong Kong")])
    why = forms.CharField(widget=forms.Textarea(attrs={"class": "tall"}), required=False)
    sure = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput)


# --- forms ------------------------------------------------------------------------------------------


def test_every_widget_wears_the_class_of_its_kind() -> None:
    form = Question()
    assert 'class="form-control"' in str(form["name"])
    assert 'class="form-select"' in str(form["region"])
    assert 'class="tall form-control"' in str(form["why"])
    assert str(form["kind"]).count('class="form-check-input"') == 2
    assert 'class="form-check-input"' in str(form["sure"])
    assert "class=" not in str(form["secret"])


def test_an_error_is_tied_to_its_field() -> None:
    html = draw("{% field form.name %}", form=Question({}))
    assert 'aria-invalid="true"' in html
    assert "is-invalid" in html
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described
    for part in described[1].split():
        assert f'id="{part}"' in html


def test_a_group_of_choices_is_a_fieldset_with_its_question() -> None:
    html = draw("{% field form.kind %}", form=Question({}))
    assert "<fieldset" in html
    assert "<legend" in html
    assert 'id="id_kind_error"' in html
    assert 'aria-describedby="id_kind_error"' in html


def test_the_summary_links_to_every_wrong_field() -> None:
    html = draw('{% include "elements/summary.html" %}', form=Question({}))
    assert re.findall(r'href="#([^"]+)"', html) == ["id_name", "id_kind", "id_region", "id_sure", "id_secret"]
    assert not draw('{% include "elements/summary.html" %}', form=Question()).strip()


def test_a_field_in_another_language_says_so() -> None:
    html = draw('{% field form.why lang="ar" %}', form=Question())
    assert 'lang="ar"' in html
    assert 'dir="rtl"' in html
    assert 'lang="zh-Hant"' in draw('{% field form.why lang="zh-hant" %}', form=Question())


def test_a_field_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="colour"):
        draw('{% field form.why colour="red" %}', form=Question())


# --- tags -------------------------------------------------------------------------------------------


def test_an_icon_is_silent_unless_it_stands_alone() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "check" %}')
    alone = draw('{% icon "check" label="Approved" %}')
    assert 'aria-label="Approved"' in alone
    assert "aria-hidden" not in alone


def test_an_unknown_icon_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no-such-icon"):
        draw('{% icon "no-such-icon" %}')


def test_a_status_never_means_by_colour_alone() -> None:
    html = draw('{% status_badge "recalled" %}')
    assert "tag-stop" in html
    assert "<svg" in html
    assert "Recalled" in html


def test_an_apps_own_words_win_and_an_unknown_status_still_reads() -> None:
    assert badge_for("draft", "Being written").label == "Being written"
    assert badge_for("some_new_status").label == "Some new status"


def test_a_share_is_a_percentage_and_nothing_known_is_a_dash() -> None:
    assert draw("{% percent 0.204 %}") == "20.4%"
    assert draw("{% percent x %}", x=Decimal("1")) == "100.0%"
    assert draw("{% percent x %}", x=None) == "–"
    assert draw("{% points x %}", x=-0.031) == "−3.1 points"
    assert draw("{% points x %}", x=0.02) == "+2.0 points"


def test_a_moment_can_be_told_to_the_second() -> None:
    at = datetime(2026, 3, 2, 8, 15, 7, tzinfo=UTC)
    assert "2 Mar 2026, 08:15:07 UTC" in draw('{% moment at "second" %}', at=at)


def test_a_moment_names_its_zone() -> None:
    moment = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    with timezone.override("Asia/Hong_Kong"):
        html = draw("{% moment x %}", x=moment)
    assert "23 Nov 2026, 00:30 HKT" in html
    assert 'datetime="2026-11-23T00:30:00+08:00"' in html
    with timezone.override("America/Sao_Paulo"):
        assert "22 Nov 2026, 13:30 UTC-03:00" in draw("{% moment x %}", x=moment)
    assert "1 Dec 2026" in draw("{% moment x %}", x=date(2026, 12, 1))
    assert draw("{% moment x %}", x=None) == "–"


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_a_distance_reads_both_ways(distance: timedelta, words: str) -> None:
    slack = timedelta(seconds=2) if distance > timedelta(0) else timedelta(0)
    assert words in draw("{% since x %}", x=timezone.now() + distance + slack)


def test_languages_are_named_in_their_own_script() -> None:
    drawn = draw("{{ 'zh-hant'|own_name }} {{ 'zh-hant'|language_tag }} {{ 'ar'|dir_of }}")
    assert drawn == "繁體中文 zh-Hant rtl"


def test_the_words_around_a_warning_are_in_the_warnings_language() -> None:
    warning = {"language": "sv", "headline": "Stanna upp", "body": "Text", "tips": ["Ring själv"]}
    with translation.override("zh-hant"):
        html = draw('{% include "elements/warning.html" %}', warning=warning)
    assert 'lang="sv"' in html
    assert "Innan du skickar" in html


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("https://www.police-hk.example/a?b=1#c", "https://www.police-hk.example/a?b=1#c"),
        ("https://p\N{CYRILLIC SMALL LETTER O}lice-hk.example/x", "https://xn--plice-hk-nbh.example/x"),
        ("http://Bücher.example:8080/Straße", "http://xn--bcher-kva.example:8080/Stra%C3%9Fe"),
        ("https://police.hk@evil.example/", "https://police.hk@evil.example/"),
        ("https://a.example/\N{RIGHT-TO-LEFT OVERRIDE}moc", "https://a.example/%E2%80%AEmoc"),
        ("https://[broken/", "https://[broken/"),
        ("https://a.example:x/", "https://a.example:x/"),
        ("https://192.0.2.1/", "https://192.0.2.1/"),
        ("", ""),
    ],
)
def test_an_address_that_is_judged_shows_no_letter_that_passes_for_another(given: str, spelt: str) -> None:
    assert spelt_out(given) == spelt


def test_a_query_changes_only_what_it_names() -> None:
    request = request_for("/campaigns/?region=HK&page=4")
    html = draw('{% query sort="name" page=None %}', request=request)
    assert html == "?region=HK&amp;sort=name"


def test_a_column_sorts_one_way_and_then_the_other() -> None:
    assert "?sort=name" in draw('{% sort "name" "Name" %}', request=request_for("/"))
    again = draw('{% sort "name" "Name" %}', request=request_for("/?sort=name"))
    assert "?sort=-name" in again
    assert 'aria-sort="ascending"' in again


# --- pages of a list ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "number", "size"),
    [
        ("/", 1, 25),
        ("/?page=3&size=50", 3, 50),
        ("/?page=999", 16, 25),
        ("/?page=x&size=x", 1, 25),
        ("/?size=100000", 1, 200),
        ("/?size=0", 1, 1),
        ("/?size=²", 1, 25),
    ],
)
def test_the_address_chooses_the_page_within_bounds(address: str, number: int, size: int) -> None:
    page = paginate(request_for(address), list(range(400)))
    assert (page.number, page.paginator.per_page) == (number, size)


def test_filters_survive_turning_the_page() -> None:
    request = request_for("/?region=HK&page=2")
    page = paginate(request, list(range(400)))
    html = draw('{% include "elements/pagination.html" %}', page=page, request=request)
    assert "?region=HK&amp;page=3" in html
    assert 'aria-current="page"' in html


# --- request ids and errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given", ["0123456789abcdef", "7aaedd90-e0a7-406c-a8bc-15a865ea4e47", "edge-7.2026_11"]
)
def test_a_sane_request_id_is_kept(given: str) -> None:
    assert requestid.chosen(given) == given


@pytest.mark.parametrize(
    "given", [None, "", "short", "x" * 65, "a b c d e f g h", 'x"><script>1', "é" * 20, "12345678\n"]
)
def test_any_other_request_id_is_replaced(given: str | None) -> None:
    assert requestid.chosen(given) != given
    assert len(requestid.chosen(given)) == 36


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotVisible(), 404), (Forbidden(), 403), (WrongState(), 409), (Stale(), 409), (Invalid("No."), 422)],
)
def test_a_refusal_becomes_a_page_that_says_what_to_do(error: PortalError, status: int) -> None:
    response = errors.answer(request_for("/campaigns/"), error)
    html = response.content.decode()
    assert response.status_code == status
    for words in ("What happened", "What was kept", "What you can do"):
        assert words in html


def test_a_machine_gets_problem_details() -> None:
    refusal = Invalid({"ends_at": ["The end is before the start."]})
    response = errors.answer(request_for("/api/v1/x"), refusal)
    body = json.loads(response.content)
    assert response["Content-Type"] == "application/problem+json"
    assert response.status_code == body["status"] == 422
    assert body["errors"] == {"ends_at": ["The end is before the start."]}
    assert body["request_id"] == "0123456789"


def test_what_is_not_ours_is_left_to_django() -> None:
    middleware = errors.PortalErrorMiddleware(lambda request: pytest.fail("not called"))
    assert middleware.process_exception(request_for(), ValueError()) is None


# --- the menu -------------------------------------------------------------------------------------------


def test_the_menu_shows_what_the_role_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})
    navigation.register(navigation.Item("Audit", "audit-list", "history", "audit.list", 20))
    navigation.register(navigation.Item("Home", "home", "home", "portal.home", 10))
    auditor = Actor(kind="person", id=str(uuid4()), label="A", role=Role.AUDITOR)
    officer = Actor(kind="person", id=str(uuid4()), label="O", role=Role.OFFICER, agency_id=uuid4())
    seen = navigation.items_for(auditor, request_for("/audit/", auditor))
    assert [(item["label"], item["active"]) for item in seen] == [("Home", False), ("Audit", True)]
    assert [item["label"] for item in navigation.items_for(officer, request_for("/", officer))] == ["Home"]
    assert navigation.items_for(Actor.anonymous(), request_for("/")) == []
