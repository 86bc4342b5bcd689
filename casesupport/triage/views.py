"""The analyst's pages: take a case request, ask about it, decide about its targets."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from casesupport.pages import crumbs, found
from casesupport.triage import flows
from casesupport.triage.forms import DecideForm, QuestionForm
from portal.access import requires
from portal.kernel.errors import Invalid

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@require_POST
@requires("requests.claim")
def claim(request: HttpRequest, request_id: UUID) -> HttpResponse:
    flows.claim(request_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("It is yours now. Ask the agency, or decide."))
    return redirect("requests-view", request_id)


@GET_OR_POST
@requires("requests.ask")
def ask(request: HttpRequest, request_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    case_request = found(request_id, actor, "requests.ask", "ask")
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.ask(request_id, actor=actor, now=timezone.now(), body=form.cleaned_data["body"])
        except Invalid as refused:
            form.add_error("body", [str(text) for text in refused.errors.get("body", [])])
        else:
            messages.success(
                request, _("Your question is with the agency. You are told when it is answered.")
            )
            return redirect("requests-view", request_id)
    context = {"case_request": case_request, "crumbs": crumbs(case_request), "form": form}
    return render(
        request, "casesupport/triage/ask.html", context, status=422 if request.method == "POST" else 200
    )


@GET_OR_POST
@requires("requests.decide")
def decide(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The form, then the decisions once more to be checked, then the act: it cannot be undone."""
    actor = request.actor  # type: ignore[attr-defined]
    case_request = found(request_id, actor, "requests.decide", "decide")
    form = DecideForm(case_request.targets.all(), request.POST or None)
    context = {"case_request": case_request, "crumbs": crumbs(case_request), "form": form}
    step = request.POST.get("step", "")
    if request.method == "POST" and step != "change" and form.is_valid():
        if step != "confirm":
            return render(request, "casesupport/triage/decide_check.html", context)
        try:
            flows.decide(
                request_id,
                actor=actor,
                now=timezone.now(),
                decisions=form.decisions(),
                note=form.note.cleaned_data["note"],
            )
        except Invalid as refused:
            form.add_errors(refused.errors)
        else:
            messages.success(request, _("Decided and closed. The agency is told."))
            return redirect("requests-view", request_id)
    status = 422 if request.method == "POST" and step != "change" else 200
    return render(request, "casesupport/triage/decide.html", context, status=status)
