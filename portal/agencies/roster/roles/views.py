"""The pages of role changes: propose; look at what is proposed, and confirm or decline it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import check, requires
from portal.agencies.roster.house import roster_path
from portal.agencies.roster.pages import actor_of, crumbs, found_membership, lay
from portal.agencies.roster.roles import flows
from portal.agencies.roster.roles.forms import DeclineForm, RoleForm
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import RoleChange
from portal.models.rolechange import RoleOutcome

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_OR_POST
@requires("agencies.propose_role")
def propose_role(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    membership = found_membership(membership_id, actor, "agencies.propose_role")
    form = RoleForm(request.POST or None, membership=membership)
    if request.method == "POST" and form.is_valid():
        try:
            flows.propose_role(membership_id, actor=actor, now=timezone.now(), **form.cleaned_data)
        except Invalid as refused:
            lay(form, refused)
        else:
            messages.success(request, _("Proposed. The role stays as it is until a second person confirms."))
            return redirect(roster_path(membership.agency_id))
    context = {
        "membership": membership,
        "form": form,
        "crumbs": crumbs(membership.agency_id, membership.agency),
        "back": roster_path(membership.agency_id),
    }
    return render(request, "agencies/roster/propose_role.html", context, status=_status(request))


def _found(change_id: UUID, actor: Actor, permission: str) -> RoleChange:
    """For reading; flows lock and check again."""
    change = (
        RoleChange.objects.visible_to(actor)
        .select_related("membership__user", "membership__agency", "proposed_by", "decided_by")
        .filter(pk=change_id)
        .first()
    )
    if change is None:
        raise NotVisible
    check(actor, permission, change)
    return change


@GET_OR_POST
@requires("agencies.confirm_role")
def confirm_role(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        membership = flows.confirm_role(change_id, actor=actor, now=timezone.now())
        messages.success(
            request,
            _("%(name)s has the new role. Every session of the person has ended.")
            % {"name": membership.user.name},
        )
        return redirect(roster_path(membership.agency_id))
    return _page(request, _found(change_id, actor, "agencies.confirm_role"), DeclineForm(), 200)


@GET_OR_POST
@requires("agencies.decline_role")
def decline_role(request: HttpRequest, change_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    form = DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change = flows.decline_role(
                change_id, actor=actor, now=timezone.now(), why=form.cleaned_data["why"]
            )
        except Invalid as refused:
            lay(form, refused)
        else:
            messages.success(request, _("Declined. The role stays as it is."))
            return redirect(roster_path(change.membership.agency_id))
    return _page(request, _found(change_id, actor, "agencies.decline_role"), form, _status(request))


def _page(request: HttpRequest, change: RoleChange, form: DeclineForm, status: int) -> HttpResponse:
    actor = actor_of(request)
    membership = change.membership
    context = {
        "change": change,
        "form": form,
        "crumbs": crumbs(membership.agency_id, membership.agency),
        "back": roster_path(membership.agency_id),
        "is_open": change.outcome == RoleOutcome.OPEN,
        "may_decide": actor.person_id not in (change.proposed_by_id, membership.user_id),
    }
    return render(request, "agencies/roster/confirm_role.html", context, status=status)


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
