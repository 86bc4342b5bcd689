"""The applicant's pages. Nobody is signed in: the draft belongs to the session that began it."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import public
from portal.agencies.application import draft, flows
from portal.agencies.application.forms import PARTS, PartForm, PurposePart
from portal.agencies.application.limits import count
from portal.agencies.application.mails.asking import next_at
from portal.agencies.application.status import (
    STATES,
    VETTING_BUSINESS_DAYS,
    application_of,
    state_of,
    status_path,
)
from portal.documents.accept import Accepted
from portal.identity.people import address_of
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible, WrongState
from portal.models import AgencyApplication
from portal.models.application import CONFIRM_DAYS, ApplicationStatus
from portal.models.applicationmail import MAILS_A_DAY

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
DRAFT, SENT = "agencies-apply-draft", "agencies-apply-sent"
REASON = "an agency that has no account yet applies for access"


def actor_of(request: HttpRequest) -> Actor:
    """Whoever is signed in, or a stranger with an address."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind != "anonymous":
        return actor
    return Actor(
        kind="anonymous",
        id="",
        label="",
        ip=address_of(request),
        request_id=getattr(request, "request_id", ""),
    )


def _draft(request: HttpRequest) -> AgencyApplication | None:
    """The session's own; what was sent, or forgotten meanwhile, is no draft any more."""
    application_id = request.session.get(DRAFT)
    rows = AgencyApplication.objects.filter(status=ApplicationStatus.DRAFT)
    return rows.filter(pk=application_id).first() if application_id else None


def _begun(request: HttpRequest) -> AgencyApplication:
    application = _draft(request)
    if application is None:
        count(request, "begin")
        application = flows.begin(now=timezone.now(), language=get_language() or "en")
        request.session[DRAFT] = str(application.pk)
    return application


@require_safe
@never_cache
@public(REASON)
def apply(request: HttpRequest) -> HttpResponse:
    """What is needed, and the list of parts with what is still missing."""
    application = _draft(request)
    context = {"draft": draft.read(application), "begun": application is not None}
    return render(request, "agencies/application/apply.html", context)


@GET_OR_POST
@never_cache
@public(REASON)
def part(request: HttpRequest, code: str) -> HttpResponse:
    """One part. What is typed is kept with the draft whether it is right or not."""
    if code not in PARTS:
        raise Http404
    if request.method == "POST":
        return _save(request, code)
    application = _draft(request)
    form = draft.bound(code, application, draft.earlier(application, code))
    return _page(request, code, form, application)


def _save(request: HttpRequest, code: str) -> HttpResponse:
    count(request, "save")
    application = _begun(request)
    answers: dict[str, str | list[str]] = {
        name: values if len(values) > 1 else values[0]
        for name, values in request.POST.lists()
        if name in PARTS[code].base_fields and values
    }
    try:
        application = flows.save(application.pk, code, answers)
        form = _judged(request, code, application)
        document: Accepted | None = form.cleaned_data.get("document")
        if document is not None:
            flows.attach(application.pk, now=timezone.now(), document=document)
            cast(PurposePart, form).attached()
            messages.success(request, _("“%(name)s” is attached.") % {"name": document.name})
    except Invalid as refused:
        form.add_error("document", [str(text) for text in refused.errors["document"]])
    except (NotVisible, WrongState):  # sent from another tab, or forgotten, since this page was opened
        return redirect("agencies-apply")
    if form.errors:
        return _page(request, code, form, application, status=422)
    if request.POST.get("then") == "stay":
        return redirect("agencies-apply-part", code)
    following = next((each.code for each in draft.read(application).open), None)
    return redirect("agencies-apply-part", following) if following else redirect("agencies-apply-check")


def _judged(request: HttpRequest, code: str, application: AgencyApplication) -> PartForm:
    if request.FILES:
        count(request, "attach")
    given = draft.earlier(application, code)
    form = PARTS[code](request.POST, request.FILES, earlier=given, **draft.options(code, application))
    form.is_valid()
    return form


def _page(
    request: HttpRequest, code: str, form: PartForm, application: AgencyApplication | None, status: int = 200
) -> HttpResponse:
    documents = flows.documents_of(application) if application and code == "purpose" else []
    context = {
        "form": form,
        "code": code,
        "number": list(PARTS).index(code) + 1,
        "total": len(PARTS),
        "documents": documents,
        "crumbs": _crumbs(),
        "needs_country": code == "regions" and not form.earlier.country,
    }
    return render(request, "agencies/application/part.html", context, status=status)


def _crumbs() -> list[tuple[str, str]]:

    return [(_("Apply for access"), reverse("agencies-apply"))]


