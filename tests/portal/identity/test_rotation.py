"""A new field key takes over: every secret is encrypted anew, sign-ins go on, and the old key can go."""

import io
import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from portal.identity import rotation
from portal.identity.fieldkeys import decrypt, encrypt
from portal.identity.rotation import SECRETS
from portal.models import SignInProvider, User
from tests.people import House
from tests.portal.identity.signing import SECOND, new_app, signed_in, with_password

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def kept(settings: Any, house: House) -> dict[str, Any]:
    """Secrets of three people and an agency, under the old key."""
    settings.FIELD_KEYS = [OLD]
    people = [User.objects.get(pk=each.person_id) for each in (house.officer, house.supervisor, house.lead)]
    apps = {user: new_app(user) for user in people}
    codes = RecoveryCodes.activate(people[0]).generate_codes()
    provider = SignInProvider.objects.create(
        agency=house.ours,
        issuer="https://id.police.example",
        client_id="portal",
        client_secret=encrypt("shh"),
        set_at=timezone.now(),
    )
    return {"apps": apps, "codes": codes, "provider": provider}


def rotated() -> list[str]:
    said = io.StringIO()
    call_command("rotate_field_keys", stdout=said)
    return said.getvalue().splitlines()


def test_after_it_the_old_key_can_go(kept: dict[str, Any], settings: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    assert rotated() == [
        "second factors: 4 encrypted anew, 0 were already, 0 unreadable",
        "agencies' sign-in: 1 encrypted anew, 0 were already, 0 unreadable",
        "The keys after the first are no longer needed.",
    ]
    settings.FIELD_KEYS = [NEW]
    for user, secret in kept["apps"].items():
        assert signed_in(user, secret)
    officer = next(iter(kept["apps"]))
    browser = Browser()
    with_password(browser, officer)
    assert browser.post(SECOND, {"code": kept["codes"][3]}).status_code == 302
    kept["provider"].refresh_from_db()
    assert decrypt(kept["provider"].client_secret) == "shh"


def test_a_second_run_changes_nothing(kept: dict[str, Any], settings: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    rotated()
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    assert rotated()[0] == "second factors: 0 encrypted anew, 4 were already, 0 unreadable"
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


def test_a_missing_key_is_told_and_nothing_is_lost(kept: dict[str, Any], settings: Any) -> None:
    settings.FIELD_KEYS = [LOST]
    stranger = new_app(User.objects.get(email__startswith="auditor"))
    settings.FIELD_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="1 cannot be read"):
        rotated()
    settings.FIELD_KEYS = [NEW, LOST]
    rotated()
    settings.FIELD_KEYS = [NEW]
    assert signed_in(User.objects.get(email__startswith="auditor"), stranger)


def test_it_goes_by_batches(kept: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 1)
    settings.FIELD_KEYS = [NEW, OLD]
    assert rotated()[0].startswith("second factors: 4 ")


@pytest.mark.django_db(transaction=True)
def test_a_code_used_meanwhile_stays_used_and_the_seed_stays_new(
    kept: dict[str, Any], settings: Any, at_once: Any
) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    officer = next(iter(kept["apps"]))
    codes = kept["codes"]
    done = threading.Event()

    def use(codes: list[str]) -> list[bool]:
        factor = Authenticator.objects.get(user=officer, type="recovery_codes")
        return [factor.wrap().validate_code(code) for code in codes]

    def turn() -> None:
        for _ in range(5):
            for secret in SECRETS:
                rotation.rotate(secret)
        done.set()

    used, also_used, _, _ = at_once(lambda: use(codes[:4]), lambda: use(codes[4:8]), turn, turn)
    assert used == also_used == [True] * 4
    settings.FIELD_KEYS = [NEW]
    assert use(codes) == [False] * 8 + [True] * 2
    connection.close()


def test_every_model_that_encrypts_is_named(kept: dict[str, Any], settings: Any) -> None:
    """Whoever adds a column with a secret adds it to the rotation: a Fernet token elsewhere fails here."""
    settings.FIELD_KEYS = [NEW, OLD]
    rotated()
    from django.apps import apps

    for model in apps.get_models():
        if model._meta.label == "sessions.Session":
            continue  # what is kept there is kept for an hour
        for row in model._default_manager.all()[:200]:
            for token in _tokens([getattr(row, field.attname) for field in model._meta.concrete_fields]):
                assert Fernet(NEW).decrypt(token), model


def _tokens(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.startswith("gAAAA") else []
    if isinstance(value, dict):
        value = list(value.values())
    return [token for each in value for token in _tokens(each)] if isinstance(value, list) else []
