"""Who gets which page, and who is told that there is none."""

import pytest
from django.urls import reverse

from casesupport.lifecycle import RequestStatus
from tests.casesupport.cases import (
    asked,
    at,
    closed,
    submitted,
)

pytestmark = pytest.mark.django_db


PAGES = ["view", "submitted", "edit", "submit", "cosign", "withdraw", "answer", "ask", "decide"]


@pytest.mark.parametrize("who", ["outsider", "other_supervisor"])
def test_another_agency_finds_nothing_anywhere(house, now, sign_in, who):
    case_request = submitted(house, now)
    document = case_request.documents.get()
    client = sign_in(getattr(house, who))
    own = {"view", "submitted", "edit", "submit", "withdraw", "answer"} | (
        {"cosign"} if who == "other_supervisor" else set()
    )
    for page in own:
        assert client.get(at(f"requests-{page}", case_request)).status_code == 404, page
        if page not in ("view", "submitted"):
            assert (
                client.post(at(f"requests-{page}", case_request), {"why": "x", "body": "x"}).status_code
                == 404
            )
    assert client.get(at("requests-document", case_request, document.pk)).status_code == 404
    assert case_request.reference not in client.get(reverse("requests-list")).text
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.SUBMITTED


def test_a_compliance_reviewer_sees_no_case_request(house, now, sign_in):
    case_request = submitted(house, now)
    client = sign_in(house.reviewer)
    assert client.get(reverse("requests-list")).status_code == 403
    assert client.get(at("requests-view", case_request)).status_code == 404
    assert (
        client.get(at("requests-document", case_request, case_request.documents.get().pk)).status_code == 404
    )


def test_an_auditor_reads_everything_submitted_and_changes_nothing(house, now, sign_in):
    case_request = asked(house, now)
    client = sign_in(house.auditor)
    assert client.get(reverse("requests-list")).status_code == 200
    assert client.get(at("requests-view", case_request)).status_code == 200
    for page in PAGES[2:]:
        assert client.post(at(f"requests-{page}", case_request), {"body": "x", "why": "x"}).status_code == 403
    assert client.post(at("requests-claim", case_request)).status_code == 403


def test_a_step_that_is_not_possible_now_is_a_conflict(house, now, sign_in):
    case_request = closed(house, now)
    client = sign_in(house.officer)
    for page in ("edit", "submit", "withdraw", "answer"):
        assert client.get(at(f"requests-{page}", case_request)).status_code == 409
    assert sign_in(house.analyst).post(at("requests-claim", case_request)).status_code == 409


def test_without_a_second_factor_there_is_no_page(house, now, client):
    from portal.models import User

    client.force_login(User.objects.get(pk=house.officer.person_id))
    assert client.get(reverse("requests-list")).status_code == 302


def test_claiming_and_attaching_are_posts_alone(house, now, sign_in):
    case_request = submitted(house, now)
    assert sign_in(house.analyst).get(at("requests-claim", case_request)).status_code == 405
    assert sign_in(house.officer).get(at("requests-attach", case_request)).status_code == 405
