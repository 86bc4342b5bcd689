"""Attach, detach and read a document. Reading is an act too: who opened what is in the audit trail."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from casesupport import events
from casesupport.intake.flows import locked
from casesupport.lifecycle import LIFECYCLE, RequestStatus
from casesupport.models import CaseRequest, Document
from portal.access import check
from portal.audit import record
from portal.documents import store
from portal.documents.accept import Accepted
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible

MAX_DOCUMENTS = 50


def attach(
    request_id: UUID, *, actor: Actor, now: datetime, document: Accepted, is_instrument: bool = False
) -> Document:
    """Keep the file and bind its SHA-256; `is_instrument`: it is the order or letter itself.

    The file is stored before the row and removed if the row does not come to be. What a crash between
    the two leaves is swept (portal.documents.tasks).
    """
    kept = store.keep(document.file)
    try:
        return _attach(
            request_id, actor=actor, now=now, document=document, kept=kept, is_instrument=is_instrument
        )
    except BaseException:
        store.discard(kept.path)
        raise


@transaction.atomic
def _attach(
    request_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    document: Accepted,
    kept: store.Kept,
    is_instrument: bool,
) -> Document:
    case_request = locked(request_id, actor)
    check(actor, "requests.attach", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "attach")
    if case_request.documents.count() >= MAX_DOCUMENTS:
        raise Invalid({"document": [_("At most %(count)d documents.") % {"count": MAX_DOCUMENTS}]})
    attached = Document.objects.create(
        case_request=case_request,
        name=document.name,
        path=kept.path,
        size=kept.size,
        sha256=kept.sha256,
        content_type=document.content_type,
        uploaded_by_id=actor.as_person(),
        uploaded_at=now,
    )
    if is_instrument and case_request.status == RequestStatus.DRAFT:
        case_request.legal_process.document = attached
        case_request.legal_process.save(update_fields=["document"])
    _touch(case_request, now)
    record(
        events.ATTACHED, actor=actor, subject=case_request, at=now,
        data={
            "document": str(attached.pk), "sha256": kept.sha256, "size": kept.size,
            "instrument": is_instrument,
        },
    )  # fmt: skip
    return attached


@transaction.atomic
def detach(document_id: UUID, *, actor: Actor, now: datetime) -> CaseRequest:
    """Take a document out of a draft: the row goes with this transaction, the file after its commit."""
    attached = visible(document_id, actor)
    case_request = locked(attached.case_request_id, actor)
    check(actor, "requests.detach", case_request)
    case_request.status = LIFECYCLE.after(RequestStatus(case_request.status), "detach")
    attached = _still_there(case_request, document_id)
    if case_request.legal_process.document_id == attached.pk:
        case_request.legal_process.document = None
        case_request.legal_process.save(update_fields=["document"])
    sha256, path = attached.sha256, attached.path
    attached.delete()
    _touch(case_request, now)
    transaction.on_commit(lambda: store.discard(path))
    record(
        events.DETACHED, actor=actor, subject=case_request, at=now,
        data={"document": str(document_id), "sha256": sha256},
    )  # fmt: skip
    return case_request


@transaction.atomic
def read(document_id: UUID, *, actor: Actor, now: datetime) -> Document:
    """The document to be given out; refuses bytes that are not those that were attached."""
    document = visible(document_id, actor)
    check(actor, "requests.read_document", document)
    if not store.holds(document.path, document.sha256):
        raise Invalid(_("The stored file does not match its SHA-256. Tell the exchange."))
    record(
        events.READ, actor=actor, subject=document, at=now,
        data={"case_request": str(document.case_request_id), "sha256": document.sha256},
    )  # fmt: skip
    return document


def kept() -> Iterable[str]:
    """The files that case requests name."""
    return Document.objects.values_list("path", flat=True)


def visible(document_id: UUID, actor: Actor) -> Document:
    document = (
        Document.objects.filter(pk=document_id, case_request__in=CaseRequest.objects.visible_to(actor))
        .select_related("case_request")
        .first()
    )
    if document is None:
        raise NotVisible
    return document


def _still_there(case_request: CaseRequest, document_id: UUID) -> Document:
    """Once the case request is locked, nobody else can take it away."""
    document = case_request.documents.filter(pk=document_id).first()
    if document is None:
        raise NotVisible
    return document


def _touch(case_request: CaseRequest, now: datetime) -> None:
    """A draft's documents belong to what its submitter checks, so a change of them is a new revision."""
    if case_request.status == RequestStatus.DRAFT:
        case_request.revision += 1
    case_request.changed_at = now
    case_request.save(update_fields=["revision", "changed_at"])
