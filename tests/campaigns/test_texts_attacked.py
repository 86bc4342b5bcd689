"""Words made to deceive, break out or weigh: shown as the words they are, or refused beside the field."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.html import escape

from campaigns.authoring.flows import create, edit, submit
from campaigns.authoring.guidance import findings
from campaigns.client.fragment import dialled
from campaigns.models import Campaign
from campaigns.models.campaign import BODY_MAX, LONG_MAX
from campaigns.review.differences import marked
from campaigns.translating.flows import translate
from portal.kernel.errors import Invalid
from portal.models import Notice
from tests.campaigns.warnings import approved_by_agency, audience, drafted, submitted, text

pytestmark = pytest.mark.django_db

ZALGO = "S" + "\u0301\u0322\u0489" * 25
WORDS = [
    "<script>alert(1)</script>", "{{ request.user }}{% debug %}", "[here](javascript:alert(1))",
    "%(name)s %s",
    "\u2067ابق\u2069 \u200f18222\u200e", "a\u200bb\u200dc\ufeff", ZALGO, "&lt;b&gt;&amp;", "]]></script><!--",
]  # fmt: skip


def written(house: Any, now: Any, words: Any, **changes: Any) -> Campaign:
    return create(actor=house.officer, now=now, audience=audience(now, **changes), text=words)


@pytest.mark.parametrize("words", WORDS)
def test_whatever_can_be_read_is_kept_and_shown_as_words_on_every_page(
    house: Any, now: Any, browser_of: Any, words: str
) -> None:
    said = replace(
        text(), headline={"en": words[:90], "zh-hant": words[:90]}, body={"en": words, "zh-hant": words}
    )
    campaign = written(house, now, said, title=words[:120])
    version = submitted(house, now, campaign)
    author, reviewer = browser_of(house.officer), browser_of(house.supervisor)
    for browser, page in (
        (author, "campaigns-view"), (author, "campaigns-preview"), (reviewer, "campaigns-review"),
        (reviewer, "campaigns-queue"), (author, "campaigns-list"),
    ):  # fmt: skip
        args = [] if page in ("campaigns-queue", "campaigns-list") else [campaign.pk]
        shown = browser.get(reverse(page, args=args)).text
        assert escape(words[:60]) in shown, page
        assert not any(each in shown for each in ("<script>alert", 'href="javascript:')), page
    assert version.content["texts"]["en"]["body"] == words


@pytest.mark.parametrize(
    "words", ["\u202e22281", "\u202d18222", "a\x00b", "a\x1bb", "a\x9b31mb", "a\ufffeb", "a\uffffb", "\ufdd0"]
)
def test_what_shows_a_number_backwards_or_is_no_text_is_refused_everywhere(
    house: Any, now: Any, words: str
) -> None:
    campaign = drafted(house, now)
    for act in (
        lambda: written(house, now, replace(text(), body={"en": words})),
        lambda: written(house, now, text(), title=words),
        lambda: written(house, now, replace(text(), tips=[{"text": {"en": words}}])),
        lambda: translate(
            campaign.pk, actor=house.officer, now=now, language="en", seen_revision=1, words={"body": words}
        ),
    ):
        with pytest.raises(Invalid):
            act()


@pytest.mark.parametrize("title", ["A\r\nBcc: everybody@evil.example", "A\nB", "A\u2028B", "A\x85B"])
def test_a_working_title_of_two_lines_is_refused(house: Any, now: Any, title: str) -> None:
    with pytest.raises(Invalid) as refused:
        written(house, now, text(), title=title)
    assert "title" in refused.value.errors


def test_no_word_of_a_campaign_stands_in_a_notice_or_mail(
    house: Any, now: Any, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with django_capture_on_commit_callbacks(execute=True):
        approved_by_agency(house, now, title="Secret title %0d%0aBcc: a@evil.example")
    assert Notice.objects.exists()
    for message in mail.outbox:
        whole = str(message.message())
        assert "Secret title" not in whole
        assert "Secret" not in message.subject


def test_a_text_of_exactly_the_limit_is_taken_with_its_line_ends_from_every_form(
    house: Any, now: Any, sign_in: Any
) -> None:
    campaign = drafted(house, now)
    body = ("x\n" * BODY_MAX)[: BODY_MAX - 1] + "y"
    story = ("x\n" * LONG_MAX)[: LONG_MAX - 1] + "y"
    sent = {"revision": "1", "body": body.replace("\n", "\r\n"), "headline": "x"}
    sent["examples.0.how_it_goes"] = story.replace("\n", "\r\n")
    answer = sign_in(house.officer).post(reverse("campaigns-translate", args=[campaign.pk, "en"]), sent)
    assert answer.status_code == 302
    campaign.refresh_from_db()
    assert (campaign.body_en, campaign.examples.get().how_it_goes_en) == (body, story)
    more = sent | {"revision": "2", "body": body.replace("\n", "\r\n") + "z"}
    answer = sign_in(house.officer).post(reverse("campaigns-translate", args=[campaign.pk, "en"]), more)
    assert answer.status_code == 422


def test_a_stale_translation_shows_what_it_would_replace(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    translate(
        campaign.pk, actor=house.second_officer, now=now, language="en", seen_revision=1,
        words={"body": "Saved <b>meanwhile</b>."},
    )  # fmt: skip
    page = reverse("campaigns-translate", args=[campaign.pk, "en"])
    answer = sign_in(house.officer).post(page, {"revision": "1", "body": "Mine", "headline": "h"})
    assert answer.status_code == 409
    assert "Saved now:" in answer.text
    assert "Saved &lt;b&gt;meanwhile&lt;/b&gt;." in answer.text
    assert "Mine" in answer.text


def resource(**changes: Any) -> Any:
    return replace(text(), resources=[text().resources[0] | changes])


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example",
        "ftp://a.example",
        "java\nscript:alert(1)", "https://a.example/\r\nX: y", "blob:https://a.example",
        "https:/\u2028/a.example",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_not_even_kept(house: Any, now: Any, url: str) -> None:
    with pytest.raises(Invalid):
        written(house, now, resource(url=url))
    with pytest.raises(Invalid):
        written(house, now, replace(text(), sources=[text().sources[0] | {"url": url}]))


@pytest.mark.parametrize(
    "url",
    [
        "http://police.example", "https://police.example@evil.example",
        "https://police.example:pw@evil.example",
        "https://police.example%40evil.example", "https://203.0.113.7/", "https://[2001:db8::1]/",
        "https://2130706433/",
        "https://localhost/", "https://police", "https:///path", "https://\\evil.example", "https://a..example",
    ],
)  # fmt: skip
def test_an_address_that_deceives_cannot_be_submitted(house: Any, now: Any, url: str) -> None:
    campaign = written(house, now, resource(url=url))
    with pytest.raises(Invalid) as refused:
        submit(campaign.pk, actor=house.officer, now=now, seen_revision=1)
    assert "resources" in refused.value.errors


@pytest.mark.parametrize(
    "url", ["https://www.аdcc.gov.hk", "https://pölice.example", "https://xn--plice-jua.example"]
)
def test_an_address_of_borrowed_letters_is_spelt_out_to_author_and_reviewer(
    house: Any, now: Any, browser_of: Any, url: str
) -> None:
    campaign = written(house, now, resource(url=url))
    assert any("xn--" in str(each.message) for each in findings(campaign, now))
    submitted(house, now, campaign)
    assert "xn--" in browser_of(house.supervisor).get(reverse("campaigns-review", args=[campaign.pk])).text


@pytest.mark.parametrize(
    "phone",
    [
        "1-800-SCAM-NOW",
        "18222 ext. 9001234",
        "18222;ext=900",
        "18222,,900123",
        "18222x900",
        "call me",
        "१८२२२a",
    ],
)
def test_a_number_that_the_link_would_dial_differently_cannot_be_submitted(
    house: Any, now: Any, phone: str
) -> None:
    campaign = written(house, now, resource(phone=phone))
    with pytest.raises(Invalid) as refused:
        submit(campaign.pk, actor=house.officer, now=now, seen_revision=1)
    assert "resources" in refused.value.errors


def test_digits_of_every_script_dial_the_same_number() -> None:
    assert [dialled(each) for each in ("٩٩٩", "१९३०", "１８２２２", "18²")] == [
        "999",
        "1930",
        "18222",
        "18",
    ]


@pytest.mark.parametrize("unit", ["1,", "1 ", "1,000", "a.", "1", "$1", "\u0301", "http", "a-"])
def test_the_live_check_of_a_text_far_too_long_takes_no_time(
    house: Any, now: Any, sign_in: Any, unit: str
) -> None:
    browser = sign_in(house.officer)
    sent = {"title": "x", "languages": ["en"], "body_en": (unit * 300_000)[:300_000]}
    began = time.monotonic()
    assert browser.post(reverse("campaigns-create-look"), sent).status_code == 200
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("pair", [("a ", "b "), ("一二三", "三一二四"), ("a b c d ", "d c b a x ")])
def test_words_that_repeat_are_compared_in_no_time_and_none_is_lost(pair: tuple[str, str]) -> None:
    before, after = ((each * BODY_MAX)[: BODY_MAX * 8] for each in pair)
    began = time.monotonic()
    shown = str(marked(before, after))
    assert time.monotonic() - began < 3
    assert shown.count("<del>") >= 1
    kept = [piece.partition("</ins>") for piece in shown.split("<ins>")]
    assert sum(len(each[0]) for each in kept[1:]) <= len(after)


def test_an_edit_of_a_hundred_thousand_characters_is_refused_and_costs_nothing(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    began = time.monotonic()
    with pytest.raises(Invalid):
        edit(
            campaign.pk, actor=house.officer, now=now, seen_revision=1, audience=audience(now),
            text=replace(text(), body={"en": ZALGO * 2_000}),
        )  # fmt: skip
    assert time.monotonic() - began < 2
