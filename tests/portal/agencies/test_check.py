"""The checks that a person logs: call-back, documents, flags; and the comparisons behind the flags."""

from datetime import timedelta
from typing import Any

import pytest

from portal.agencies.vetting.checks import flows
from portal.agencies.vetting.documents.flows import read_document
from portal.documents import store
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Stale
from portal.models import Agency, AuditEvent
from portal.models.vetting import CheckKind
from tests.people import House
from tests.portal.agencies.vettings import (
    called,
    in_vetting,
    judged,
    list_of,
    with_application,
)

pytestmark = pytest.mark.django_db
HOSTILE = ["a\x00b", "a\u202eb", "\ud800", "x" * 100_000]


def state(agency: Agency, kind: str, subject: str = "") -> str:
    item = list_of(agency).item(kind, subject)
    assert item is not None
    return item.state


def test_a_call_is_logged_with_whom_and_when(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    row = called(agency, house.reviewer, now, spoke_to="Sgt Lim, duty desk", note="Put through at once.")
    assert (row.result, row.person_id, row.note) == (
        "passed",
        house.reviewer.person_id,
        "Put through at once.",
    )
    assert row.evidence == {
        "number": agency.switchboard, "source": agency.switchboard_source, "published": True,
        "outcome": "confirmed", "called_at": now.isoformat(), "spoke_to": "Sgt Lim, duty desk",
    }  # fmt: skip
    event = AuditEvent.objects.filter(event="agencies.checked").latest("seq")
    assert (event.actor_id, event.subject_id, event.why) == (
        house.reviewer.id,
        str(agency.pk),
        "Put through at once.",
    )
    assert "Lim" not in str(event.data)


@pytest.mark.parametrize("outcome", ["denied", "no_answer"])
def test_a_call_that_confirms_nothing_fails(house: House, now: Any, outcome: str) -> None:
    agency = in_vetting(house, now)
    called(agency, house.reviewer, now, outcome=outcome, note="Unknown there.", is_published=False)
    assert state(agency, CheckKind.SWITCHBOARD) == "failed"


def test_only_the_number_of_the_application_counts(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(Stale):
        called(agency, house.reviewer, now, number="+65 9999 9999")
    assert state(agency, CheckKind.SWITCHBOARD) == "open"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"is_published": False}, "is_published"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "perhaps"}, "outcome"),
        ({"spoke_to": "  "}, "spoke_to"),
        ({"spoke_to": "x" * 161}, "spoke_to"),
        ({"spoke_to": "one\ntwo"}, "spoke_to"),
        ({"outcome": "denied", "note": ""}, "note"),
        *[({"note": text}, "note") for text in HOSTILE],
        *[({"spoke_to": text}, "spoke_to") for text in HOSTILE],
    ],
)
def test_a_call_that_makes_no_sense_is_refused_by_field(
    house: House, now: Any, changes: dict[str, Any], field: str
) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(Invalid) as refused:
        called(agency, house.reviewer, now, **changes)
    assert field in refused.value.errors
    assert state(agency, CheckKind.SWITCHBOARD) == "open"


def test_a_call_lies_between_the_beginning_and_now(house: House, now: Any) -> None:
    agency = in_vetting(house, now.replace(second=30))
    later = now + timedelta(hours=1)
    for wrong in (later + timedelta(minutes=3), now.replace(second=0) - timedelta(minutes=1)):
        with pytest.raises(Invalid) as refused:
            called(agency, house.reviewer, later, called_at=wrong)
        assert "called_at" in refused.value.errors
    called(agency, house.reviewer, later, called_at=now.replace(second=0))


def test_markup_in_a_note_is_text(house: House, now: Any, sign_in: Any) -> None:
    agency = in_vetting(house, now)
    called(agency, house.reviewer, now, note="<script>alert(1)</script>", spoke_to="<b>Lim</b>")
    page = sign_in(house.reviewer).get(f"/agencies/{agency.pk}/vetting/").text
    assert "<script>alert(1)" not in page
    assert "<b>Lim" not in page
    assert "&lt;script&gt;" in page


