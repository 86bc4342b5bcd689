"""The cool-off: a newcomer writes at once, and files what freezes or hurries only after the wait."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from casesupport.intake import flows
from casesupport.models import CaseRequest
from portal.access import check_cooled, cooling_until
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden
from portal.models import Membership, User
from tests.campaigns.conftest import browser_of
from tests.casesupport.cases import at, completed, content, submitted
from tests.people import House, make_person

__all__ = ["browser_of"]
pytestmark = pytest.mark.django_db
WAIT = timedelta(hours=settings.COOL_OFF_NEW_OFFICER_HOURS)


@pytest.fixture
def newcomer(house: House, now) -> Actor:
    """An officer who joined an hour ago."""
    return joined(
        make_person("newcomer", Role.OFFICER, house.ours, now=now), timezone.now() - timedelta(hours=1)
    )


def joined(actor: Actor, since) -> Actor:
    Membership.objects.filter(user_id=actor.person_id).update(joined_at=since)
    known = actor_for(User.objects.get(pk=actor.person_id))
    assert known is not None
    return replace(known, is_fresh=True)


def ready(house: House, newcomer: Actor, now, type: str) -> CaseRequest:
    return completed(replace(house, officer=newcomer), now, type)


@pytest.mark.parametrize("type", ["freeze", "emergency"])
def test_a_newcomer_files_neither_a_freeze_nor_an_emergency(house, now, newcomer, type):
    request = ready(house, newcomer, now, type)
    with pytest.raises(Forbidden) as refused:
        flows.submit(request.pk, actor=newcomer, now=now, seen_revision=request.revision)
    assert refused.value.code == "cooling-off"
    request.refresh_from_db()
    assert (request.status, request.facts) == ("draft", content().facts), "what was written stays"


@pytest.mark.parametrize("type", ["information", "preservation", "seizure"])
def test_everything_else_a_newcomer_files_at_once(house, now, newcomer, type):
    request = ready(house, newcomer, now, type)
    sent = flows.submit(request.pk, actor=newcomer, now=now, seen_revision=request.revision)
    assert sent.status == "submitted"


@pytest.mark.parametrize(("micro", "open_"), [(-1, False), (0, True), (1, True)])
def test_the_wait_ends_exactly_at_its_end(house, now, newcomer, micro, open_):
    moment = newcomer.cooling_until + timedelta(microseconds=micro)
    assert (cooling_until(newcomer, moment) is None) is open_
    if open_:
        check_cooled(newcomer, moment)
    else:
        with pytest.raises(Forbidden):
            check_cooled(newcomer, moment)


def test_somebody_who_joined_exactly_that_long_ago_is_no_newcomer(house, newcomer):
    assert joined(newcomer, timezone.now() - WAIT).cooling_until is None
    assert joined(newcomer, timezone.now() - WAIT + timedelta(minutes=1)).cooling_until is not None


def test_a_colleague_who_is_not_new_submits_the_newcomers_draft(house, now, newcomer):
    request = ready(house, newcomer, now, "emergency")
    sent = flows.submit(request.pk, actor=house.officer, now=now, seen_revision=request.revision)
    assert sent.status == "awaiting_cosignature"


@pytest.mark.parametrize("type", ["freeze", "emergency"])
def test_a_new_supervisor_co_signs_nothing_yet(house, now, type):
    request = submitted(house, now, type)
    chief = joined(
        make_person("new-chief", Role.SUPERVISOR, house.ours, now=now), timezone.now() - timedelta(hours=1)
    )
    with pytest.raises(Forbidden) as refused:
        flows.cosign(request.pk, actor=chief, now=now)
    assert refused.value.code == "cooling-off"
    assert flows.cosign(request.pk, actor=house.supervisor, now=now).status == "submitted"


@pytest.mark.parametrize(("type", "warned"), [("freeze", True), ("emergency", True), ("information", False)])
def test_the_pages_say_so_before_anything_is_written(house, now, newcomer, browser_of, type, warned):
    browser = browser_of(newcomer)
    request = ready(house, newcomer, now, type)
    pages = [
        f"{reverse('requests-new')}?type={type}",
        at("requests-edit", request),
        at("requests-submit", request),
    ]
    for page in pages:
        answer = browser.get(page)
        assert (answer.context["cooling_until"] is not None) is warned, page
        assert ("new here" in answer.content.decode()) is warned, page
    assert "new here" in browser.get(reverse("requests-new")).content.decode()


def test_whoever_is_not_new_reads_nothing_of_it(house, now, browser_of):
    browser = browser_of(house.officer)
    for page in (reverse("requests-new"), f"{reverse('requests-new')}?type=freeze"):
        assert "new here" not in browser.get(page).content.decode()


def test_a_direct_post_is_refused_on_the_page_and_the_draft_stays(house, now, newcomer, browser_of):
    request = ready(house, newcomer, now, "freeze")
    answer = browser_of(newcomer).post(at("requests-submit", request), {"revision": request.revision})
    assert answer.status_code == 403
    assert "new here" in answer.content.decode()
    assert b'type="submit">' not in answer.content.split(b"What happens next")[1].split(b"</form>")[0]
    request.refresh_from_db()
    assert request.status == "draft"


def test_a_new_supervisors_page_says_so_and_refuses(house, now, browser_of):
    request = submitted(house, now, "freeze")
    chief = joined(
        make_person("new-chief", Role.SUPERVISOR, house.ours, now=now), timezone.now() - timedelta(hours=1)
    )
    browser = browser_of(chief)
    page = at("requests-cosign", request)
    assert "new here" in browser.get(page).content.decode()
    assert browser.post(page).status_code == 403
    request.refresh_from_db()
    assert request.status == "awaiting_cosignature"
