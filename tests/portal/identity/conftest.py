import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from portal.identity import signals
from portal.models import User
from tests.people import House

assert signals  # what is tested here hangs on them


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def officer(house: House) -> User:
    return User.objects.get(pk=house.officer.person_id)


@pytest.fixture
def secret(officer: User) -> str:
    """The officer has an authenticator app."""
    return app_of(officer)


def app_of(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


class Clock:
    """Moves time.time(), by which sessions, proofs and codes are judged; the database's clock stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.ahead)

    def pass_by(self, *, minutes: float = 0, hours: float = 0) -> None:
        self.ahead += minutes * 60 + hours * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
