"""Remarks on one place of a text in review, their answers, and their end."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils.html import escape

from campaigns.authoring import flows as authoring
from campaigns.models import Remark
from campaigns.models.remark import REMARK_MAX
from campaigns.review import flows as review
from campaigns.review.remarks import MOST, answer, remark, settle
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from portal.models import AuditEvent, Notice
from tests.campaigns.warnings import approved_by_agency, audience, drafted, published, submitted, text
from tests.people import House

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script> =1+1 ‏שלום‏ \U0001f6a8 " + "x" * 300


def made(house: House, now: Any, version: Any, **changes: Any) -> Remark:
    given = {"actor": house.reviewer, "language": "en", "place": "tips.0.text", "body": "Which helpline?"}
    return remark(version.campaign_id, now=now, version_id=version.pk, **given | changes)


def test_a_remark_says_what_stood_there_and_the_authors_are_told(house: House, now: Any) -> None:
    version = approved_by_agency(house, now)
    found = made(house, now, version)
    assert (found.quoted, found.version, found.author_id) == (
        "Call the helpline.", version, house.reviewer.person_id,
    )  # fmt: skip
    told = set(Notice.objects.filter(kind="campaign-remarked").values_list("person_id", flat=True))
    assert told == {house.officer.person_id}
    event = AuditEvent.objects.get(event="campaigns.remarked")
    assert event.data == {
        "remark": str(found.pk), "number": 1, "language": "en", "place": "tips.0.text",
    }  # fmt: skip


def test_authors_answer_and_settle_though_the_text_is_back_with_them(house: House, now: Any) -> None:
    version = approved_by_agency(house, now)
    thread = made(house, now, version)
    review.return_to_draft(
        version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, sha256=version.sha256,
        reasons=["resource"], comment="See the remark.",
    )  # fmt: skip
    answer(thread.pk, actor=house.officer, now=now, body="18222; it is named now.")
    told = Notice.objects.filter(kind="campaign-remarked", person=house.reviewer.person_id)
    assert told.count() == 1, "who began the thread"
    settle(thread.pk, actor=house.officer, now=now)
    thread.refresh_from_db()
    assert (thread.settled_by_id, thread.settled_at) == (house.officer.person_id, now)
    assert [each.body for each in thread.answers.all()] == ["18222; it is named now."]
    for flow, more in ((answer, {"body": "And?"}), (settle, {})):
        with pytest.raises(WrongState):
            flow(thread.pk, actor=house.reviewer, now=now, **more)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("outsider", NotVisible), ("other_supervisor", NotVisible), ("analyst", NotVisible),
        ("officer", Forbidden), ("auditor", Forbidden),
    ],
)  # fmt: skip
def test_reviewers_alone_begin_a_thread(house: House, now: Any, who: str, refusal: type) -> None:
    version = submitted(house, now)
    with pytest.raises(refusal):
        made(house, now, version, actor=getattr(house, who))


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst"])
def test_an_outsider_finds_no_thread(house: House, now: Any, who: str) -> None:
    thread = made(house, now, submitted(house, now), actor=house.supervisor)
    for flow, more in ((answer, {"body": "Hm"}), (settle, {})):
        with pytest.raises(NotVisible):
            flow(thread.pk, actor=getattr(house, who), now=now, **more)


def test_an_auditor_reads_and_does_nothing(house: House, now: Any, browser_of: Any) -> None:
    thread = made(house, now, submitted(house, now), actor=house.supervisor)
    with pytest.raises(Forbidden):
        answer(thread.pk, actor=house.auditor, now=now, body="Hm")
    page = browser_of(house.auditor).get(reverse("campaigns-remarks", args=[thread.campaign_id]))
    assert "Which helpline?" in page.text
    assert reverse("campaigns-answer", args=[thread.pk]) not in page.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"place": "tips.7.text"}, "place"), ({"place": "tips.0.text; DROP"}, "place"),
        ({"language": "sv"}, "place"), ({"language": "<b>"}, "place"),
        ({"body": ""}, "body"), ({"body": " ‏ "}, "body"),
        ({"body": "x" * (REMARK_MAX + 1)}, "body"), ({"body": "a\x00b"}, "body"),
    ],
)  # fmt: skip
def test_what_is_no_remark_is_refused(house: House, now: Any, changes: dict[str, str], field: str) -> None:
    version = submitted(house, now)
    with pytest.raises(Invalid) as refused:
        made(house, now, version, actor=house.supervisor, **changes)
    assert list(refused.value.errors) == [field]
    assert not Remark.objects.exists()


def test_a_remark_on_another_version_than_the_one_in_review_is_stale(house: House, now: Any) -> None:
    first = submitted(house, now)
    campaign = authoring.withdraw(first.campaign_id, actor=house.officer, now=now)
    submitted(house, now, campaign)
    with pytest.raises(Stale):
        made(house, now, first, actor=house.supervisor)


def test_threads_are_bounded(house: House, now: Any) -> None:
    version = submitted(house, now)
    one = made(house, now, version, actor=house.supervisor)
    Remark.objects.bulk_create(
        Remark(
            campaign=one.campaign, version=version, body=f"{number}", author_id=one.author_id, written_at=now
        )
        for number in range(MOST - 1)
    )
    with pytest.raises(Invalid, match="open remarks"):
        made(house, now, version, actor=house.supervisor)


def test_what_was_said_is_neither_changed_nor_removed(house: House, now: Any) -> None:
    thread = made(house, now, submitted(house, now), actor=house.supervisor)
    for statement in ("UPDATE campaigns_remark SET body = 'never'", "DELETE FROM campaigns_remark"):
        with pytest.raises(DatabaseError), transaction.atomic():
            from django.db import connection

            connection.cursor().execute(statement)
    other = published(house, now, submitted(house, now, drafted(house, now, title="Another")))
    with pytest.raises(IntegrityError, match="belongs"), transaction.atomic():
        Remark.objects.create(
            campaign=other.campaign, version=other, answers_to=thread, body="x", author_id=thread.author_id,
            written_at=now,
        )  # fmt: skip


def test_a_page_shows_hostile_words_as_words_and_keeps_what_was_refused(
    house: House, now: Any, browser_of: Any
) -> None:
    version = submitted(house, now)
    browser = browser_of(house.supervisor)
    address = reverse("campaigns-remark", args=[version.campaign_id])
    form = {"version": str(version.pk), "language": "en", "place": "body", "body": HOSTILE}
    answered = browser.post(address, form)
    assert answered.status_code == 302
    assert "?language=en#remark-" in answered["Location"]
    page = browser.get(answered["Location"].partition("#")[0]).text
    assert escape("<script>alert(1)</script>") in page
    assert "<script>alert(1)" not in page
    refused = browser.post(address, form | {"place": "headline", "body": "y" * (REMARK_MAX + 1)})
    assert refused.status_code == 422
    assert "y" * (REMARK_MAX + 1) in refused.text
    refused = browser.post(address, form | {"language": "zh-Hant", "place": "body", "body": ""})
    assert refused.status_code == 422
    assert refused.context["tag"] == "zh-Hant"


def test_a_remark_stands_beside_its_place_and_leads_to_the_field(
    house: House, now: Any, browser_of: Any
) -> None:
    version = approved_by_agency(house, now)
    thread = made(house, now, version)
    page = browser_of(house.reviewer).get(
        reverse("campaigns-review", args=[version.campaign_id]) + "?language=en"
    )
    rows = {row["side"].key: row["threads"] for row in page.context["places"]}
    assert rows["tips.0.text"] == [thread]
    assert [each["remarks"] for each in page.context["languages"] if each["tag"] == "en"] == [1]
    authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
    editor = browser_of(house.officer)
    page = editor.get(reverse("campaigns-edit", args=[version.campaign_id])).text
    assert 'href="#id_tips-0-text_en"' in page
    assert 'id="id_tips-0-text_en"' in page
    back = editor.post(reverse("campaigns-settle", args=[thread.pk]), {"page": "edit"})
    assert back["Location"] == f"{reverse('campaigns-edit', args=[version.campaign_id])}#remark-{thread.pk}"
    assert "Remarks to settle" not in editor.get(reverse("campaigns-edit", args=[version.campaign_id])).text


def test_a_remark_on_a_place_that_went_is_shown_with_what_stood_there(
    house: House, now: Any, browser_of: Any
) -> None:
    version = submitted(house, now)
    made(house, now, version, actor=house.supervisor, place="sources.0.name", body="Which year?")
    campaign = authoring.withdraw(version.campaign_id, actor=house.officer, now=now)
    changed = text()
    changed.sources = []
    campaign = authoring.edit(
        campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision,
        audience=audience(now), text=changed,
    )  # fmt: skip
    submitted(house, now, campaign)
    page = browser_of(house.supervisor).get(reverse("campaigns-review", args=[campaign.pk]))
    assert [each.body for each in page.context["elsewhere"]] == ["Which year?"]
    assert "Police figures" in page.text


@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_at_once_one_does(house: House, now: Any, at_once: Any) -> None:
    thread = made(house, now, submitted(house, now), actor=house.supervisor)
    acts = [
        lambda actor=each: settle(thread.pk, actor=actor, now=now)
        for each in (house.officer, house.supervisor)
    ]
    assert sorted(type(each).__name__ for each in at_once(*acts)) == ["Remark", "WrongState"]
    assert AuditEvent.objects.filter(event="campaigns.settled").count() == 1
