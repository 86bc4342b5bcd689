"""An agency's marks, and each of them as the exchange's users load it."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.marks import flows
from campaigns.models import AgencyMark
from campaigns.pages import crumbs
from portal.access import public, requires
from portal.kernel.errors import Invalid

YEAR = 365 * 24 * 3600


class MarkForm(forms.Form):
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy(
            "PNG, JPEG or WebP. It is drawn anew at 256 pixels; nothing else of the file is kept."
        ),
    )


@requires("campaigns.add_mark")
def add_mark(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    form = MarkForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.add_mark(actor=actor, now=timezone.now(), picture=form.cleaned_data["picture"])
        except Invalid as refused:
            form.add_error("picture", [str(text) for text in refused.errors["picture"]])
        else:
            messages.success(request, _("The mark is there. Choose it in a draft's audience."))
            return redirect("campaigns-marks")
    context = {
        "form": form,
        "marks": AgencyMark.objects.visible_to(actor).select_related("uploaded_by").defer("picture"),
        "crumbs": crumbs(),
    }
    return render(
        request, "campaigns/marks/marks.html", context, status=422 if request.method == "POST" else 200
    )


@require_safe
@public("a mark is loaded by the exchange's users, under the SHA-256 that an approval named")
def view_mark(request: HttpRequest, sha256: str) -> HttpResponse:
    """Good forever, for its address names its bytes."""
    mark = AgencyMark.objects.filter(sha256=sha256).first()
    if mark is None:
        raise Http404
    response = HttpResponse(bytes(mark.picture), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = f'"{sha256}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    answer.is_shared = True  # type: ignore[union-attr]
    return answer  # type: ignore[return-value]