def test_a_document_is_judged_by_who_opened_it(house: House, now: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = in_vetting(house, now)
    one, two = with_application(agency, now, b"%PDF-1", b"%PDF-2")
    with pytest.raises(Invalid) as refused:
        flows.judge(agency.pk, actor=house.reviewer, now=now, subject=str(one.pk), result="passed")
    assert "result" in refused.value.errors
    read_document(agency.pk, one.pk, actor=house.lead, now=now)
    with pytest.raises(Invalid):
        flows.judge(agency.pk, actor=house.reviewer, now=now, subject=str(one.pk), result="passed")
    read_document(agency.pk, one.pk, actor=house.reviewer, now=now)
    flows.judge(agency.pk, actor=house.reviewer, now=now, subject=str(one.pk), result="passed")
    assert state(agency, CheckKind.DOCUMENTS, str(one.pk)) == "passed"
    assert state(agency, CheckKind.DOCUMENTS, str(two.pk)) == "open"
    assert list_of(agency).item(CheckKind.DOCUMENTS) is None


def test_a_defective_document_needs_words(house: House, now: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = in_vetting(house, now)
    (document,) = with_application(agency, now, b"%PDF-1")
    read_document(agency.pk, document.pk, actor=house.reviewer, now=now)
    for result, note, field in (
        ("failed", "", "note"),
        ("perhaps", "x", "result"),
        ("flagged", "", "result"),
    ):
        with pytest.raises(Invalid) as refused:
            flows.judge(
                agency.pk, actor=house.reviewer, now=now, subject=str(document.pk), result=result, note=note
            )
        assert field in refused.value.errors


def test_where_no_document_came_somebody_says_why_that_is_enough(house: House, now: Any) -> None:
    agency = in_vetting(house, now)
    with pytest.raises(Invalid):
        flows.judge(agency.pk, actor=house.reviewer, now=now, subject="", result="passed")
    judged(agency, house.reviewer, now)
    assert state(agency, CheckKind.DOCUMENTS) == "passed"
    with pytest.raises(NotVisible):
        flows.judge(agency.pk, actor=house.reviewer, now=now, subject="x", result="passed", note="x")


def test_reading_a_document_is_recorded(house: House, now: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = in_vetting(house, now)
    (document,) = with_application(agency, now, b"%PDF-1")
    read_document(agency.pk, document.pk, actor=house.auditor, now=now)
    event = AuditEvent.objects.get(event="agencies.document_read")
    assert (event.actor_id, event.subject_id, event.data["sha256"]) == (
        house.auditor.id,
        str(document.pk),
        document.sha256,
    )
    assert "letter" not in event.subject_label


def test_a_document_is_read_by_who_vets_and_by_nobody_else(
    house: House, now: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = in_vetting(house, now)
    (document,) = with_application(agency, now, b"%PDF-1")
    for who in ("officer", "supervisor", "outsider"):
        with pytest.raises(NotVisible):
            read_document(agency.pk, document.pk, actor=getattr(house, who), now=now)
    with pytest.raises(Forbidden):
        read_document(agency.pk, document.pk, actor=house.analyst, now=now)
    with pytest.raises(NotVisible):
        read_document(house.ours.pk, document.pk, actor=house.reviewer, now=now)
    store._place(document.path).write_bytes(b"%PDF-changed")
    with pytest.raises(Invalid):
        read_document(agency.pk, document.pk, actor=house.reviewer, now=now)
    assert not AuditEvent.objects.filter(event="agencies.document_read").exists()


def test_a_document_is_given_out_as_an_attachment(
    house: House, now: Any, settings: Any, tmp_path: Any, sign_in: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    agency = in_vetting(house, now)
    (document,) = with_application(agency, now, b"%PDF-1")
    url = f"/agencies/{agency.pk}/vetting/documents/{document.pk}/"
    response = sign_in(house.reviewer).get(url)
    assert b"".join(response.streaming_content) == b"%PDF-1"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
