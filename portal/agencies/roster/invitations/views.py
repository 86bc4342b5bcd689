"""The pages of invitations: four for those who keep a roster, one for the person who is invited."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import check, public, requires
from portal.agencies.roster.house import roster_path
from portal.agencies.roster.invitations import flows
from portal.agencies.roster.invitations.forms import AcceptForm, InviteForm, RevokeForm
from portal.agencies.roster.invitations.links import invitation_for
from portal.agencies.roster.pages import actor_of, crumbs, house_of, lay
from portal.identity.people import address_of
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible
from portal.models import Invitation

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@GET_OR_POST
@requires("agencies.invite")
def invite(request: HttpRequest, agency_id: UUID | None = None) -> HttpResponse:
    """`?again=<invitation>` fills the form with what an earlier one, expired or revoked, said."""
    house = house_of(request, agency_id, "agencies.invite")
    domains = house.agency.domains if house.agency else settings.STAFF_DOMAINS
    form = InviteForm(
        request.POST or None,
        agency_id=house.agency_id,
        domains=domains,
        initial=_earlier(request, house.agency_id),
    )
    if request.method == "POST" and form.is_valid():
        try:
            invitation = flows.invite(
                actor=actor_of(request), now=timezone.now(), agency_id=house.agency_id, **form.cleaned_data
            )
        except Invalid as refused:
            lay(form, refused)
        else:
            messages.success(request, _told(invitation))
            return redirect(house.url("list"))
    context = {
        "form": form,
        "house": house,
        "crumbs": crumbs(house.agency_id, house.agency),
        "back": house.url("list"),
        "hours": settings.INVITATION_HOURS,
    }
    return render(request, "agencies/roster/invite.html", context, status=_status(request))


def _earlier(request: HttpRequest, agency_id: UUID | None) -> dict[str, str]:
    try:
        wanted = UUID(request.GET.get("again", ""))
    except ValueError:
        return {}
    earlier = Invitation.objects.visible_to(actor_of(request)).filter(pk=wanted, agency=agency_id).first()
    if earlier is None:
        return {}
    return {name: getattr(earlier, name) for name in ("name", "email", "role", "language", "why")}


def _told(invitation: Invitation) -> str:
    if invitation.confirmed_at is None:
        return _("A second person is asked to confirm. Then the invitation goes to %(email)s.") % {
            "email": invitation.email
        }
    return _("The invitation goes to %(email)s. Its link works for %(hours)d hours.") % {
        "email": invitation.email,
        "hours": settings.INVITATION_HOURS,
    }


def _found(invitation_id: UUID, actor: Actor, permission: str) -> Invitation:
    """For reading; flows lock and check again."""
    invitation = (
        Invitation.objects.visible_to(actor)
        .select_related("agency", "invited_by", "confirmed_by")
        .filter(pk=invitation_id)
        .first()
    )
    if invitation is None:
        raise NotVisible
    check(actor, permission, invitation)
    return invitation


def _page(invitation: Invitation, actor: Actor) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "crumbs": crumbs(invitation.agency_id, invitation.agency),
        "back": roster_path(invitation.agency_id),
        "is_inviter": actor.person_id is not None and invitation.invited_by_id == actor.person_id,
        "is_open": invitation.is_open_at(timezone.now()),
        "hours": settings.INVITATION_HOURS,
    }


@GET_OR_POST
@requires("agencies.confirm_invitation")
def confirm_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Who is to come in, and who says so; then the act."""
    actor = actor_of(request)
    if request.method == "POST":
        invitation = flows.confirm_invitation(invitation_id, actor=actor, now=timezone.now())
        messages.success(request, _told(invitation))
        return redirect(roster_path(invitation.agency_id))
    invitation = _found(invitation_id, actor, "agencies.confirm_invitation")
    return render(request, "agencies/roster/confirm_invitation.html", _page(invitation, actor))


@GET_OR_POST
@requires("agencies.revoke_invitation")
def revoke_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = flows.revoke_invitation(
                invitation_id, actor=actor, now=timezone.now(), why=form.cleaned_data["why"]
            )
        except Invalid as refused:
            lay(form, refused)
        else:
            messages.success(request, _("Revoked. Its link lets nobody in."))
            return redirect(roster_path(invitation.agency_id))
    invitation = _found(invitation_id, actor, "agencies.revoke_invitation")
    context = _page(invitation, actor) | {"form": form}
    return render(request, "agencies/roster/revoke_invitation.html", context, status=_status(request))


@require_POST
@requires("agencies.resend")
def resend(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    invitation = flows.resend(invitation_id, actor=actor_of(request), now=timezone.now())
    messages.success(request, _("A new link is on its way. The old one no longer works."))
    return redirect(roster_path(invitation.agency_id))


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


@public("the link is the proof: whoever was invited has no account yet")
@sensitive_post_parameters("password", "again")
@never_cache
@GET_OR_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A look uses nothing up. A link that does not work says the same whatever the reason is."""
    if request.user.is_authenticated:
        return render(request, "account/invitation.html", {"state": "signed-in"})
    now = timezone.now()
    invitation = invitation_for(token, now)
    form = AcceptForm(request.POST or None)
    if invitation is not None and request.method == "POST" and form.is_valid():
        place = replace(
            Actor.anonymous(), ip=address_of(request), request_id=getattr(request, "request_id", "")
        )
        try:
            flows.accept(token, actor=place, now=now, password=form.cleaned_data["password"])
        except Invalid as refused:
            lay(form, refused)
        except NotVisible:  # used up a moment ago, by a second click or by somebody else
            invitation = None
        else:
            messages.success(
                request, _("Your account is ready. Sign in now, and enrol your second factor next.")
            )
            return redirect("account_login")
    if invitation is None:
        return render(request, "account/invitation.html", {"state": "dead"}, status=404)
    context = {"state": "open", "invitation": invitation, "form": form}
    return render(request, "account/invitation.html", context, status=_status(request))
