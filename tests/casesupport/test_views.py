"""The pages, through Django's client: every act works as a plain POST, and nothing typed is lost."""

from dataclasses import replace

import pytest
from django.urls import reverse

from casesupport.intake import flows as intake
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Document, Message
from casesupport.triage import flows as triage
from portal.kernel.actor import Role
from portal.models import AuditEvent
from tests.casesupport.cases import (
    BITCOIN,
    at,
    claimed,
    completed,
    content,
    drafted,
    submitted,
    upload,
)
from tests.people import make_agency, make_person

pytestmark = pytest.mark.django_db


HOSTILE = "<script>alert('x')</script> & \u202e"


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


def test_every_error_stands_in_one_summary_and_the_order_of_targets_is_the_one_shown(house, sign_in):
    client = sign_in(house.officer)
    new = reverse("requests-new") + "?type=information"
    two = {
        "targets-1-kind": "uid",
        "targets-1-value": "first",
        "targets-0-ORDER": "2",
        "targets-1-ORDER": "1",
    }
    answer = client.post(
        new,
        typed(
            wanted_from="x", **{"process-issued_on": "x", "targets-0-chain": "", "targets-1-tag": "x" * 30}
        ),
    )
    assert answer.text.count("data-error-summary") == 1
    for field in ("id_wanted_from", "id_process-issued_on", "id_targets-0-chain"):
        assert f'href="#{field}"' in answer.text
    client.post(new, typed(**two))
    assert [target.value for target in CaseRequest.objects.get().targets.all()] == ["first", BITCOIN]


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


def test_an_exercise_is_shown_as_one_to_whoever_decides(house, now, sign_in):
    """A training agency can do everything, and an analyst must not give out a real user's data for it."""
    drill = make_agency("drill", now=now, domain="drill.example", is_training=True)
    people = replace(
        house,
        officer=make_person("driller", Role.OFFICER, drill, now=now),
        supervisor=make_person("trainer", Role.SUPERVISOR, drill, now=now),
    )
    exercise, real = claimed(people, now), claimed(house, now)
    client = sign_in(house.analyst)
    for name in ("requests-view", "requests-decide"):
        assert "Give out nothing about a real user" in client.get(at(name, exercise)).text
        assert "Give out nothing about a real user" not in client.get(at(name, real)).text
    assert client.get(reverse("requests-list")).text.count("Training") == 1
