"""What a second factor is worth: it proves at once, or, set up on the strength of a recovery code, in a day.

A recovery code opens a session, so that a lost phone locks nobody out. It confirms nothing: who finds the
paper must not approve with it, neither with the code nor with a factor of his own that the code let him add.
"""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings

PROVING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
KEYS_MAX = 20
_FROM = "proves_from"


def put_on_trial(authenticator: Authenticator, now: datetime) -> None:
    until = now + timedelta(hours=settings.COOL_OFF_NEW_DEVICE_HOURS)
    authenticator.data[_FROM] = until.isoformat()
    authenticator.save(update_fields=["data"])


def proves_from(authenticator: Authenticator) -> datetime | None:
    given = authenticator.data.get(_FROM)
    return datetime.fromisoformat(given) if given else None


def is_on_trial(authenticator: Authenticator, now: datetime) -> bool:
    since = proves_from(authenticator)
    return since is not None and now < since


def proving_types(person_id: UUID | None, now: datetime) -> set[str]:
    """The kinds of factor with which this person can confirm an act now."""
    factors = Authenticator.objects.filter(user_id=person_id, type__in=PROVING)
    return {factor.type for factor in factors if not is_on_trial(factor, now)}


def proving_from(person_id: UUID | None, now: datetime) -> datetime | None:
    """When the first factor on trial begins to prove; None without any."""
    found = [
        proves_from(factor) for factor in Authenticator.objects.filter(user_id=person_id, type__in=PROVING)
    ]
    return min((since for since in found if since is not None and since > now), default=None)
