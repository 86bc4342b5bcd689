"""What nobody sent or confirmed in time is deleted with its files, to the second and no sooner."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from portal.agencies.application.forgetting import flows
from portal.agencies.application.forgetting.tasks import forget
from portal.documents import store
from portal.documents.tasks import sweep
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, NotVisible, WrongState
from portal.models import Agency, AgencyApplication, ApplicationDocument, AuditEvent
from portal.models.application import CONFIRM_DAYS, DRAFT_HOURS
from tests.people import House
from tests.portal.agencies.application.applying import STRANGER, begun, confirmed, sent

SYSTEM = Actor.system("forget-applications")


def file_of(application: AgencyApplication) -> Path:
    return Path(settings.MEDIA_ROOT) / application.documents.get().path


@pytest.mark.django_db(transaction=True)
def test_an_unconfirmed_application_goes_with_its_files_and_leaves_a_trace(now: Any) -> None:
    application = sent(now)
    place, end = file_of(application), now + timedelta(days=CONFIRM_DAYS)
    assert place.exists()
    with pytest.raises(WrongState):
        flows.forget(application.pk, actor=SYSTEM, now=end - timedelta(seconds=1))
    flows.forget(application.pk, actor=SYSTEM, now=end)
    assert not AgencyApplication.objects.exists()
    assert not place.exists()
    event = AuditEvent.objects.latest("seq")
    assert (event.event, event.actor_id) == ("applications.forgotten", "forget-applications")
    with pytest.raises(NotVisible):
        flows.forget(application.pk, actor=SYSTEM, now=end)


@pytest.mark.django_db(transaction=True)
def test_a_draft_goes_after_a_day_without_a_trace(now: Any) -> None:
    application = begun(now)
    place = file_of(application)
    flows.forget(application.pk, actor=SYSTEM, now=now + timedelta(hours=DRAFT_HOURS))
    assert not place.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_confirmed_application_is_never_forgotten(now: Any) -> None:
    application = confirmed(now).application
    with pytest.raises(WrongState):
        flows.forget(application.pk, actor=SYSTEM, now=now + timedelta(days=1000))


@pytest.mark.django_db
def test_nobody_but_the_job_forgets(house: House, now: Any) -> None:
    application, late = sent(now), now + timedelta(days=8)
    for person in (STRANGER, house.officer, house.supervisor):
        with pytest.raises(NotVisible):
            flows.forget(application.pk, actor=person, now=late)
    for person in (house.lead, house.auditor):
        with pytest.raises(Forbidden):
            flows.forget(application.pk, actor=person, now=late)


@pytest.mark.django_db(transaction=True)
def test_the_daily_job_takes_what_is_due_and_nothing_else() -> None:
    now = timezone.now()
    due = [sent(now - timedelta(days=8)), begun(now - timedelta(days=2))]
    stays = [sent(now), begun(now), confirmed(now, supervisor_email="b@politiet-no.example").application]
    assert forget() == len(due)
    assert set(AgencyApplication.objects.values_list("pk", flat=True)) == {each.pk for each in stays}
    assert Agency.objects.count() == 1
    assert forget() == 0


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_and_the_broom_at_once_do_not_tear_it(now: Any, at_once: Any) -> None:
    from portal.agencies.application.flows import confirm
    from tests.portal.agencies.application.applying import linked

    application = sent(now)
    token, end = linked(application), now + timedelta(days=CONFIRM_DAYS)
    at_once(
        lambda: confirm(token, actor=STRANGER, now=end - timedelta(seconds=1)),
        lambda: flows.forget(application.pk, actor=SYSTEM, now=end),
    )
    left = AgencyApplication.objects.first()
    assert Agency.objects.count() == (1 if left else 0)
    assert ApplicationDocument.objects.count() == (1 if left else 0)


@pytest.mark.django_db
def test_the_broom_of_files_knows_documents_of_applications(now: Any) -> None:
    place = file_of(begun(now))
    orphan = store.keep(ContentFile(b"left by a crash"))
    sweep(older_than_seconds=-5)
    assert place.exists()
    assert not (Path(settings.MEDIA_ROOT) / orphan.path).exists()
