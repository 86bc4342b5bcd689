"""Invite, confirm, revoke, send again, accept. Nobody gets an account in any other way."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.access import check, hold_agencies, hold_standing
from portal.agencies.roster import events
from portal.agencies.roster.house import found_agency, keepers, roles_of, roster_path, stands
from portal.agencies.roster.invitations.addresses import Unfit, is_official, one_spelling
from portal.agencies.roster.invitations.links import acceptable, digest_of
from portal.agencies.roster.invitations.tasks import mail_invitation
from portal.audit import record
from portal.identity.sessions import end_all
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, Invalid, NotVisible, Text, WrongState
from portal.kernel.words import unfit, unfit_line
from portal.models import Agency, Invitation, Membership, User
from portal.models.agency import AgencyStatus
from portal.notices import notify

NAME_MAX = 120
WHY_MAX = 2000


@transaction.atomic
def invite(
    *, actor: Actor, now: datetime, email: str, name: str, role: str, agency_id: UUID | None,
    language: str = "en", why: str = "", seconded_by: UUID | None = None,
) -> Invitation:  # fmt: skip
    """Ask a person in. An officer's link goes out at once; everyone else's waits for a second person.

    `seconded_by`: who stands beside the inviter already, as the one who vetted the agency whose first
    supervisor this is. A job of ours bootstraps, and needs nobody.
    """
    agency = found_agency(agency_id, actor)
    hold_standing(actor)
    invitation = Invitation(agency=agency, role=role, language=language, why=why.strip(), invited_at=now)
    check(actor, "agencies.invite", invitation)
    _ensure_standing(agency)
    invitation.name = name.strip()
    invitation.email = _fit_address(invitation, email, agency)
    invitation.invited_by_id = actor.person_id
    invitation.expires_at = now + timedelta(hours=settings.INVITATION_HOURS)
    was_suspended = _left_while_suspended(invitation.email)
    if was_suspended and not actor.of_exchange:
        raise Invalid({"email": [_("This person left while suspended. Compliance at the exchange invites.")]})
    if actor.person_id is None or not (invitation.needs_second_person or was_suspended):
        invitation.confirmed_at = now
    elif seconded_by is not None and seconded_by != actor.person_id:
        invitation.confirmed_at, invitation.confirmed_by_id = now, seconded_by
    replaced = _put_away(invitation.email, now)
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError as refused:
        if "invitation_one_open_per_address" not in str(refused):
            raise
        raise Invalid({"email": [_("This address has an open invitation already.")]}) from None
    if invitation.confirmed_at is None:
        others = keepers(agency_id, now, besides=[actor.as_person()])
        notify(
            "invitation-to-confirm",
            people=others,
            path=reverse("roster-confirm-invitation", args=[invitation.pk]),
        )
    else:
        _hand_over(invitation)
    data = {"role": role, "waits": invitation.confirmed_at is None, "seconded_by": invitation.confirmed_by_id}
    data |= {"replaces": replaced} if replaced else {}
    record(events.INVITED, actor=actor, subject=invitation, at=now, why=invitation.why, data=data)
    return invitation


def _ensure_standing(agency: Agency | None) -> None:
    if agency is not None and agency.status != AgencyStatus.APPROVED:
        raise WrongState(_("Only an approved agency takes people in."), code="agency-standing")


def _fit_address(invitation: Invitation, email: str, agency: Agency | None) -> str:
    """The address in its one spelling; raises Invalid with all that is wrong with the answers."""
    errors: dict[str, list[Text]] = {}
    if wrong := unfit_line(invitation.name, NAME_MAX, missing=_("Write the person’s name.")):
        errors["name"] = wrong
    if wrong := unfit(invitation.why, WHY_MAX):
        errors["why"] = wrong
    if invitation.role not in roles_of(agency.pk if agency else None):
        errors["role"] = [_("This role does not belong there.")]
    if invitation.language not in dict(settings.LANGUAGES):
        errors["language"] = [_("The portal does not speak this language.")]
    address = ""
    try:
        address = one_spelling(email)
    except Unfit as refused:
        errors["email"] = [refused.text]
    else:
        if not is_official(address, agency):
            errors["email"] = [_("The address is not of an official domain. One below it does not count.")]
        elif Membership.objects.filter(user__email=address, ended_at=None).exists():
            errors["email"] = [_("This person has a role already.")]
    if errors:
        raise Invalid(errors)
    return address


def _put_away(address: str, now: datetime) -> list[UUID]:
    """Those that have expired make way for a new one."""
    expired = Invitation.objects.open().filter(email=address, expires_at__lte=now)
    found = list(expired.select_for_update().values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=found).update(revoked_at=now)
    return found


def _left_while_suspended(address: str) -> bool:
    """A departure and a new invitation must not be a way around reinstating, which takes somebody else."""
    last = Membership.objects.filter(user__email=address).order_by("-joined_at").first()
    return last is not None and last.suspended_at is not None


def _hand_over(invitation: Invitation) -> None:
    """To the worker, after the commit. With the broker away the act stands, and the sweep finds it."""
    transaction.on_commit(lambda: mail_invitation.delay(str(invitation.pk)), robust=True)


def _locked(invitation_id: UUID, actor: Actor) -> Invitation:
    """The actor first: a departure holds the person before it revokes what he or she sent out."""
    hold_standing(actor)
    rows = Invitation.objects.visible_to(actor).select_related("agency").select_for_update(of=("self",))
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotVisible
    return invitation


def _ensure_open(invitation: Invitation, now: datetime) -> None:
    if invitation.accepted_at is not None:
        raise WrongState(_("This invitation was accepted."), code="accepted")
    if invitation.revoked_at is not None:
        raise WrongState(_("This invitation was revoked."), code="revoked")
    if not invitation.is_open_at(now):
        raise WrongState(_("This invitation has expired. Invite the person again."), code="expired")


@transaction.atomic
def confirm_invitation(invitation_id: UUID, *, actor: Actor, now: datetime) -> Invitation:
    """The second person: only now the link goes out, and its term begins."""
    invitation = _locked(invitation_id, actor)
    check(actor, "agencies.confirm_invitation", invitation)
    _ensure_open(invitation, now)
    if invitation.confirmed_at is not None:
        raise WrongState(_("This invitation was confirmed already."), code="confirmed")
    if invitation.invited_by_id == actor.as_person():
        raise Forbidden(_("You invited this person, so somebody else confirms."), code="same-person")
    _ensure_standing(invitation.agency)
    if not stands(invitation.invited_by_id, invitation.agency_id):
        raise WrongState(
            _(
                "Who invited this person has left, is suspended or has another role now. Revoke it, and"
                " invite again."
            )
        )
    if not is_official(invitation.email, invitation.agency):
        raise WrongState(_("The address is not of an official domain any more. Revoke the invitation."))
    invitation.confirmed_at, invitation.confirmed_by_id = now, actor.as_person()
    invitation.expires_at = now + timedelta(hours=settings.INVITATION_HOURS)
    invitation.save(update_fields=["confirmed_at", "confirmed_by", "expires_at"])
    _hand_over(invitation)
    record(
        events.INVITATION_CONFIRMED, actor=actor, subject=invitation, at=now, data={"role": invitation.role}
    )
    return invitation


@transaction.atomic
def revoke_invitation(invitation_id: UUID, *, actor: Actor, now: datetime, why: str = "") -> Invitation:
    """Its link is dead at once. So does a second person say no. An expired one is put away."""
    invitation = _locked(invitation_id, actor)
    check(actor, "agencies.revoke_invitation", invitation)
    if wrong := unfit(why, WHY_MAX):
        raise Invalid({"why": wrong})
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        _ensure_open(invitation, now)
    _revoke(invitation, now)
    if invitation.invited_by_id not in (None, actor.person_id):
        inviter = User.objects.filter(pk=invitation.invited_by_id)
        notify("invitation-revoked", people=inviter, path=roster_path(invitation.agency_id))
    record(events.INVITATION_REVOKED, actor=actor, subject=invitation, at=now, why=why.strip())
    return invitation


def _revoke(invitation: Invitation, now: datetime) -> None:
    invitation.revoked_at = now
    invitation.token_sha256 = None
    invitation.save(update_fields=["revoked_at", "token_sha256"])


def replace_by_job(invitation: Invitation, *, actor: Actor, now: datetime) -> None:
    """A bootstrapping job's own earlier invitation, before it makes another. In the job's transaction."""
    _revoke(invitation, now)
    record(events.INVITATION_REVOKED, actor=actor, subject=invitation, at=now, data={"inviter": actor.id})


def revoke_all_by(people: Collection[UUID], *, now: datetime) -> list[Invitation]:
    """Of those who leave: no link of theirs lets anyone in. The caller is in the transaction, and records."""
    rows = Invitation.objects.open().filter(invited_by__in=people).select_for_update().order_by("pk")
    revoked = list(rows)
    for invitation in revoked:
        _revoke(invitation, now)
    return revoked


@transaction.atomic
def resend(invitation_id: UUID, *, actor: Actor, now: datetime) -> Invitation:
    """A new link by mail; the old one is dead from now on. The term stays as it was."""
    invitation = _locked(invitation_id, actor)
    check(actor, "agencies.resend", invitation)
    _ensure_open(invitation, now)
    if invitation.confirmed_at is None:
        raise WrongState(_("A second person confirms it first."), code="unconfirmed")
    _ensure_standing(invitation.agency)
    if invitation.mailed_at is None or now < invitation.mailed_at + timedelta(minutes=1):
        raise WrongState(_("It was sent just now. Wait a minute before you send it again."), code="just-sent")
    invitation.token_sha256, invitation.mailed_at = None, None
    invitation.save(update_fields=["token_sha256", "mailed_at"])
    _hand_over(invitation)
    record(events.INVITATION_RESENT, actor=actor, subject=invitation, at=now)
    return invitation


@transaction.atomic
def accept(token: str, *, actor: Actor, now: datetime, password: str) -> Membership:
    """The account and its role, by whoever holds the link. `actor` says from where, not who; a job rehearses.

    Raises NotVisible alike for a token that is unknown, used, revoked, expired or of a house in bad standing.
    """
    invitation = _handed_over(token)
    if invitation is None or not acceptable(invitation, now):
        raise NotVisible
    user = _account(invitation, password)
    membership = Membership.objects.create(
        user=user, agency=invitation.agency, role=invitation.role, joined_at=now, attested_at=now,
        attested_by_id=invitation.confirmed_by_id or invitation.invited_by_id,
    )  # fmt: skip
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if actor.kind != "system":  # the seeds' people would tell each other
        house = keepers(invitation.agency_id, now, besides=[user.pk])
        notify("person-joined", people=house, path=roster_path(invitation.agency_id))
    person = replace(
        actor, kind="person", id=str(user.pk), label=user.name, role=Role(membership.role),
        agency_id=membership.agency_id,
    )  # fmt: skip
    data = {"role": membership.role, "invitation": invitation.pk}
    record(events.INVITATION_ACCEPTED, actor=person, subject=membership, at=now, data=data)
    return membership


def _handed_over(token: str) -> Invitation | None:
    """Its house first: of a suspension at this very moment one is first, and nobody joins what is stopped."""
    rows = Invitation.objects.filter(token_sha256=digest_of(token))
    hold_agencies(list(rows.exclude(agency=None).values_list("agency_id", flat=True)))
    return rows.select_related("agency").select_for_update(of=("self",)).first()


def _account(invitation: Invitation, password: str) -> User:
    """A new one; or that of somebody who comes back, with nothing left of the old way in."""
    agency = invitation.agency
    user = User.objects.select_for_update(no_key=True).filter(email=invitation.email).first() or User(
        email=invitation.email, time_zone=agency.time_zone if agency else "UTC"
    )
    user.name, user.language, user.is_active = invitation.name, invitation.language, True
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise Invalid({"password": list(refused.messages)}) from None
    if user._state.adding:
        user.set_password(password)
        user.save()
        return user
    if Membership.objects.filter(user=user, ended_at=None).exists():
        raise NotVisible
    user.set_password(password)
    user.save(update_fields=["name", "language", "is_active", "password"])
    Authenticator.objects.filter(user=user).delete()
    end_all(user)
    return user