@require_POST
@never_cache
@public(REASON)
def detach(request: HttpRequest, document_id: UUID) -> HttpResponse:
    application = _draft(request)
    if application is None:
        raise NotVisible
    flows.detach(application.pk, document_id)
    messages.success(request, _("The document is removed."))
    return redirect("agencies-apply-part", "purpose")


@GET_OR_POST
@never_cache
@public(REASON)
def check(request: HttpRequest) -> HttpResponse:
    """Check your answers, then send. Without a complete draft there is nothing to check."""
    application = _draft(request)
    if application is None:
        return redirect("agencies-apply-sent" if SENT in request.session else "agencies-apply")
    read = draft.read(application)
    if not read.is_complete:
        return redirect("agencies-apply")
    errors: list[str] = []
    if request.method == "POST":
        count(request, "apply")
        try:
            sent = flows.apply(application.pk, actor=actor_of(request), now=timezone.now(), given=read.given)
        except Invalid as refused:
            errors = [str(text) for texts in refused.errors.values() for text in texts]
        except WrongState:  # a second click: it is sent already
            return redirect("agencies-apply-sent")
        else:
            del request.session[DRAFT]
            request.session[SENT] = str(sent.pk)
            return redirect("agencies-apply-sent")
    context = {
        "given": read.given.checked(),
        "documents": flows.documents_of(application),
        "errors": errors,
        "crumbs": _crumbs(),
    }
    return render(request, "agencies/application/check.html", context, status=422 if errors else 200)


@require_safe
@never_cache
@public(REASON)
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next and by when, with the secret link to where it stands."""
    now = timezone.now()
    application = sent_of(request)
    if application is None:
        return redirect("agencies-apply")
    path = status_path(application.pk)
    if not application.is_open_at(now):  # confirmed, or about to be deleted
        return redirect(path)
    context: dict[str, Any] = {
        "application": application,
        "status_url": request.build_absolute_uri(path),
        "days": VETTING_BUSINESS_DAYS,
        "asked": application.mails.last(),
        **asking(application, path, now),
    }
    return render(request, "agencies/application/sent.html", context)


def sent_of(request: HttpRequest) -> AgencyApplication | None:
    """What this session sent, unless it is forgotten by now."""
    rows = AgencyApplication.objects.exclude(status=ApplicationStatus.DRAFT)
    return rows.filter(pk=request.session[SENT]).first() if SENT in request.session else None


def is_own(request: HttpRequest, application: AgencyApplication) -> bool:
    return bool(request.session.get(SENT) == str(application.pk))


def asking(application: AgencyApplication, path: str, now: datetime) -> dict[str, Any]:
    """What resend.html draws: the button, or from when on there is one."""
    soonest = next_at(application, now)
    return {
        "resend_url": reverse("agencies-apply-resend", args=[path.rstrip("/").rpartition("/")[2]]),
        "may_resend": now >= soonest,
        "next_at": soonest,
        "mails_a_day": MAILS_A_DAY,
    }


def gone(request: HttpRequest) -> HttpResponse:
    return render(request, "agencies/application/gone.html", {"days": CONFIRM_DAYS}, status=404)


@GET_OR_POST
@never_cache
@public("the first supervisor confirms with the link that was mailed to an official address")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link does nothing, for mail scanners open every link; the button confirms."""
    now = timezone.now()
    try:
        application = flows.asked_with(token, now)
        if application.status == ApplicationStatus.CONFIRMED:
            return redirect(status_path(application.pk))
        if request.method == "POST":
            count(request, "confirm")
            flows.confirm(token, actor=actor_of(request), now=now)
            messages.success(request, _("Thank you. The application is with the exchange now."))
            return redirect(status_path(application.pk))
    except WrongState:  # a second click: it is confirmed already
        return redirect(status_path(application.pk))
    except NotVisible:
        return gone(request)
    context = {"application": application, "documents": flows.documents_of(application)}
    return render(request, "agencies/application/confirm.html", context)


@require_safe
@never_cache
@public("whoever holds the applicant's secret link sees where the application stands, and nothing else")
def status(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        application = application_of(token, now)
    except NotVisible:
        return gone(request)
    state, order = state_of(application), list(STATES)
    steps = [
        (label, "done" if order.index(code) < order.index(state) else "now" if code == state else "later")
        for code, label in STATES.items()
    ]
    context = {"state": state, "label": STATES[state], "steps": steps, "days": VETTING_BUSINESS_DAYS}
    if state == "unconfirmed":
        context |= asking(application, request.path, now)
    return render(request, "agencies/application/status.html", context)
