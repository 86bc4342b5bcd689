"""The page of a departure: what it ends, why, and the act."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.access import requires
from portal.agencies.roster.departure import flows
from portal.agencies.roster.departure.flows import WHY_MAX
from portal.agencies.roster.house import ensure_open, roster_path
from portal.agencies.roster.pages import actor_of, crumbs, found_membership, lay
from portal.kernel.errors import Invalid


class DepartForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=WHY_MAX,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("For instance: moved to another unit on 1 March."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("agencies.depart")
def depart(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    membership = found_membership(membership_id, actor, "agencies.depart")
    form = DepartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            flows.depart(membership_id, actor=actor, now=timezone.now(), why=form.cleaned_data["why"])
        except Invalid as refused:
            lay(form, refused)
        else:
            messages.success(
                request,
                _("%(name)s has left. Every session of the person has ended.")
                % {"name": membership.user.name},
            )
            return redirect(roster_path(membership.agency_id))
    ensure_open(membership)
    context = {
        "membership": membership,
        "form": form,
        "is_self": membership.user_id == actor.person_id,
        "crumbs": crumbs(membership.agency_id, membership.agency),
        "back": roster_path(membership.agency_id),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "agencies/roster/depart.html", context, status=status)
