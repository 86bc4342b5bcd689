"""The second wall: with every filter forgotten, PostgreSQL still shows and takes only what is the actor's."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Model, ProtectedError
from django.test import Client
from psycopg.errors import FeatureNotSupported

from benchmarks.serving import free_port, granian, running
from casesupport.intake import flows as intake
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest, Document, LegalProcess, Message, Target
from casesupport.models.caserequest import CaseRequestQuerySet
from portal.access import scope_of
from portal.database.scope import NOTHING, scoped
from portal.documents.tasks import sweep
from portal.kernel.actor import Actor
from portal.kernel.identifiers import new_id
from tests.casesupport.cases import asked, at, attached, claimed, content, drafted, submitted
from tests.people import House, open_session

pytestmark = pytest.mark.django_db
TABLES: tuple[type[Model], ...] = (CaseRequest, Document, LegalProcess, Message, Target)
DENIED = "42501"


def seen(scope: Any) -> dict[str, int]:
    """How many rows of each table are found without any filter."""
    with scope:
        return {model.__name__: model._default_manager.count() for model in TABLES}


@pytest.fixture
def case_request(house: House, now: Any) -> CaseRequest:
    """One at the exchange, with a row in every table."""
    return asked(house, now)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        act()
    return str(refusal.value.__cause__.sqlstate)  # type: ignore[union-attr]


class TestReading:
    def test_without_a_scope_there_is_nothing(self, case_request: CaseRequest) -> None:
        assert all(seen(scope_of(Actor.system("test"))).values())
        assert not any(seen(scoped(NOTHING)).values())

    @pytest.mark.parametrize(
        "nonsense",
        ["agency:", "agency", "AGENCY:{id}", "{id}", "system ", "%", "exchange%", "agency:%", "'", "null"],
    )
    def test_a_scope_that_nobody_has_shows_nothing(self, house: House, now: Any, nonsense: str) -> None:
        drafted(house, now)
        try:
            found = seen(scoped(nonsense.format(id=house.ours.pk)))
        except DatabaseError as refusal:
            assert "uuid" in str(refusal)  # no id at all: PostgreSQL refuses to compare
        else:
            assert not any(found.values())

    def test_another_agency_finds_nothing_even_where_every_filter_is_forgotten(
        self, house: House, case_request: CaseRequest
    ) -> None:
        assert not any(seen(scope_of(house.outsider)).values())
        assert all(seen(scope_of(house.officer)).values())

    def test_the_exchange_finds_no_draft_and_a_reviewer_nothing(self, house: House, now: Any) -> None:
        attached(drafted(house, now), house, now)
        waiting = submitted(house, now, "freeze")
        assert waiting.status == RequestStatus.AWAITING_COSIGNATURE
        for actor in (house.analyst, house.lead, house.auditor, house.reviewer):
            assert not any(seen(scope_of(actor)).values()), actor
        submitted(house, now)
        assert seen(scope_of(house.analyst))["CaseRequest"] == 1
        assert not any(seen(scope_of(house.reviewer)).values())

    def test_what_is_in_quarantine_is_found_by_those_who_oversee(self, house: House, now: Any) -> None:
        draft = drafted(house, now)
        CaseRequest.objects.filter(pk=draft.pk).update(quarantined_at=now)
        for actor, rows in ((house.lead, 1), (house.auditor, 1), (house.analyst, 0), (house.outsider, 0)):
            assert seen(scope_of(actor))["CaseRequest"] == rows, actor
            assert bool(seen(scope_of(actor))["Target"]) is bool(rows), actor

    def test_the_wall_never_hides_what_the_first_one_shows(self, house: House, now: Any) -> None:
        draft, _, _ = drafted(house, now), submitted(house, now, "freeze"), asked(house, now)
        CaseRequest.objects.filter(pk=draft.pk).update(quarantined_at=now)
        people = [getattr(house, name) for name in House.__slots__ if name not in ("ours", "other")]
        for actor in [*people, Actor.system("test"), Actor.anonymous()]:
            expected = set(CaseRequest.objects.visible_to(actor).values_list("pk", flat=True))
            with scope_of(actor):
                assert set(CaseRequest.objects.values_list("pk", flat=True)) == expected, actor
                assert set(Target.objects.values_list("case_request_id", flat=True)) == expected, actor

    def test_a_join_from_outside_and_a_copy_are_filtered_too(
        self, house: House, case_request: CaseRequest
    ) -> None:
        with scope_of(house.outsider), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM portal_agency a JOIN casesupport_caserequest r ON r.agency_id = a.id"
            )
            assert cursor.fetchone() == (0,)
            with cursor.copy("COPY casesupport_target TO STDOUT") as rows:
                assert list(rows) == []
            cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'casesupport%caserequest'")
            assert cursor.fetchone() == (0,)


class TestWriting:
    def test_nothing_is_begun_for_another_agency(self, house: House, case_request: CaseRequest) -> None:
        def begin(**options: Any) -> None:
            copy = CaseRequest(
                reference=str(new_id())[:24], agency=house.ours, type="information",
                created_by_id=house.officer.person_id, created_at=case_request.created_at,
                changed_at=case_request.changed_at, **options,
            )  # fmt: skip
            copy.save(force_insert=True)

        for actor in (house.outsider, house.reviewer, house.analyst, house.lead, Actor.anonymous()):
            with scope_of(actor):
                assert refused(begin) == DENIED, actor
        with scope_of(house.lead):
            sent = {"status": "submitted", "submitted_at": case_request.submitted_at}
            assert refused(lambda: begin(**sent)) == DENIED
            assert refused(lambda: begin(quarantined_at=case_request.submitted_at)) == DENIED
        with scope_of(house.officer):
            begin()

    def test_changing_and_removing_touch_no_row_of_another_agency(self, house: House, now: Any) -> None:
        draft = drafted(house, now)
        attached(draft, house, now)
        with scope_of(house.outsider):
            assert CaseRequest.objects.filter(pk=draft.pk).update(offence="x") == 0
            assert CaseRequest.objects.filter(pk=draft.pk).select_for_update().first() is None
            for model in (Document, LegalProcess, Target):
                assert model._base_manager.filter(case_request=draft)._raw_delete("default") == 0, model  # type: ignore[attr-defined]
            assert LegalProcess.objects.update(authority="x") == Target.objects.update(comment="x") == 0
        draft.refresh_from_db()
        assert draft.offence != "x" and draft.targets.count() == 2 and draft.documents.count() == 1

    def test_a_row_is_not_moved_to_another_agency_or_case_request(self, house: House, now: Any) -> None:
        theirs, ours = drafted(house, now), _of_other(house, now)
        with scope_of(house.outsider):
            mine = CaseRequest.objects.filter(pk=ours.pk)
            assert refused(lambda: mine.update(agency_id=house.ours.pk)) in (DENIED, "P0001")
            process = LegalProcess.objects.filter(case_request=ours)
            assert refused(lambda: process.update(case_request_id=theirs.pk)) == DENIED

    def test_nothing_is_added_to_a_case_request_of_another_agency(
        self, house: House, case_request: CaseRequest
    ) -> None:
        """And whether there is one by that id stays unsaid: the answer is the same."""

        def say(request_id: Any) -> None:
            Message.objects.create(
                case_request_id=request_id, kind="answer", author_id=house.outsider.person_id, body="x",
                at=case_request.changed_at,
            )  # fmt: skip

        with scope_of(house.outsider):
            assert refused(lambda: say(case_request.pk)) == refused(lambda: say(new_id())) == DENIED

    def test_a_copy_into_a_table_is_refused(self, house: House, case_request: CaseRequest) -> None:
        with (
            scope_of(house.officer),
            pytest.raises(FeatureNotSupported),
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy("COPY casesupport_message FROM STDIN"),
        ):
            pass

    def test_checks_of_references_see_every_row(self, house: House, case_request: CaseRequest) -> None:
        """They are PostgreSQL's own: what another scope hides still holds what it stands on."""
        with scope_of(house.reviewer), pytest.raises((DatabaseError, ProtectedError)), transaction.atomic():
            house.ours.delete()
            connection.check_constraints()

    def test_the_exchange_works_on_what_it_sees(self, house: House, now: Any) -> None:
        case_request = claimed(house, now)
        with scope_of(house.analyst):
            Message.objects.create(
                case_request=case_request,
                kind="question",
                author_id=house.analyst.person_id,
                body="?",
                at=now,
            )
            assert CaseRequest.objects.filter(pk=case_request.pk).update(changed_at=now) == 1


