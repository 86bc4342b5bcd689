"""An applicant reaches the own documents, staff may read them, and PostgreSQL sees to it."""

from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.access import scope_of, scope_of_applicant
from portal.agencies.application.forgetting.tasks import forget
from portal.database.scope import NOTHING, scoped
from portal.kernel.identifiers import new_id
from portal.models import AgencyApplication, ApplicationDocument
from tests.people import House
from tests.portal.agencies.application.applying import begun

pytestmark = pytest.mark.django_db


def seen(scope: AbstractContextManager[None]) -> int:
    with scope:
        return ApplicationDocument.objects.count()


def test_without_a_scope_and_for_every_agency_there_is_no_document(house: House, now: Any) -> None:
    begun(now)
    assert seen(scoped(NOTHING)) == seen(scope_of(house.officer)) == seen(scope_of(house.supervisor)) == 0


def test_an_applicant_reaches_the_own_documents_alone(now: Any) -> None:
    mine, other = begun(now, documents=2), begun(now)
    with scope_of_applicant(mine.pk):
        assert ApplicationDocument.objects.count() == 2
        assert ApplicationDocument.objects.filter(application=other).delete() == (0, {})
    assert seen(scope_of_applicant(other.pk)) == 1
    assert seen(scope_of_applicant(new_id())) == 0


def test_nobody_but_the_applicant_adds_one(house: House, now: Any) -> None:
    mine = begun(now, documents=0)

    def add() -> None:
        with transaction.atomic():
            ApplicationDocument.objects.create(
                application=mine, name="x.pdf", path=str(new_id()), size=1, sha256="0" * 64,
                content_type="application/pdf", uploaded_at=now,
            )  # fmt: skip

    others = [scope_of(house.reviewer), scope_of(house.lead), scope_of(house.officer), scoped(NOTHING)]
    for scope in [*others, scope_of_applicant(new_id())]:
        with scope, pytest.raises(DatabaseError, match="row-level security"):
            add()
    with scope_of_applicant(mine.pk):
        add()


def test_the_exchange_reads_and_removes_nothing(house: House, now: Any) -> None:
    begun(now)
    for actor in (house.reviewer, house.analyst, house.lead, house.auditor):
        with scope_of(actor), connection.cursor() as cursor:
            assert ApplicationDocument.objects.count() == 1
            cursor.execute("DELETE FROM portal_applicationdocument")
            assert cursor.rowcount == 0


@pytest.mark.django_db(transaction=True)
def test_the_job_that_forgets_needs_no_scope_around_it(now: Any) -> None:
    begun(now.replace(year=now.year - 1))
    with scoped(NOTHING):
        assert forget() == 1
    assert not AgencyApplication.objects.exists()
    assert not ApplicationDocument.objects.exists()
