"""The key of a session: new when somebody has signed in or proved more, while its trail stays the same."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from portal.identity.limits import OPENED, enlist
from portal.identity.people import TRAIL, address_of, session_of
from portal.models import User


def begin(request: HttpRequest) -> None:
    """Django has just given the session a new key; what an earlier one carried does not count."""
    request.session.pop(TRAIL, None)
    request.session[TRAIL] = session_of(request)
    request.session[OPENED] = time.time()
    if address_of(request) is not None:
        # Kept at once: the list drops what it cannot find a person in.
        request.session.save()
        enlist(request)


def renew(request: HttpRequest) -> None:
    """A copy of the old key opens nothing from here on."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def ways_used(request: HttpRequest, user: User) -> list[str]:
    """How the session was opened: password, totp, webauthn, recovery_codes, or the agency's provider."""
    records = get_authentication_records(request, user)
    return [str(record.get("type") or record.get("method")) for record in records]