def _of_other(house: House, now: Any) -> CaseRequest:
    return intake.create(actor=house.outsider, now=now, type="information", content=content())


class TestAPage:
    def test_of_another_agency_is_404_though_visible_to_lets_everything_through(
        self, house: House, case_request: CaseRequest, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(CaseRequestQuerySet, "visible_to", lambda self, actor: self)
        document = case_request.documents.get()
        addresses = [at("requests-view", case_request), at("requests-document", case_request, document.pk)]
        for who in (house.outsider, house.reviewer):
            browser = sign_in(who)
            assert [browser.get(address).status_code for address in addresses] == [404, 404]
        browser = sign_in(house.officer)
        assert [browser.get(address).status_code for address in addresses] == [200, 200]

    def test_streams_the_document_after_the_scope_has_ended(
        self, house: House, case_request: CaseRequest, sign_in: Any
    ) -> None:
        answer = sign_in(house.officer).get(
            at("requests-document", case_request, case_request.documents.get().pk)
        )
        assert b"".join(answer.streaming_content).startswith(b"%PDF")

    def test_costs_two_settings_of_the_session_and_no_query(
        self, house: House, case_request: CaseRequest, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = sign_in(house.officer)
        browser.get(at("requests-view", case_request))
        told: list[str] = []
        real = connection._follow_scope  # type: ignore[attr-defined]

        def counted() -> None:
            before = connection._told  # type: ignore[attr-defined]
            real()
            if connection._told != before:  # type: ignore[attr-defined]
                told.append(str(connection._told))  # type: ignore[attr-defined]

        monkeypatch.setattr(connection, "_follow_scope", counted)
        assert browser.get(at("requests-view", case_request)).status_code == 200
        assert told == [f"agency:{house.ours.pk}", "None"]


@pytest.mark.django_db(transaction=True)
def test_the_sweep_knows_every_document_though_no_scope_is_given(house: House, now: Any) -> None:
    document = attached(drafted(house, now), house, now)
    with scoped(NOTHING):
        assert sweep(older_than_seconds=-timedelta(hours=1).total_seconds()) == 0
    assert (Path(settings.MEDIA_ROOT) / document.path).exists()


@pytest.fixture
def forgetful(transactional_db: None, server_environment: Any, tmp_path: Path) -> Iterator[str]:
    """A real server with few threads, in which visible_to hides nothing."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = granian("tests.casesupport.forgetful:application", port, 2)
    with running(command, f"{url}/livez", {}, tmp_path / "web.log"):
        yield url


def test_two_agencies_and_the_exchange_share_threads_and_connections_and_nothing_else(
    forgetful: str, house: House, now: Any
) -> None:
    theirs, ours, sent = drafted(house, now), _of_other(house, now), submitted(house, now)
    expected = {
        house.officer: {theirs.reference, sent.reference},
        house.outsider: {ours.reference},
        house.analyst: {sent.reference},
    }
    everything = set().union(*expected.values())
    cookies = {}
    for actor in expected:
        browser = Client()
        open_session(browser, actor)
        cookies[actor] = {name: morsel.value for name, morsel in browser.cookies.items()}

    def ask(actor: Actor, number: int) -> tuple[Actor, set[str]]:
        # Every third one dies in the middle, for the scope must not outlive an error either.
        page = f"/requests/{theirs.pk}/" if number % 3 == 0 else "/requests/"
        answer = httpx.get(f"{forgetful}{page}", cookies=cookies[actor], timeout=30)
        assert answer.status_code in (200, 404), answer.text[:500]
        return actor, {reference for reference in everything if reference in answer.text}

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(ask, actor, number) for number in range(60) for actor in expected]
        for job in jobs:
            actor, found = job.result()
            assert found <= expected[actor], actor.label
        whole = [job.result() for job in jobs if len(job.result()[1]) == len(expected[job.result()[0]])]
    assert len(whole) >= 120
