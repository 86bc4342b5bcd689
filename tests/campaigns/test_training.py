"""A training agency can do everything and reaches no one: not by delivery, not in figures, not by mistake."""

from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from campaigns.delivery.edge import Edge
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Exposure, OutcomeEvent
from campaigns.outcomes.ingest import ingest
from portal.kernel.actor import Actor, Role
from portal.models import Client
from tests.campaigns.asking import Held, ask, read
from tests.campaigns.test_events_api import event
from tests.campaigns.warnings import approved_by_agency, published
from tests.clients import make_client
from tests.people import House, make_agency, make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def training(house: House, now: Any) -> House:
    """The same house, with the training agency's people in the parts of an agency's."""
    agency = make_agency("drill", now=now, domain="drill.example", is_training=True)
    return replace(
        house,
        ours=agency,
        officer=make_person("driller", Role.OFFICER, agency, now=now),
        supervisor=make_person("trainer", Role.SUPERVISOR, agency, now=now),
    )


def test_a_fully_approved_exercise_answers_204(training: House, now: Any) -> None:
    _client, key = make_client("withdrawals", ["campaigns:read"], now=now)
    version = published(training, now)
    campaign = Campaign.objects.get(pk=version.campaign_id)
    assert campaign.status == CampaignStatus.APPROVED
    assert version.content["agency"]["training"] is True
    status, _headers, body = ask(Edge(None, Held(read())), key)
    assert (status, body) == (204, None)


def test_beside_it_a_real_one_is_served_alone(training: House, house: House, now: Any) -> None:
    _client, key = make_client("withdrawals", ["campaigns:read"], now=now)
    published(training, now, priority=100)
    real = published(house, now)
    status, _headers, body = ask(Edge(None, Held(read())), key)
    assert status == 200
    assert [each["publication"]["version"]["id"] for each in body["campaigns"]] == [str(real.pk)]


def test_what_is_reported_of_an_exercise_is_refused_and_not_counted(
    training: House, house: House, now: Any
) -> None:
    make_client("withdrawals", ["events:write"], now=now)
    client = Client.objects.get()
    actor = Actor(kind="client", id=str(client.pk), label=client.name, scopes=frozenset({"events:write"}))
    exercise, real = published(training, now), published(house, now)
    receipt = ingest([event(exercise, now), event(real, now)], actor=actor, now=now)
    assert receipt.accepted == 1
    assert [(each.index, each.code) for each in receipt.refused] == [(0, "unknown-version")]
    assert not OutcomeEvent.objects.filter(version=exercise).exists()
    assert not Exposure.objects.filter(campaign_id=exercise.campaign_id).exists()


def test_its_pages_carry_its_badge(training: House, now: Any, browser_of: Any) -> None:
    waiting = approved_by_agency(training, now)
    assert "Training" in browser_of(training.reviewer).get(f"/campaigns/{waiting.campaign_id}/review/").text
    version = published(training, now)
    for actor in (training.officer, training.reviewer):
        browser = browser_of(actor)
        for page in (
            reverse("campaigns-list"),
            reverse("campaigns-view", args=[version.campaign_id]),
            reverse("agencies-view", args=[training.ours.pk]),
        ):
            assert "Training" in browser.get(page).text


def test_the_snapshot_that_every_public_answer_comes_from_has_no_exercise(training: House, now: Any) -> None:
    """The API and the demonstration's withdrawal page read it, and nothing public reads past it."""
    published(training, now)
    assert dict(read().selection.regions) == {}
