"""Delete one application that its term has passed by."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from portal.access import check
from portal.agencies.application import events
from portal.audit import record
from portal.documents import store
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible, WrongState
from portal.models import AgencyApplication
from portal.models.application import ApplicationStatus


@transaction.atomic
def forget(application_id: UUID, *, actor: Actor, now: datetime) -> None:
    """With its files. Raises WrongState for what is confirmed, and for what is not due."""
    application = (
        AgencyApplication.objects.visible_to(actor).select_for_update().filter(pk=application_id).first()
    )
    if application is None:
        raise NotVisible
    check(actor, "applications.forget")
    if not AgencyApplication.objects.forgotten_at(now).filter(pk=application_id).exists():
        raise WrongState
    paths = list(application.documents.values_list("path", flat=True))
    if application.status != ApplicationStatus.DRAFT:
        record(events.FORGOTTEN, actor=actor, subject=application, at=now, data={"documents": len(paths)})
    application.delete()
    for path in paths:
        transaction.on_commit(partial(store.discard, path))
