"""Beginning a draft with words that are there already, and putting a campaign away."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaigns.authoring import copies, flows
from campaigns.pages import crumbs
from portal.access import requires
from portal.kernel.errors import Invalid


class TakeInForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("JSON, the frozen form of one campaign; at most 1 MB."),
    )


@requires("campaigns.take_in")
def take_in(request: HttpRequest) -> HttpResponse:
    form = TakeInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        # One byte more than is allowed tells that there is more, without reading it.
        content = form.cleaned_data["file"].read(copies.FILE_MAX_BYTES + 1)
        try:
            campaign = copies.take_in(content, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
        except Invalid as refused:
            form.add_error("file", [str(text) for texts in refused.errors.values() for text in texts])
        else:
            messages.success(request, _("It is here as a draft. Read it, and submit it as any other."))
            return redirect("campaigns-edit", campaign.pk)
    context = {"form": form, "crumbs": crumbs()}
    return render(
        request, "campaigns/authoring/take_in.html", context, status=422 if request.method == "POST" else 200
    )


@require_POST
@requires("campaigns.duplicate")
def duplicate(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    campaign = copies.duplicate(campaign_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("This is the copy: a draft of its own."))
    return redirect("campaigns-edit", campaign.pk)


@require_POST
@requires("campaigns.archive")
def archive(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    flows.archive(campaign_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Archived. The list shows it again where archived campaigns are asked for."))
    return redirect("campaigns-view", campaign_id)


@require_POST
@requires("campaigns.unarchive")
def unarchive(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    flows.unarchive(campaign_id, actor=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Back among the others."))
    return redirect("campaigns-view", campaign_id)
