"""The discussion's pages: all that was said about a campaign, and the three acts on it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign, Remark
from campaigns.models.remark import REMARK_MAX
from campaigns.pages import crumbs, found
from campaigns.review import remarks
from campaigns.review.page import Errors, review_page, typed, version_named
from portal.access import allowed, requires
from portal.kernel.errors import Invalid, NotVisible

# Where a thread is shown, and so where its reader goes on.
PAGES = {"review": "campaigns-review", "edit": "campaigns-edit"}


@require_safe
@requires("campaigns.remarks")
def list_remarks(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    return _remarks_page(request, found(campaign_id, request.actor, "campaigns.remarks"))  # type: ignore[attr-defined]


def _remarks_page(request: HttpRequest, campaign: Campaign, errors: Errors | None = None) -> HttpResponse:
    threads = list(Remark.objects.filter(campaign=campaign).threads())
    context = {
        "campaign": campaign,
        "crumbs": crumbs(campaign),
        "open": [each for each in threads if each.settled_at is None],
        "settled": [each for each in threads if each.settled_at is not None],
        "may_answer": allowed(request.actor, "campaigns.answer", campaign),  # type: ignore[attr-defined]
        "remark_max": REMARK_MAX,
        "typed_body": typed(request, "body"),
        "errors": [text for texts in (errors or {}).values() for text in texts],
    }
    return render(request, "campaigns/review/remarks.html", context, status=422 if errors else 200)


@require_POST
@requires("campaigns.remark")
def remark(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    language = request.POST.get("language", "").lower()
    try:
        made = remarks.remark(
            campaign_id,
            actor=actor,
            now=timezone.now(),
            version_id=version_named(request),
            language=language,
            place=request.POST.get("place", ""),
            body=typed(request, "body"),
        )
    except Invalid as refused:
        return review_page(request, found(campaign_id, actor, "campaigns.review"), refused.errors)
    messages.success(request, _("The remark is made. The authors are told."))
    return redirect(f"{reverse('campaigns-review', args=[campaign_id])}?language={language}#remark-{made.pk}")


@require_POST
@requires("campaigns.answer")
def answer(request: HttpRequest, remark_id: UUID) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    try:
        made = remarks.answer(remark_id, actor=actor, now=timezone.now(), body=typed(request, "body"))
    except Invalid as refused:
        campaign = found(_campaign_of(remark_id), actor, "campaigns.remarks")
        return _remarks_page(request, campaign, refused.errors)
    messages.success(request, _("Answered."))
    return redirect(_back(request, made))


@require_POST
@requires("campaigns.settle")
def settle(request: HttpRequest, remark_id: UUID) -> HttpResponse:
    thread = remarks.settle(remark_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("The remark is settled."))
    return redirect(_back(request, thread))


def _campaign_of(remark_id: UUID) -> UUID:
    found = Remark.objects.filter(pk=remark_id).values_list("campaign_id", flat=True).first()
    if found is None:
        raise NotVisible
    return found


def _back(request: HttpRequest, thread: Remark) -> str:
    page = PAGES.get(request.POST.get("page", ""), "campaigns-remarks")
    query = f"?language={thread.language}" if page == "campaigns-review" and thread.language else ""
    return f"{reverse(page, args=[thread.campaign_id])}{query}#remark-{thread.answers_to_id or thread.pk}"
