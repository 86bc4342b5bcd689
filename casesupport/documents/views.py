"""Adding, removing and opening a document of a case request."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from casesupport.documents import flows
from casesupport.pages import found
from casesupport.views import page_of_request
from portal.access import requires
from portal.documents.forms import DocumentForm
from portal.documents.serve import response_for
from portal.kernel.errors import Invalid, NotVisible


@require_POST
@requires("requests.attach")
def attach(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    case_request = found(request_id, actor, "requests.attach", "attach")
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            attached = flows.attach(
                request_id, actor=actor, now=timezone.now(), document=form.cleaned_data["document"]
            )
        except Invalid as refused:
            form.add_error(None, [str(text) for texts in refused.errors.values() for text in texts])
        else:
            messages.success(request, _("“%(name)s” is attached.") % {"name": attached.name})
            return redirect("requests-view", request_id)
    return page_of_request(request, case_request, form)


@require_safe
@requires("requests.read_document")
def read(request: HttpRequest, request_id: UUID, document_id: UUID) -> HttpResponseBase:
    actor = request.actor  # type: ignore[attr-defined]
    if flows.visible(document_id, actor).case_request_id != request_id:
        raise NotVisible
    return response_for(flows.read(document_id, actor=actor, now=timezone.now()))


@require_POST
@requires("requests.detach")
def detach(request: HttpRequest, request_id: UUID, document_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    if flows.visible(document_id, actor).case_request_id != request_id:
        raise NotVisible
    flows.detach(document_id, actor=actor, now=timezone.now())
    messages.success(request, _("The document is removed from the draft."))
    return redirect("requests-view", request_id)
