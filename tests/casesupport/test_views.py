"""The pages, through Django's client: every act works as a plain POST, and nothing typed is lost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from casesupport.intake import flows as intake
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Document, Message
from casesupport.triage import flows as triage
from portal.models import AuditEvent
from tests.casesupport.cases import (
    BITCOIN,
    asked,
    claimed,
    closed,
    completed,
    content,
    drafted,
    submitted,
    upload,
)

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('x')</script> & \u202e"


@pytest.fixture
def now():
    """Shortly ago: what the pages do, they do later."""
    return timezone.now().replace(microsecond=0) - timedelta(minutes=5)


def typed(**changes):
    """A complete form for an information request, as a browser sends it."""
    answers = {
        "offence": "Fraud",
        "facts": "The victim sent 2.1 BTC.",
        "necessity": "No other record exists.",
        "data_categories": ["subscriber"],
        "wanted_from": "2026-01-01",
        "wanted_until": "2026-01-31",
        "process-instrument": "court_order",
        "process-authority": "Eastern Magistrates’ Court",
        "process-reference": "ESCC 117/2026",
        "process-issued_on": "2026-04-02",
        "targets-TOTAL_FORMS": "2",
        "targets-INITIAL_FORMS": "0",
        "targets-MIN_NUM_FORMS": "0",
        "targets-MAX_NUM_FORMS": "100",
        "targets-0-kind": "wallet_address",
        "targets-0-chain": "BTC",
        "targets-0-value": BITCOIN,
        "targets-0-tag": "",
        "targets-1-kind": "wallet_address",
        "targets-1-chain": "",
        "targets-1-value": "",
        "targets-1-tag": "",
        "document": upload(),
    }
    return {**answers, **changes}


def at(name, case_request, *more):
    return reverse(name, args=[case_request.pk, *more])


def test_the_whole_way_from_the_first_page_to_the_decision(house, sign_in):
    client = sign_in(house.officer)
    assert client.get(reverse("requests-new")).status_code == 200
    new = reverse("requests-new") + "?type=information"
    assert client.get(new).status_code == 200
    answer = client.post(new, typed(then="submit"))
    case_request = CaseRequest.objects.get()
    assert answer.url == at("requests-submit", case_request)
    check = client.get(answer.url)
    assert BITCOIN in check.text and case_request.documents.get().sha256 in check.text
    answer = client.post(
        at("requests-submit", case_request), {"revision": check.context["case_request"].revision}
    )
    assert answer.url == at("requests-submitted", case_request)
    assert case_request.reference in client.get(answer.url).text

    client = sign_in(house.analyst)
    assert "Take into triage" in client.get(at("requests-view", case_request)).text
    client.post(at("requests-claim", case_request))
    client.post(at("requests-ask", case_request), {"body": "Which account?"})

    client = sign_in(house.officer)
    assert "Which account?" in client.get(at("requests-answer", case_request)).text
    client.post(
        at("requests-answer", case_request), {"body": "The first.", "document": upload(name="more.pdf")}
    )
    assert Message.objects.count() == 2
    assert Document.objects.count() == 2

    client = sign_in(house.analyst)
    target = case_request.targets.get()
    decision = {
        f"target-{target.pk}-decision": "refused",
        f"target-{target.pk}-reasons": ["too_broad", "duplicate"],
        f"target-{target.pk}-comment": "Ask for less.",
        "note": "As said by telephone.",
    }
    check = client.post(at("requests-decide", case_request), {**decision, "step": "check"})
    assert "Decide and close" in check.text and "Too broad" in check.text
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.IN_TRIAGE
    back = client.post(at("requests-decide", case_request), {**decision, "step": "change"})
    assert back.status_code == 200 and "Ask for less." in back.text
    client.post(at("requests-decide", case_request), {**decision, "step": "confirm"})

    page = sign_in(house.officer).get(at("requests-view", case_request)).text
    for words in (
        "Closed",
        "Refused",
        "Too broad",
        "Ask for less.",
        "As said by telephone.",
        "Decided and closed",
    ):
        assert words in page
    recorded = AuditEvent.objects.filter(subject_id=str(case_request.pk)).order_by("seq")
    assert [event.event.partition(".")[2] for event in recorded] == [
        "created", "attached", "submitted", "claimed", "asked", "attached", "answered", "decided",
    ]  # fmt: skip


def test_a_freeze_goes_through_the_supervisor(house, now, sign_in):
    case_request = submitted(house, now, "freeze")
    assert "co-signs it" in sign_in(house.officer).get(at("requests-submitted", case_request)).text
    assert sign_in(house.officer).get(at("requests-cosign", case_request)).status_code == 403
    client = sign_in(house.supervisor)
    assert "stand behind it too" in client.get(at("requests-cosign", case_request)).text
    assert client.post(at("requests-cosign", case_request)).url == at("requests-submitted", case_request)
    case_request.refresh_from_db()
    assert case_request.status == RequestStatus.SUBMITTED


@pytest.mark.parametrize("type", ["information", "preservation", "freeze", "seizure", "emergency"])
def test_every_type_has_its_own_questions(house, sign_in, type):
    page = sign_in(house.officer).get(reverse("requests-new") + f"?type={type}").text
    assert ('name="imminent_danger"' in page) == (type == "emergency")
    assert ('name="term_days"' in page) == (type in ("freeze", "preservation"))
    assert ('name="wanted_from"' in page) == (type in ("information", "preservation", "emergency"))


def test_what_was_typed_is_kept_when_something_is_wrong(house, sign_in):
    client = sign_in(house.officer)
    wrong = BITCOIN[:-1] + "5"
    answer = client.post(
        reverse("requests-new") + "?type=information",
        typed(facts="Long typed facts", wanted_until="2025-01-01", **{"targets-0-value": wrong}),
    )
    assert answer.status_code == 422
    assert "Long typed facts" in answer.text and wrong in answer.text and "data-error-summary" in answer.text
    assert "a sign in it is wrong" in answer.text
    assert not CaseRequest.objects.exists()
    answer = client.post(reverse("requests-new") + "?type=information", typed(wanted_until="2025-01-01"))
    assert "The end must come after the start." in answer.text


def test_a_hundred_thousand_signs_are_refused_and_kept(house, sign_in):
    answer = sign_in(house.officer).post(
        reverse("requests-new") + "?type=information", typed(facts="騙" * 100_000)
    )
    assert answer.status_code == 422
    assert "騙" * 100_000 in answer.text


def test_a_refused_file_says_why_and_nothing_is_begun(house, sign_in):
    answer = sign_in(house.officer).post(
        reverse("requests-new") + "?type=information", typed(document=upload(b"not a PDF", "order.pdf"))
    )
    assert answer.status_code == 422
    assert "Only PDF, JPEG and PNG" in answer.text and "The victim sent" in answer.text
    assert not CaseRequest.objects.exists()


def test_an_unfinished_draft_is_saved_and_says_what_is_missing(house, sign_in):
    client = sign_in(house.officer)
    empty = {name: value for name, value in typed().items() if name.endswith("_FORMS")}
    empty["targets-TOTAL_FORMS"] = "0"
    client.post(reverse("requests-new") + "?type=emergency", empty)
    case_request = CaseRequest.objects.get()
    page = client.get(at("requests-view", case_request)).text
    assert "imminent danger of death" in page
    check = client.get(at("requests-submit", case_request)).text
    assert "Submit for co-signature" not in check
    refused = client.post(at("requests-submit", case_request), {"revision": 1})
    assert refused.status_code == 422


def test_two_officers_in_one_draft_are_told_and_lose_nothing(house, now, sign_in):
    case_request = drafted(house, now)
    intake.edit(
        case_request.pk, actor=house.second_officer, now=now, seen_revision=1, content=content(facts="Theirs")
    )
    client = sign_in(house.officer)
    answer = client.post(at("requests-edit", case_request), typed(facts="Mine", revision="1"))
    assert answer.status_code == 409
    assert "Mine" in answer.text and "Theirs" in answer.text
    assert 'name="revision" value="2"' in answer.text
    answer = client.post(at("requests-edit", case_request), typed(facts="Mine", revision="2"))
    assert answer.status_code == 302
    case_request.refresh_from_db()
    assert case_request.facts == "Mine"


def test_the_edit_page_shows_what_was_saved(house, now, sign_in):
    case_request = completed(house, now)
    page = sign_in(house.officer).get(at("requests-edit", case_request)).text
    for words in (BITCOIN, "ESCC 117/2026", 'value="2026-01-01"', 'value="2026-03-31"', "order.pdf"):
        assert words in page


def test_a_stranger_text_is_shown_as_text(house, now, sign_in):
    case_request = drafted(house, now, facts=HOSTILE, offence=HOSTILE[:60])
    for name in ("requests-view", "requests-edit", "requests-submit"):
        page = sign_in(house.officer).get(at(name, case_request)).text
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "<script>alert" not in sign_in(house.officer).get(reverse("requests-list")).text


def test_what_is_asked_answered_decided_and_withdrawn_is_shown_as_text(house, now, sign_in):
    first = claimed(house, now)
    triage.ask(first.pk, actor=house.analyst, now=now, body=HOSTILE)
    intake.answer(first.pk, actor=house.officer, now=now, body=HOSTILE)
    decided = [triage.Decided(each.pk, "refused", ("duplicate",), HOSTILE) for each in first.targets.all()]
    triage.decide(first.pk, actor=house.analyst, now=now, decisions=decided, note=HOSTILE)
    second = submitted(house, now)
    intake.withdraw(second.pk, actor=house.officer, now=now, why=HOSTILE)
    for case_request in (first, second):
        page = sign_in(house.officer).get(at("requests-view", case_request)).text
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_document_is_given_out_as_an_attachment_in_a_sandbox_and_recorded(house, now, sign_in):
    case_request = submitted(house, now)
    document = case_request.documents.get()
    answer = sign_in(house.analyst).get(at("requests-document", case_request, document.pk))
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"] == 'attachment; filename="order.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "application/pdf"
    assert AuditEvent.objects.get(event="documents.read").actor_id == house.analyst.id


def test_a_document_is_found_only_under_its_own_case_request(house, now, sign_in):
    document = submitted(house, now).documents.get()
    other = submitted(house, now)
    client = sign_in(house.officer)
    assert client.get(at("requests-document", other, document.pk)).status_code == 404
    assert client.post(at("requests-detach", other, document.pk)).status_code == 404


def test_adding_and_removing_a_document_of_a_draft(house, now, sign_in):
    case_request = drafted(house, now)
    client = sign_in(house.officer)
    answer = client.post(at("requests-attach", case_request), {"document": upload(b"x", "x.pdf")})
    assert answer.status_code == 422 and "Only PDF" in answer.text
    assert client.post(at("requests-attach", case_request), {}).status_code == 422
    assert client.post(at("requests-attach", case_request), {"document": upload()}).status_code == 302
    document = case_request.documents.get()
    assert document.sha256 in client.get(at("requests-view", case_request)).text
    assert client.post(at("requests-detach", case_request, document.pk)).status_code == 302
    assert not case_request.documents.exists()


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


def test_a_decision_without_a_reason_keeps_what_was_typed(house, now, sign_in):
    case_request = claimed(house, now)
    first = case_request.targets.first()
    answer = sign_in(house.analyst).post(
        at("requests-decide", case_request),
        {
            f"target-{first.pk}-decision": "refused",
            f"target-{first.pk}-comment": "Typed",
            "note": "Also typed",
        },
    )
    assert answer.status_code == 422
    assert (
        "Typed" in answer.text
        and "Also typed" in answer.text
        and "Choose at least one reason." in answer.text
    )


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
