"""What a person does about the own sessions and devices: meet, end, end the others, disown."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.cached_db import KEY_PREFIX
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from portal.access import check
from portal.audit import record
from portal.identity import events
from portal.identity.sessions import end_all
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotVisible, WrongState
from portal.models import KnownDevice, Membership, User
from portal.models.notice import NoticeKind
from portal.notices import notify
from portal.notices.notify import people_with


def _locked(actor: Actor) -> User:
    """Rows that point at the person (notices, an act's author) are written by others all the same."""
    return User.objects.select_for_update(no_key=True).get(pk=actor.as_person())


@transaction.atomic
def meet(
    token_sha256: str, *, actor: Actor, now: datetime, browser: str, system: str, ip: str | None
) -> KnownDevice | None:
    """The person's device with that token, met again or for the first time.

    None if the token is another person's or was forgotten: the caller makes a new one.
    """
    person = _locked(actor)
    device = KnownDevice.objects.filter(token_sha256=token_sha256).first()
    if device is not None:
        if device.person_id != person.pk or device.forgotten_at is not None:
            return None
        device.browser, device.system, device.ip = browser, system, ip
        device.last_seen = max(now, device.first_seen)
        device.save(update_fields=["browser", "system", "ip", "last_seen"])
        return device
    is_first = not person.devices.exists()
    device = KnownDevice.objects.create(
        person=person,
        token_sha256=token_sha256,
        browser=browser,
        system=system,
        ip=ip,
        first_seen=now,
        last_seen=now,
        is_first=is_first,
    )
    if not is_first:
        notify(NoticeKind.DEVICE_NEW, people=[person], path=reverse("sessions-list"))
    data = {"device": str(device.pk), "browser": browser, "system": system, "first": is_first}
    record(events.DEVICE_MET, actor=actor, subject=person, at=now, data=data)
    return device


@transaction.atomic
def end(trail: str, *, actor: Actor, now: datetime) -> None:
    """Sign one other session of the own account out."""
    person = _locked(actor)
    listed = UserSession.objects.select_for_update().filter(user=person, data__trail=trail).first()
    if listed is None:
        raise NotVisible
    check(actor, "sessions.end")
    if trail == actor.session:
        raise WrongState
    key = listed.session_key
    listed.delete()
    Session.objects.filter(session_key=key).delete()
    transaction.on_commit(lambda: cache.delete(f"{KEY_PREFIX}{key}"), robust=True)
    record(events.SESSION_ENDED, actor=actor, subject=person, at=now, data={"session": trail})


@transaction.atomic
def end_others(*, actor: Actor, now: datetime) -> int:
    """How many of the other listed sessions were signed out; this one goes on."""
    person = _locked(actor)
    check(actor, "sessions.end_others")
    ended = end_all(person, except_key=_own_key(person, actor))
    record(events.SESSIONS_ENDED, actor=actor, subject=person, at=now, data={"count": ended})
    return ended


@transaction.atomic
def disown(*, actor: Actor, now: datetime) -> int:
    """“This was not me”: every other session ends, every device is new again, and those who can help know."""
    person = _locked(actor)
    check(actor, "sessions.disown")
    ended = end_all(person, except_key=_own_key(person, actor))
    forgotten = person.devices.filter(forgotten_at=None).update(forgotten_at=now)
    helpers = people_with(Role.COMPLIANCE_REVIEWER, Role.COMPLIANCE_LEAD)
    if actor.agency_id is not None:
        helpers += people_with(Role.SUPERVISOR, agency_id=actor.agency_id)
    told = [helper for helper in helpers if helper.pk != person.pk]
    # The page on which they can stop the person's access until it is clear what happened.
    place = Membership.objects.filter(user=person, ended_at=None).values_list("pk", flat=True).first()
    path = reverse("people-suspend", args=[place]) if place else reverse("home")
    notify(NoticeKind.SIGN_IN_DISOWNED, people=told, path=path)
    data = {"sessions": ended, "devices": forgotten, "told": len({helper.pk for helper in told})}
    record(events.SIGN_IN_DISOWNED, actor=actor, subject=person, at=now, data=data)
    return ended


def _own_key(person: User, actor: Actor) -> str | None:
    own = UserSession.objects.filter(user=person, data__trail=actor.session).first()
    return own.session_key if own else None
