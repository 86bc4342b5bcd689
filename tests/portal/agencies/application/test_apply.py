"""An agency applies: what is sent is in one spelling, frozen, and mailed to an official address alone."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from portal.agencies.application import flows
from portal.agencies.application.content import Given
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import AgencyApplication, ApplicationDocument, AuditEvent
from portal.models.application import MAX_DOCUMENTS, ApplicationStatus
from tests.portal.agencies.application.applying import GIVEN, STRANGER, begun, confirmed, paper, sent

pytestmark = pytest.mark.django_db

OVERRIDE = "Norway \u202eecilop"


def test_it_waits_for_its_confirmation(now: Any) -> None:
    application = sent(now)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.UNCONFIRMED
    assert (application.sent_at, application.agency, application.answers) == (now, None, {})
    event = AuditEvent.objects.get()
    assert (event.event, event.ip) == ("applications.applied", "192.0.2.7")
    assert event.data["documents"] == [application.documents.get().sha256]
    assert GIVEN.supervisor_email not in str(event.data) + event.subject_label


def test_it_is_kept_in_one_spelling(now: Any) -> None:
    application = sent(
        now,
        domains=[
            "",
            " POLITIET-NO.example. ",
            "politiet-no.example",
            "bücher.example",
            "XN--BCHER-KVA.example",
        ],
        supervisor_email=" Ola.Hansen@Politiet-NO.example ",
        name="  Norwegian Police  ",
        regions=["NO-03", "NO", "NO-03"],
        languages=["sv", "en", "sv"],
    )
    assert application.domains == ["politiet-no.example", "xn--bcher-kva.example"]
    assert application.supervisor_email == "ola.hansen@politiet-no.example"
    assert (application.name, application.regions, application.languages) == (
        "Norwegian Police",
        ["NO"],
        ["sv", "en"],
    )


def test_an_international_address_meets_its_domain_in_either_spelling(now: Any) -> None:
    for number, spelling in enumerate(("bücher.example", "xn--bcher-kva.example")):
        application = sent(now, domains=["BÜCHER.example"], supervisor_email=f"a{number}@{spelling}")
        assert application.supervisor_email == f"a{number}@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \t "),
        ("name", "x" * 161),
        ("name", "x" * 100_000),
        ("name", OVERRIDE),
        ("name", "Police\r\nBcc: everyone@example.org"),
        ("name", "Police\x00"),
        ("local_language", "tlh"),
        ("country", ""),
        ("country", "XX"),
        ("country", "NO-03"),
        ("regions", []),
        ("regions", ["SE"]),
        ("regions", ["NO", "SE-AB"]),
        ("regions", ["<script>"]),
        ("languages", []),
        ("languages", ["tlh"]),
        ("time_zone", ""),
        ("time_zone", "Mars/Olympus"),
        ("domains", []),
        ("domains", ["", "  "]),
        ("domains", ["gov.uk"]),
        ("domains", ["police.uk"]),
        ("domains", ["github.io"]),
        ("domains", ["gmail.com"]),
        ("domains", ["Mailinator.com."]),
        ("domains", ["politiet-no.example:443"]),
        ("domains", ["https://politiet-no.example"]),
        ("domains", ["officer@politiet-no.example"]),
        ("domains", ["127.0.0.1"]),
        ("domains", ["localhost"]),
        ("domains", [f"a{number}.example" for number in range(6)]),
        ("domains", ["x y.example"] * 10_000),
        ("website", ""),
        ("website", "javascript:alert(1)"),
        ("website", "JaVaScRiPt://politiet-no.example/%0aalert(1)"),
        ("website", "data:text/html,x"),
        ("website", "ftp://politiet-no.example"),
        ("website", "//politiet-no.example"),
        ("website", "https://politiet-no.example@evil.example/"),
        ("website", "https://127.0.0.1/"),
        ("website", "https://localhost/"),
        ("website", "https://a.example/\r\nX: y"),
        ("website", f"https://a.example/{'x' * 300}"),
        ("switchboard", ""),
        ("switchboard", "call me"),
        ("switchboard", "12"),
        ("switchboard", "\u202e0009532374+"),
        ("switchboard", "1" * 41),
        ("switchboard_source", "see our website"),
        ("head_name", ""),
        ("head_post", OVERRIDE),
        ("supervisor_name", "Ola\nHansen"),
        ("supervisor_email", ""),
        ("supervisor_email", "ola.hansen"),
        ("supervisor_email", "ola.hansen@gmail.com"),
        ("supervisor_email", "ola.hansen@mail.politiet-no.example"),
        ("supervisor_email", "ola.hansen@politiet-no.example.evil.example"),
        ("supervisor_email", "ola.hansen@polіtiet-no.example"),  # a Cyrillic i
        ("supervisor_email", "a@evil.example,ola.hansen@politiet-no.example"),
        ("supervisor_email", '"a@evil.example\n"@politiet-no.example'),
        ("supervisor_email", "ola@politiet-no.example\r\nBcc: a@evil.example"),
        ("supervisor_email", f"{'x' * 65}@politiet-no.example"),
        ("purpose", ""),
        ("purpose", "x" * 4001),
        ("purpose", OVERRIDE),
    ],
)
def test_what_does_not_do_is_refused_by_field_and_keeps_the_draft(now: Any, field: str, value: Any) -> None:
    application = begun(now)
    given = replace(GIVEN, **{field: value})
    with pytest.raises(Invalid) as refused:
        flows.apply(application.pk, actor=STRANGER, now=now, given=given)
    assert field in refused.value.errors
    assert all(len(str(text)) < 300 for texts in refused.value.errors.values() for text in texts)
    assert len(refused.value.errors[field]) <= 6
    application.refresh_from_db()
    assert application.status == ApplicationStatus.DRAFT
    assert not AuditEvent.objects.exists()


def test_a_name_in_the_own_language_comes_with_its_language(now: Any) -> None:
    assert set(replace(GIVEN, local_name="警察").wrong(["local_name", "local_language"])) == {
        "local_language"
    }
    assert set(replace(GIVEN, local_language="sv").wrong(["local_name", "local_language"])) == {"local_name"}


def test_without_a_document_nothing_is_sent(now: Any) -> None:
    with pytest.raises(Invalid) as refused:
        flows.apply(begun(now, documents=0).pk, actor=STRANGER, now=now, given=GIVEN)
    assert "document" in refused.value.errors


def test_a_draft_is_sent_once(now: Any) -> None:
    application = sent(now)
    with pytest.raises(WrongState):
        flows.apply(application.pk, actor=STRANGER, now=now, given=GIVEN)


@pytest.mark.django_db(transaction=True)
def test_of_two_sendings_at_once_one_counts(now: Any, at_once: Any) -> None:
    application = begun(now)
    results = at_once(
        *[lambda: flows.apply(application.pk, actor=STRANGER, now=now, given=GIVEN)] * 2,
    )
    assert sorted(type(each).__name__ for each in results) == ["AgencyApplication", "WrongState"]


def test_after_sending_nothing_of_the_draft_moves(now: Any) -> None:
    application = sent(now)
    document = application.documents.get()
    with pytest.raises(WrongState):
        flows.save(application.pk, "agency", {"name": "Other"})
    with pytest.raises(WrongState):
        flows.attach(application.pk, now=now, document=paper())
    with pytest.raises(WrongState):
        flows.detach(application.pk, document.pk)
    assert application.documents.get() == document


def test_a_document_leaves_its_own_draft_only(now: Any) -> None:
    ours, theirs = begun(now), begun(now)
    with pytest.raises(NotVisible):
        flows.detach(ours.pk, theirs.documents.get().pk)
    assert theirs.documents.count() == 1


def test_a_draft_holds_so_many_documents(now: Any) -> None:
    application = begun(now, documents=MAX_DOCUMENTS)
    with pytest.raises(Invalid):
        flows.attach(application.pk, now=now, document=paper())
    assert application.documents.count() == MAX_DOCUMENTS


def test_strangers_fill_no_disk(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "MOST_BYTES", 2 * paper().size)
    confirmed(now)  # what is confirmed no longer counts
    begun(now, documents=2)
    with pytest.raises(Invalid) as refused:  # no_room
        begun(now)
    assert "document" in refused.value.errors


def test_answers_too_long_to_keep_are_not_kept_and_do_no_harm(now: Any) -> None:
    application = begun(now)
    flows.save(application.pk, "agency", {"name": "Kept\x00 \ud800"})
    flows.save(application.pk, "agency", {"name": "x" * 100_000})
    application.refresh_from_db()
    assert application.answers == {"agency": {"name": "Kept\ufffd \ufffd"}}


def test_the_database_refuses_what_a_flow_never_does(now: Any) -> None:
    draft = begun(now)
    for change in (
        {"status": "unconfirmed"},
        {"status": "unconfirmed", "sent_at": now},
        {"status": "confirmed"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            AgencyApplication.objects.filter(pk=draft.pk).update(**change)
    application = sent(now)
    with pytest.raises(DatabaseError), transaction.atomic():
        ApplicationDocument.objects.filter(application=application).update(sha256="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        ApplicationDocument.objects.create(
            application=application, name="x", path="x", size=1, sha256="0", content_type="x", uploaded_at=now
        )


def test_an_address_beside_the_domains_is_refused_by_the_database_too(now: Any) -> None:
    draft = begun(now)
    values = {"name": "x", "country": "NO", "switchboard": "123", "domains": ["a.example"], "sent_at": now}
    for email in ("a@b.example", "A@a.example", "a.example", ""):
        with pytest.raises(DatabaseError), transaction.atomic():
            AgencyApplication.objects.filter(pk=draft.pk).update(
                status="unconfirmed", supervisor_email=email, **values
            )


def test_a_known_domain_is_told_nothing_else(now: Any) -> None:
    confirmed(now)
    again = sent(now, supervisor_email="b@politiet-no.example")
    assert again.status == ApplicationStatus.UNCONFIRMED


def test_every_answer_has_a_rule_or_needs_none() -> None:
    from portal.agencies.application.content import RULES

    assert set(Given.__slots__) - set(RULES) == {"is_training"}
