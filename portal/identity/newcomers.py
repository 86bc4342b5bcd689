"""A newcomer types the password once: what signed in a moment ago also opens the first enrolment.

The sign-in package asks again before anybody sets up a factor, for a session may have been left open. The
record of a sign-in counts as that answer for its five minutes, and only where no second factor exists yet.
"""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.account.signals import authentication_step_completed
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from portal.models import User


@receiver(authentication_step_completed)
def signed_in_to_enrol(sender: Any, request: HttpRequest, user: User, method: str, **rest: Any) -> None:
    if method != "password" or is_mfa_enabled(user):
        return
    records = get_authentication_records(request, user)
    records[-1]["reauthenticated"] = True
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records
