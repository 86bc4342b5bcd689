"""Ends every session of a person at once: the listed, those opened a second ago, those being opened now.

Each session carries a hash that Django compares with the person's row at every request. The person's
`session_epoch` is part of it, so one more in that row ends them all in the very commit that does it, whatever
a cache holds, and a rolled-back transaction ends none. A sign-in that read the row before the commit writes a
session that is refused at its first request.
"""

from collections.abc import Collection
from uuid import UUID

from allauth.core import context
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import KEY_PREFIX, SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import F

from portal.models import User


def end_all(user: User, *, except_key: str | None = None) -> int:
    """How many listed sessions ended. `except_key`: the one that the person goes on with.

    That one is renewed after the commit: a second request of it in that instant is signed out, never let in.
    """
    ended = end_all_of([user.pk], except_key=except_key)
    # Whoever saves this very object later must not write the old epoch back.
    user.refresh_from_db(fields=["session_epoch"])
    return ended


@transaction.atomic
def end_all_of(people: Collection[UUID], *, except_key: str | None = None) -> int:
    """The same for many people, in a handful of statements however many they are."""
    User.objects.filter(pk__in=people).update(session_epoch=F("session_epoch") + 1)
    listed = UserSession.objects.filter(user_id__in=people)
    if except_key:
        listed = listed.exclude(session_key=except_key)
    keys = list(listed.values_list("session_key", flat=True))
    listed.filter(session_key__in=keys).delete()
    # Not needed to keep anyone out, but what is over should not lie about.
    Session.objects.filter(session_key__in=keys).delete()
    transaction.on_commit(lambda: cache.delete_many([f"{KEY_PREFIX}{key}" for key in keys]), robust=True)
    if except_key:
        transaction.on_commit(lambda: _renew(except_key, people), robust=True)
    return len(keys)


def _renew(key: str, people: Collection[UUID]) -> None:
    request = context.request
    is_here = request is not None and request.session.session_key == key
    session = request.session if is_here else SessionStore(key)
    owner = session.get(SESSION_KEY)
    user = next((each for each in User.objects.filter(pk__in=people) if str(each.pk) == owner), None)
    if user is not None:
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
