"""Reviewers' doors tried with forged names, numbers and states: a refusal in words, and nothing decided."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from campaigns.authoring.audience import Audience
from campaigns.authoring.copies import duplicate
from campaigns.authoring.flows import archive, edit, revise, submit, withdraw
from campaigns.models import Decision, Publication, Remark
from campaigns.models.publication import DeliveryAcknowledgement, DeliveryProcess
from campaigns.review import flows
from campaigns.review.claims import claim
from campaigns.review.remarks import MOST_ANSWERS, answer, remark, settle
from campaigns.translating.flows import translate
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale, WrongState
from tests.campaigns.warnings import approved_by_agency, drafted, published, submitted, text
from tests.portal.standing.stopping import person_suspended

pytestmark = pytest.mark.django_db

PLACES = [
    "tips.99999999999999999999.text", "tips." + "9" * 5_000 + ".text",
    "tips.٠.text", "tips.०.text", "tips.-1.text",
    "tips.0_0.text", "tips.+0.text", "tips. 0.text", "tips.0.text ", "tips.00.text", "tips.0", "tips..text",
    "tips.0.text.text", "headline.0.text", "headline\x00", "__class__", "tips.0.__class__",
    "resources.0.position",
    "<script>", "a" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_is_none_is_refused_by_remark_and_translation(
    house: Any, now: Any, sign_in: Any, place: str
) -> None:
    version = submitted(house, now)
    sent = {"version": str(version.pk), "language": "en", "place": place, "body": "Why?"}
    address = reverse("campaigns-remark", args=[version.campaign_id])
    assert sign_in(house.supervisor).post(address, sent).status_code == 422
    assert Remark.objects.count() == 0
    withdraw(version.campaign_id, actor=house.officer, now=now)
    with pytest.raises(Invalid):
        translate(
            version.campaign_id,
            actor=house.officer,
            now=now,
            language="en",
            seen_revision=1,
            words={place: "x"},
        )


@pytest.mark.parametrize("language", ["sv", "EN", "xx", "", "../..", "en\r\nX: y", "\x00", "e" * 10_000])
def test_a_language_that_the_text_does_not_have_is_no_page_and_no_place(
    house: Any, now: Any, sign_in: Any, language: str
) -> None:
    version = submitted(house, now)
    browser = sign_in(house.supervisor)
    page = reverse("campaigns-review", args=[version.campaign_id])
    assert browser.get(page, {"language": language}).status_code == 200
    sent = {"version": str(version.pk), "language": language, "place": "tips.0.text", "body": "Why?"}
    answered = browser.post(reverse("campaigns-remark", args=[version.campaign_id]), sent)
    assert answered.status_code == (302 if language == "EN" else 422)
    whole = browser.post(reverse("campaigns-remark", args=[version.campaign_id]), sent | {"place": ""})
    assert whole.status_code == 302
    assert "\n" not in whole["Location"]


@pytest.mark.parametrize("named", ["", "x", "0" * 32, "' OR 1=1", "{}"])
def test_an_approval_that_names_no_version_or_another_decides_nothing(
    house: Any, now: Any, sign_in: Any, named: str
) -> None:
    version, other = submitted(house, now), submitted(house, now)
    browser = sign_in(house.supervisor)
    for verb in ("approve", "return", "reject", "claim"):
        address = reverse(f"campaigns-{verb}", args=[version.campaign_id])
        sent = {"version": named, "sha256": version.sha256, "reasons": "generic", "comment": "c"}
        for forged in (
            sent,
            sent | {"version": str(other.pk)},
            sent | {"version": [str(other.pk), str(version.pk)][0]},
        ):
            assert browser.post(address, forged).status_code in (400, 409, 422)
    address = reverse("campaigns-approve", args=[version.campaign_id])
    for sha256 in ("", other.sha256, version.sha256.upper(), f"{version.sha256} "):
        assert browser.post(address, {"version": str(version.pk), "sha256": sha256}).status_code == 409
    assert Decision.objects.count() == 0


def test_a_claim_of_what_went_back_and_came_again_is_stale(house: Any, now: Any) -> None:
    first = submitted(house, now)
    withdraw(first.campaign_id, actor=house.officer, now=now)
    submit(first.campaign_id, actor=house.officer, now=now, seen_revision=1)
    with pytest.raises(Stale):
        claim(first.campaign_id, actor=house.supervisor, now=now, version_id=first.pk)
    with pytest.raises(Stale):
        remark(
            first.campaign_id, actor=house.supervisor, now=now, version_id=first.pk, language="en", place="",
            body="About what is gone",
        )  # fmt: skip


def test_a_remark_of_another_agency_is_not_there_and_an_answer_is_no_thread(house: Any, now: Any) -> None:
    version = submitted(house, now)
    given = {"now": now, "version_id": version.pk, "language": "en", "place": "body"}
    thread = remark(version.campaign_id, actor=house.supervisor, body="Why?", **given)
    said = answer(thread.pk, actor=house.officer, now=now, body="Because.")
    for actor in (house.outsider, house.other_supervisor):
        with pytest.raises(NotVisible):
            answer(thread.pk, actor=actor, now=now, body="x")
        with pytest.raises(NotVisible):
            settle(thread.pk, actor=actor, now=now)
    for unknown in (said.pk, uuid4(), version.pk):
        with pytest.raises(NotVisible):
            answer(unknown, actor=house.officer, now=now, body="x")


def test_a_thread_is_not_answered_without_end(house: Any, now: Any, sign_in: Any) -> None:
    version = submitted(house, now)
    thread = remark(
        version.campaign_id,
        actor=house.supervisor,
        now=now,
        version_id=version.pk,
        language="",
        place="",
        body="?",
    )
    Remark.objects.bulk_create(
        Remark(
            campaign_id=version.campaign_id, version=version, answers_to=thread, body="x",
            author_id=house.officer.person_id, written_at=now,
        )
        for _number in range(MOST_ANSWERS)
    )  # fmt: skip
    address = reverse("campaigns-answer", args=[thread.pk])
    refused = sign_in(house.officer).post(address, {"body": "one more"})
    assert (refused.status_code, "one more" in refused.text) == (422, True)


def test_in_quarantine_nobody_answers_settles_claims_or_decides(house: Any, now: Any) -> None:
    version = submitted(house, now)
    thread = remark(
        version.campaign_id,
        actor=house.supervisor,
        now=now,
        version_id=version.pk,
        language="",
        place="",
        body="?",
    )
    person_suspended(house, now)
    acts = (
        lambda: answer(thread.pk, actor=house.second_officer, now=now, body="x"),
        lambda: settle(thread.pk, actor=house.second_officer, now=now),
        lambda: claim(version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk),
        lambda: flows.approve(
            version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256
        ),
        lambda: duplicate(version.campaign_id, actor=house.second_officer, now=now),
    )
    for act in acts:
        with pytest.raises(WrongState) as refused:
            act()
        assert refused.value.code == "quarantined"
    with pytest.raises(Forbidden):
        answer(thread.pk, actor=house.officer, now=now, body="by whom it is about")


def test_what_is_put_away_is_changed_by_no_verb_and_comes_back_as_it_was(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    archive(campaign.pk, actor=house.officer, now=now)
    given = {"actor": house.officer, "now": now}
    for act in (
        lambda: edit(campaign.pk, seen_revision=1, audience=Audience.of(campaign), text=text(), **given),
        lambda: submit(campaign.pk, seen_revision=1, **given),
        lambda: translate(campaign.pk, language="en", seen_revision=1, words={"body": "x"}, **given),
        lambda: revise(campaign.pk, **given),
        lambda: flows.recall(campaign.pk, why="x", **given | {"actor": house.supervisor}),
    ):
        with pytest.raises(WrongState):
            act()
    campaign.refresh_from_db()
    assert campaign.revision == 1


@pytest.mark.parametrize("code", ["", "nothing", "WRONG", "other\x00", "x" * 5_000])
def test_a_recall_with_a_forged_code_or_page_ends_nothing(
    house: Any, now: Any, sign_in: Any, code: str
) -> None:
    publication = published(house, now).publication
    browser = sign_in(house.supervisor)
    address = reverse("campaigns-recall", args=[publication.campaign_id])
    named = {"publication": str(publication.pk), "why": "A number moved."}
    assert browser.post(address, named | {"code": code}).status_code == 422
    for seen in ("", str(uuid4()), "x", "\x00"):
        assert browser.post(address, named | {"code": "other", "publication": seen}).status_code == 409
    assert browser.get(address, named | {"code": "other"}).status_code == 200
    assert browser.head(address).status_code == 200
    assert browser.put(address).status_code == 405
    assert not Publication.objects.exclude(recalled_at=None).exists()


def test_the_page_of_a_recall_is_its_campaigns_and_its_agencys(house: Any, now: Any, browser_of: Any) -> None:
    mine, other = published(house, now).publication, published(house, now).publication
    flows.recall(mine.campaign_id, actor=house.supervisor, now=now, why="A number moved.")
    ours, theirs = browser_of(house.officer), browser_of(house.outsider)
    page = reverse("campaigns-recalled", args=[mine.campaign_id, mine.pk])
    assert (ours.get(page).status_code, theirs.get(page).status_code) == (200, 404)
    for campaign_id, publication_id in (
        (other.campaign_id, mine.pk), (other.campaign_id, other.pk), (mine.campaign_id, other.pk),
    ):  # fmt: skip
        address = reverse("campaigns-recalled", args=[campaign_id, publication_id])
        assert ours.get(address).status_code == 404


def test_what_a_process_said_is_not_rewritten_by_the_application(house: Any, now: Any) -> None:
    process = DeliveryProcess.objects.create(
        id=uuid4(), host="a", pid=1, first_revision=1, revision=1, started_at=now, confirmed_at=now
    )
    said = DeliveryAcknowledgement.objects.create(process=process, revision=2, stopped_at=now, served_at=now)
    earlier = now - timedelta(hours=1)
    for statement in (
        lambda: DeliveryAcknowledgement.objects.filter(pk=said.pk).update(stopped_at=earlier),
        lambda: DeliveryAcknowledgement.objects.create(
            process=process, revision=2, stopped_at=earlier, served_at=earlier
        ),
        lambda: DeliveryAcknowledgement.objects.create(
            process=process, revision=3, stopped_at=now, served_at=earlier
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_deliveryacknowledgement")
        assert cursor.fetchone() == (1,)


def test_what_was_approved_is_not_approved_again_for_another_reader(
    house: Any, now: Any, sign_in: Any
) -> None:
    """The language that a form names changes nothing of what is approved: all of them, by their digest."""
    version = approved_by_agency(house, now)
    sent = {"version": str(version.pk), "sha256": version.sha256, "language": "sv"}
    address = reverse("campaigns-approve", args=[version.campaign_id])
    browser = sign_in(house.reviewer)
    assert browser.post(address, sent).status_code == 302
    assert browser.post(address, sent).status_code == 409
    assert Publication.objects.get().version == version
