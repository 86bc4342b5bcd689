"""Opening a document of an application. Reading is an act too, and nobody judges what was not read."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_standing
from portal.agencies.vetting import events
from portal.audit import record
from portal.documents import store
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import AgencyApplication, ApplicationDocument


@transaction.atomic
def read_document(agency_id: UUID, document_id: UUID, *, actor: Actor, now: datetime) -> ApplicationDocument:
    """The document to be given out; refuses bytes that are not those that were sent."""
    document = ApplicationDocument.objects.filter(
        pk=document_id,
        application__in=AgencyApplication.objects.visible_to(actor).filter(agency=agency_id),
    ).first()
    if document is None:
        raise NotVisible
    hold_standing(actor)
    check(actor, "agencies.read_document", document)
    if not store.holds(document.path, document.sha256):
        raise Invalid(_("The stored file does not match its SHA-256. Do not rely on it."))
    data = {"agency": str(agency_id), "sha256": document.sha256}
    record(events.DOCUMENT_READ, actor=actor, subject=document, at=now, data=data)
    return document
