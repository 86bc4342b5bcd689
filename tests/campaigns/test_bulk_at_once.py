"""Files beside other acts: two at once, a worker that dies, what may wait, and who has written what."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from campaigns.authoring.flows import archive, submit
from campaigns.bulk import flows, tasks
from campaigns.models import Campaign, TranslationImport
from campaigns.models.translationimport import ImportStatus
from campaigns.review.flows import approve
from campaigns.translating.flows import review_translation, translate
from campaigns.translating.state import state
from portal.kernel.errors import Forbidden, Invalid, Stale, WrongState
from tests.campaigns.test_bulk import changed, out, rows_of, taken_up, written
from tests.campaigns.warnings import drafted, published, submitted, text
from tests.portal.standing.stopping import person_suspended

pytestmark = pytest.mark.django_db


def sent(house: Any, now: Any, campaign: Campaign, actor: Any = None, **words: str) -> TranslationImport:
    """A file that waits for the worker."""
    rows = changed(rows_of(out(house, now, campaign)), **words)
    file = ContentFile(written(rows), name="en.csv")
    return flows.take_up(campaign.pk, actor=actor or house.officer, now=now, language="en", file=file)


@pytest.mark.django_db(transaction=True)
def test_of_two_files_for_one_draft_one_is_taken_in_and_the_other_is_stale(
    house: Any, now: Any, at_once: Any
) -> None:
    campaign = drafted(house, now)
    made = [
        taken_up(house, now, campaign, written(changed(rows_of(out(house, now, campaign)), headline=words)))
        for words in ("From the first", "From the second")
    ]
    results = at_once(
        *(lambda each=each: flows.apply(each.pk, actor=house.officer, now=now) for each in made)
    )
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "Stale"]
    campaign.refresh_from_db()
    assert campaign.headline_en in ("From the first", "From the second")
    assert campaign.revision == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_and_a_translation_at_once_never_lose_each_others_words(
    house: Any, now: Any, at_once: Any
) -> None:
    campaign = drafted(house, now)
    made = taken_up(
        house, now, campaign, written(changed(rows_of(out(house, now, campaign)), headline="From the file"))
    )

    def typed() -> Campaign:
        return translate(
            campaign.pk, actor=house.second_officer, now=now, language="en", seen_revision=1,
            words={"body": "Typed meanwhile."},
        )  # fmt: skip

    results = at_once(lambda: flows.apply(made.pk, actor=house.officer, now=now), typed)
    assert sorted(type(each).__name__ for each in results) == ["Campaign", "Stale"]
    campaign.refresh_from_db()
    is_file = campaign.headline_en == "From the file"
    assert (campaign.body_en == "Typed meanwhile.") is not is_file


@pytest.mark.django_db(transaction=True)
def test_two_workers_read_one_file_once(house: Any, now: Any, at_once: Any) -> None:
    made = sent(house, now, drafted(house, now), headline="Once")
    results = at_once(*[lambda: flows.read(made.pk, now=now)] * 2)
    assert sorted(each is None for each in results) == [False, True]


class Killed(BaseException):
    """What no handler of ours may catch."""


def test_a_worker_that_dies_while_it_reads_leaves_the_file_to_the_next(
    house: Any, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sent(house, now, drafted(house, now), headline="After all")

    def dies(*_given: Any) -> None:
        raise Killed

    with monkeypatch.context() as during, pytest.raises(Killed):
        during.setattr(flows, "_compare", dies)
        flows.read(made.pk, now=now)
    made.refresh_from_db()
    assert (made.status, bool(made.content)) == (ImportStatus.WAITING, True)
    asked: list[str] = []
    monkeypatch.setattr(tasks.read_import, "delay", asked.append)
    assert tasks.sweep() == 0  # it may be in somebody's hands
    TranslationImport.objects.update(uploaded_at=timezone.now() - tasks.LOST - timedelta(seconds=1))
    assert (tasks.sweep(), asked) == (1, [str(made.pk)])
    assert flows.read(made.pk, now=now).status == ImportStatus.READ


def test_a_file_that_can_never_be_read_is_given_up_and_says_so(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    made = sent(house, now, campaign)
    TranslationImport.objects.update(uploaded_at=timezone.now() - tasks.HOPELESS - timedelta(seconds=1))
    tasks.sweep()
    made.refresh_from_db()
    assert (made.status, made.problem, made.content) == (ImportStatus.REFUSED, "unread", None)
    assert "could not be read" in sign_in(house.officer).get(reverse("campaigns-import", args=[made.pk])).text
    flows.give_up(made.pk, now=now)  # once more, it does nothing


def test_a_file_that_waits_can_be_dropped(house: Any, now: Any) -> None:
    made = sent(house, now, drafted(house, now))
    dropped = flows.drop(made.pk, actor=house.second_officer, now=now)
    assert (dropped.status, dropped.content) == (ImportStatus.DROPPED, None)
    assert flows.read(made.pk, now=now) is None


def test_one_person_cannot_keep_the_worker_from_everybody_else(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    for _file in range(flows.MOST_WAITING):
        sent(house, now, campaign)
    with pytest.raises(Invalid):
        sent(house, now, campaign)
    sent(house, now, campaign, actor=house.second_officer)


def test_nothing_is_taken_up_for_what_cannot_be_changed(house: Any, now: Any) -> None:
    archived = drafted(house, now)
    archive(archived.pk, actor=house.officer, now=now)
    reviewed, live, held = (
        submitted(house, now).campaign,
        published(house, now).campaign,
        drafted(house, now),
    )
    person_suspended(house, now)
    for campaign in (archived, reviewed, live, held):
        rows = ContentFile(b"id\n", name="en.csv")
        with pytest.raises(WrongState):
            flows.take_up(campaign.pk, actor=house.second_officer, now=now, language="en", file=rows)
    assert TranslationImport.objects.count() == 0


def test_whoever_sent_the_words_does_not_approve_them_though_another_took_them_in(
    house: Any, now: Any
) -> None:
    campaign = drafted(house, now)
    made = sent(house, now, campaign, actor=house.supervisor, headline="Words of the supervisor")
    flows.read(made.pk, now=now)
    flows.apply(made.pk, actor=house.officer, now=now)
    version = submit(campaign.pk, actor=house.officer, now=now, seen_revision=2)
    with pytest.raises(Forbidden):
        approve(campaign.pk, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256)


def test_a_preview_of_words_that_repeat_takes_no_time(house: Any, now: Any, sign_in: Any) -> None:
    campaign = drafted(house, now)
    translate(
        campaign.pk, actor=house.officer, now=now, language="en", seen_revision=1, words={"body": "a " * 599}
    )
    campaign.refresh_from_db()
    made = sent(house, now, campaign, body="b " * 4_000)
    flows.read(made.pk, now=now)
    browser, page = sign_in(house.officer), reverse("campaigns-import", args=[made.pk])
    began = timezone.now()
    assert browser.get(page).status_code == 200
    assert timezone.now() - began < timedelta(seconds=10)  # it was a minute and a half


def test_rows_beyond_the_columns_are_named_in_words(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    rows = written(rows_of(out(house, now, campaign))).decode().splitlines()
    rows[1] += ",,=1"
    made = taken_up(house, now, campaign, "\n".join(rows).encode())
    assert "between quotation marks" in made.rows[0]["problems"][0]
    assert not made.is_clean
    with pytest.raises((WrongState, Stale)):
        flows.apply(made.pk, actor=house.officer, now=now)
    campaign.refresh_from_db()
    assert campaign.headline_en == text().headline["en"]


def test_whoever_sent_the_words_is_their_translator_whoever_takes_them_in(house: Any, now: Any) -> None:
    campaign = drafted(house, now)
    sheet = changed(rows_of(out(house, now, campaign)), headline="Who gave you this address?")
    made = taken_up(house, now, campaign, written(sheet))
    campaign = flows.apply(made.pk, actor=house.second_officer, now=now)
    found = state(campaign, "en")
    assert found.row is not None
    assert found.row.translated_by_id == made.uploaded_by_id
    with pytest.raises(Forbidden):
        review_translation(campaign.pk, actor=house.officer, now=now, language="en", seen_digest=found.digest)
    review_translation(
        campaign.pk, actor=house.second_officer, now=now, language="en", seen_digest=found.digest
    )
