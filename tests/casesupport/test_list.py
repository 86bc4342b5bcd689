"""The list, the home page's panels, and what they cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.casesupport.cases import (
    asked,
    at,
    claimed,
    drafted,
    submitted,
)

pytestmark = pytest.mark.django_db


class TestList:
    def list(self, client, query=""):
        return client.get(reverse("requests-list") + query)

    def test_a_draft_is_listed_for_the_agency_alone(self, house, now, sign_in):
        case_request = drafted(house, now)
        assert case_request.reference in self.list(sign_in(house.second_officer)).text
        assert case_request.reference not in self.list(sign_in(house.analyst)).text

    def test_filters_stand_in_the_address(self, house, now, sign_in):
        draft, sent = drafted(house, now), submitted(house, now, "seizure")
        client = sign_in(house.officer)
        for query, found, hidden in (
            ("?status=draft", draft, sent),
            ("?type=seizure", sent, draft),
            (f"?q={draft.reference}", draft, sent),
            (f"?q={sent.reference.lower().replace('-', '')}", sent, draft),
            (f"?q={sent.reference[8:14]}", sent, draft),
        ):
            page = self.list(client, query).text
            assert at("requests-view", found) in page and at("requests-view", hidden) not in page, query

    def test_an_analyst_sees_the_own_ones_alone(self, house, now, sign_in):
        mine, free = claimed(house, now), submitted(house, now)
        page = self.list(sign_in(house.analyst), "?assigned=me").text
        assert mine.reference in page and free.reference not in page

    def test_a_misread_reference_is_named_as_one(self, house, now, sign_in):
        reference = drafted(house, now).reference
        wrong = reference[:-1] + ("A" if reference[-1] != "A" else "B")
        assert "cannot be right" in self.list(sign_in(house.officer), f"?q={wrong}").text

    @pytest.mark.parametrize(
        "query",
        [
            "?status=nonsense&type=x&sort=zzz&page=-1&size=9999999",
            "?q=%00",
            "?q=" + "x" * 3000,
            "?sort=-reference",
        ],
    )
    def test_what_makes_no_sense_in_the_address_does_no_harm(self, house, now, sign_in, query):
        drafted(house, now)
        assert self.list(sign_in(house.officer), query).status_code == 200

    def test_an_empty_list_says_what_to_do(self, house, sign_in):
        assert "Begin one" in self.list(sign_in(house.officer)).text
        assert "fits this search" in self.list(sign_in(house.officer), "?status=closed").text

    def test_a_long_list_costs_two_queries_of_its_own(self, house, now, sign_in):
        for _ in range(30):
            drafted(house, now)
        client = sign_in(house.officer)
        self.list(client)
        with CaptureQueriesContext(connection) as captured:
            page = self.list(client)
        assert len(page.context["page"]) == 25
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(statements) <= 8
        own = [statement for statement in statements if "casesupport_" in statement]
        assert len(own) == 2 and "casesupport_target" not in own[0]


def test_the_page_of_one_costs_no_more_with_many_targets(house, now, sign_in, django_assert_max_num_queries):
    from casesupport.intake.content import GivenTarget

    many = tuple(GivenTarget("uid", str(number)) for number in range(60))
    case_request = drafted(house, now, targets=many)
    client = sign_in(house.officer)
    client.get(at("requests-view", case_request))
    with django_assert_max_num_queries(14):
        assert client.get(at("requests-view", case_request)).status_code == 200


def test_the_home_page_says_what_waits(house, now, sign_in):
    draft, freeze, question = drafted(house, now), submitted(house, now, "freeze"), asked(house, now)
    fresh = submitted(house, now)

    def home(actor):
        return sign_in(actor).get(reverse("home")).text

    officer = home(house.officer)
    assert at("requests-view", draft) in officer and at("requests-answer", question) in officer
    assert at("requests-cosign", freeze) not in officer
    assert at("requests-cosign", freeze) in home(house.supervisor)
    analyst = home(house.analyst)
    assert at("requests-view", fresh) in analyst and at("requests-view", question) in analyst
    assert at("requests-view", draft) not in analyst and str(freeze.pk) not in analyst
    assert str(fresh.pk) not in home(house.reviewer)
