"""The officer's pages. Each reads the form, calls the flow, and keeps what was typed if it refuses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from casesupport.documents import flows as documents
from casesupport.intake import flows
from casesupport.intake.completeness import missing
from casesupport.intake.content import content_of
from casesupport.intake.forms import AnswerForm, RequestForm, WithdrawForm
from casesupport.lifecycle import RequestStatus
from casesupport.models import CaseRequest
from casesupport.models.caserequest import NEEDS_COSIGNATURE, RequestType
from casesupport.pages import crumbs, found, next_step
from portal.access import cooling_until, requires
from portal.documents.accept import Accepted
from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden, Invalid, Stale

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _cooling(type: str, actor: Actor) -> datetime | None:
    """Until when this person cannot file this type: said before anything is written, not after."""
    return cooling_until(actor, timezone.now()) if type in NEEDS_COSIGNATURE else None


@GET_OR_POST
@requires("requests.create")
def create(request: HttpRequest) -> HttpResponse:
    """First the type, which decides what is asked; then the form of that type."""
    type = request.GET.get("type", "")
    if type not in RequestType.values:
        cooling = cooling_until(_actor(request), timezone.now())
        return render(request, "casesupport/intake/type.html", {"crumbs": crumbs(), "cooling_until": cooling})
    form = RequestForm(type, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            case_request = flows.create(
                actor=_actor(request), now=timezone.now(), type=type, content=form.content()
            )
        except Invalid as refused:
            form.add_errors(refused.errors)
        else:
            return _saved(request, case_request, form.document)
    context = {
        "form": form.ready_to_draw(),
        "crumbs": crumbs(),
        "case_request": None,
        "type_label": RequestType(type).label,
        "cooling_until": _cooling(type, _actor(request)),
    }
    return render(request, "casesupport/intake/edit.html", context, status=_status(request))


@GET_OR_POST
@requires("requests.edit")
def edit(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = _actor(request)
    case_request = found(request_id, actor, "requests.edit", "edit")
    content = content_of(case_request)
    form = RequestForm(
        case_request.type,
        request.POST or None,
        request.FILES or None,
        content,
        has_instrument=case_request.legal_process.document_id is not None,
    )
    revision = _number(request.POST.get("revision")) if request.method == "POST" else case_request.revision
    theirs: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = flows.edit(
                case_request.pk,
                actor=actor,
                now=timezone.now(),
                seen_revision=revision,
                content=form.content(),
            )
        except Invalid as refused:
            form.add_errors(refused.errors)
        except Stale as stale:
            # What was typed stays in the form; theirs stands beside it, and the next save is a decision.
            messages.error(request, str(stale.detail))
            case_request = found(request_id, actor, "requests.edit", "edit")
            theirs, revision = {"case_request": case_request}, case_request.revision
        else:
            return _saved(request, saved, form.document)
    context = {
        "form": form.ready_to_draw(),
        "crumbs": crumbs(case_request),
        "case_request": case_request,
        "type_label": case_request.get_type_display(),
        "revision": revision,
        "theirs": theirs,
        "cooling_until": _cooling(case_request.type, actor),
    }
    return render(
        request, "casesupport/intake/edit.html", context, status=409 if theirs else _status(request)
    )


def _saved(request: HttpRequest, case_request: CaseRequest, document: Accepted | None) -> HttpResponse:
    """Attach what came with the form, then lead on: to the check before submission, or to the page."""
    if document is not None:
        documents.attach(
            case_request.pk, actor=_actor(request), now=timezone.now(), document=document, is_instrument=True
        )
    messages.success(
        request, _("The draft is saved. Its reference is %(reference)s.") % {"reference": case_request}
    )
    page = "requests-submit" if request.POST.get("then") == "submit" else "requests-view"
    return redirect(page, case_request.pk)


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _texts(errors: dict[str, list[Any]]) -> list[str]:
    return [str(text) for texts in errors.values() for text in texts]


@GET_OR_POST
@requires("requests.submit")
def submit(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Check your answers, then send: what is shown is what is sent, or nothing is."""
    actor = _actor(request)
    case_request = found(request_id, actor, "requests.submit", "edit")
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            flows.submit(
                case_request.pk,
                actor=actor,
                now=timezone.now(),
                seen_revision=_number(request.POST.get("revision")),
            )
        except Invalid as refused:
            errors = _texts(refused.errors)
        except Stale as stale:
            errors = [str(stale.detail)]
            case_request = found(request_id, actor, "requests.submit", "edit")
        except Forbidden as refused:
            if refused.code != "cooling-off":
                raise
            status = 403  # the draft stays, and the page says until when
        else:
            return redirect("requests-submitted", case_request.pk)
    context = {
        "case_request": case_request,
        "crumbs": crumbs(case_request),
        "lacking": missing(case_request),
        "errors": errors,
        "cooling_until": _cooling(case_request.type, actor),
    }
    return render(request, "casesupport/intake/submit.html", context, status=422 if errors else status)


@require_safe
@requires("requests.view")
def submitted(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The confirmation: what was sent, and what happens next. A draft has none."""
    case_request = found(request_id, _actor(request), "requests.view")
    if case_request.status == RequestStatus.DRAFT:
        return redirect("requests-view", case_request.pk)
    context = {
        "case_request": case_request,
        "crumbs": crumbs(case_request),
        "next_step": next_step(case_request),
    }
    return render(request, "casesupport/intake/submitted.html", context)


@GET_OR_POST
@requires("requests.cosign")
def cosign(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = _actor(request)
    status = 200
    if request.method == "POST":
        try:
            flows.cosign(request_id, actor=actor, now=timezone.now())
        except Forbidden as refused:
            if refused.code != "cooling-off":
                raise
            status = 403
        else:
            return redirect("requests-submitted", request_id)
    case_request = found(request_id, actor, "requests.cosign", "cosign")
    context = {
        "case_request": case_request,
        "crumbs": crumbs(case_request),
        "cooling_until": _cooling(case_request.type, actor),
    }
    return render(request, "casesupport/intake/cosign.html", context, status=status)


@GET_OR_POST
@requires("requests.answer")
def answer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = _actor(request)
    case_request = found(request_id, actor, "requests.answer", "answer")
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"]
        try:
            if document is not None:  # first, for after the answer it is no longer the agency's turn
                documents.attach(request_id, actor=actor, now=timezone.now(), document=document)
            flows.answer(request_id, actor=actor, now=timezone.now(), body=form.cleaned_data["body"])
        except Invalid as refused:
            _lay(form, refused)
        else:
            messages.success(request, _("Your answer is with the case analyst."))
            return redirect("requests-view", request_id)
    context = {"case_request": case_request, "crumbs": crumbs(case_request), "form": form}
    return render(request, "casesupport/intake/answer.html", context, status=_status(request))


@GET_OR_POST
@requires("requests.withdraw")
def withdraw(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = _actor(request)
    case_request = found(request_id, actor, "requests.withdraw", "withdraw")
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.withdraw(request_id, actor=actor, now=timezone.now(), why=form.cleaned_data["why"])
        except Invalid as refused:
            _lay(form, refused)
        else:
            messages.success(request, _("Withdrawn. Nothing more happens to it."))
            return redirect("requests-view", request_id)
    context = {"case_request": case_request, "crumbs": crumbs(case_request), "form": form}
    return render(request, "casesupport/intake/withdraw.html", context, status=_status(request))


def _lay(form: Any, refused: Invalid) -> None:
    """A flow's refusal beside the fields it names."""
    for name, texts in refused.errors.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])
