from dataclasses import replace

import pytest
from django.urls import reverse

from casesupport.intake import flows
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from portal.kernel.actor import Role
from portal.kernel.errors import Forbidden, NotVisible, ProofNeeded, WrongState
from portal.models import AuditEvent, Notice
from tests.casesupport.cases import completed, submitted
from tests.people import make_person, open_session

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("type", ["freeze", "emergency"])
def test_with_the_second_signature_it_reaches_the_exchange(house, now, type):
    case_request = flows.cosign(submitted(house, now, type).pk, actor=house.supervisor, now=now)
    assert case_request.status == RequestStatus.SUBMITTED
    assert (case_request.submitted_at, case_request.cosigned_by_id) == (now, house.supervisor.person_id)
    assert CaseRequest.objects.visible_to(house.analyst).get() == case_request
    assert Notice.objects.filter(kind="request-submitted").count() == 2


def test_it_is_recorded(house, now):
    flows.cosign(submitted(house, now, "freeze").pk, actor=house.supervisor, now=now)
    event = AuditEvent.objects.get(event="requests.cosigned")
    assert event.actor_id == house.supervisor.id
    assert len(event.data["documents"]) == 1


@pytest.mark.parametrize("who", ["officer", "second_officer"])
def test_an_officer_is_no_supervisor(house, now, who):
    with pytest.raises(Forbidden):
        flows.cosign(submitted(house, now, "freeze").pk, actor=getattr(house, who), now=now)


def test_a_supervisor_who_submitted_needs_another(house, now):
    case_request = completed(house, now, "freeze")
    flows.submit(case_request.pk, actor=house.supervisor, now=now, seen_revision=case_request.revision)
    assert not Notice.objects.filter(person_id=house.supervisor.person_id).exists()
    with pytest.raises(Forbidden):
        flows.cosign(case_request.pk, actor=house.supervisor, now=now)
    second = make_person("second-chief", Role.SUPERVISOR, house.ours, now=now)
    assert flows.cosign(case_request.pk, actor=second, now=now).status == RequestStatus.SUBMITTED


def test_a_session_left_open_signs_nothing(house, now, client):
    case_request = submitted(house, now, "freeze")
    with pytest.raises(ProofNeeded):
        flows.cosign(case_request.pk, actor=replace(house.supervisor, is_fresh=False), now=now)
    open_session(client, house.supervisor, proved=False)
    answer = client.post(reverse("requests-cosign", args=[case_request.pk]))
    assert answer.status_code == 403
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.AWAITING_COSIGNATURE


@pytest.mark.parametrize("who", ["outsider", "other_supervisor", "analyst", "lead", "auditor", "reviewer"])
def test_nobody_else_finds_it(house, now, who):
    with pytest.raises(NotVisible):
        flows.cosign(submitted(house, now, "freeze").pk, actor=getattr(house, who), now=now)


@pytest.mark.parametrize("make", [completed, submitted])
def test_only_what_waits_for_it_is_co_signed(house, now, make):
    with pytest.raises(WrongState):
        flows.cosign(make(house, now, "information").pk, actor=house.supervisor, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_sign_once(house, now, at_once):
    case_request = submitted(house, now, "freeze")
    results = at_once(*[lambda: flows.cosign(case_request.pk, actor=house.supervisor, now=now)] * 2)
    assert sorted(type(each).__name__ for each in results) == ["CaseRequest", "WrongState"]
