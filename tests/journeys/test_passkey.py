"""Passkeys in a real browser, with Chromium's virtual authenticators: what they open, and what is refused."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator

from portal.models import AuditEvent, User
from tests.campaigns.warnings import approved_by_agency
from tests.journeys.conftest import Portal
from tests.journeys.person import Person
from tests.people import PASSWORD, House

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/account/2fa/webauthn/add/"
LOGIN = "/account/login/"


class Key:
    """An authenticator at the person's browser: a laptop's fingerprint reader unless told otherwise."""

    def __init__(self, person: Person, *, verifies: bool = True, resident: bool = True) -> None:
        self.cdp = person.context.new_cdp_session(person.page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal" if verifies else "usb",
            "hasResidentKey": resident,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def add(self, credential: dict[str, Any]) -> None:
        self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def verifies(self, does: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})

    def unplug(self) -> None:
        self.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.id})


def newcomer(chromium: Any, portal: Portal, user: User) -> Person:
    """Signed in with the password, and sent to enrol."""
    person = Person(chromium, portal.url)
    sign_in_by_password(person, user)
    return person


def sign_in_by_password(person: Person, user: User) -> None:
    person.goto(LOGIN)
    person.page.fill("[name=login]", user.email)
    person.page.fill("[name=password]", PASSWORD)
    person.click("form:has([name=password]) button[type=submit]")


def enrol(person: Person, name: str) -> None:
    person.goto(ADD)
    person.page.fill("[name=name]", name)
    person.click("#mfa_webauthn_add")


def sign_out(person: Person) -> None:
    person.goto("/account/logout/")
    person.click("main button[type=submit]")


def sign_in_by_passkey(person: Person) -> None:
    person.goto(LOGIN)
    person.click("#passkey_login")


def is_in(person: Person) -> bool:
    person.goto("/home/")
    return urlsplit(person.page.url).path == "/home/"


def refused(person: Person, button: str) -> None:
    """The browser or the key said no: the page says so, and stays."""
    person.page.click(button)
    person.page.wait_for_selector("[data-passkey-error]:not([hidden])")
    person.complaints.clear()  # allauth's script logs what the browser refused
    person.judge()


def stale(user: User) -> None:
    """As if everybody's proof were ten minutes old."""
    from django.contrib.sessions.backends.cached_db import SessionStore
    from django.contrib.sessions.models import Session

    for row in Session.objects.all():
        session = SessionStore(row.session_key)
        records = session.get("account_authentication_methods")
        if records and session.get("_auth_user_id") == str(user.pk):
            session["account_authentication_methods"] = [each | {"at": each["at"] - 600} for each in records]
            session.save()


def person_of(actor: Any) -> User:
    return User.objects.get(pk=actor.person_id)


def test_a_newcomers_passkey_is_all_that_is_needed_from_then_on(
    chromium: Any, portal: Portal, house: House, now: Any
) -> None:
    reviewer = person_of(house.reviewer)
    version = approved_by_agency(house, now)
    person = newcomer(chromium, portal, reviewer)
    key = Key(person)
    enrol(person, "Office laptop")
    assert "/recovery-codes/" in person.page.url, "shown once, right after"
    assert person.page.locator("#recovery_codes li").count() == 10
    kept = Authenticator.objects.get(user=reviewer, type="webauthn")
    assert str(kept) == "Office laptop"
    assert kept.wrap().is_passwordless
    [credential] = key.credentials()
    assert credential["rpId"] == "localhost"
    person.goto("/account/2fa/webauthn/")
    assert "Office laptop" in person.text()
    assert "Passkey" in person.text()

    sign_out(person)
    sign_in_by_passkey(person)
    assert person.page.url.endswith("/home/")
    last = AuditEvent.objects.filter(event="people.signed_in").order_by("-seq")[0]
    assert last.data["by"][-1] == "webauthn"
    assert "password" not in last.data["by"]

    # A fresh act: nothing to type, one touch, and it is done with the comment that was written.
    stale(reviewer)
    person.goto(f"/campaigns/{version.campaign_id}/review/")
    person.page.fill("[name=comment]", "Checked with the agency 已核對")
    with person.page.expect_navigation(url="**/reauthenticate/**"):
        person.page.click("form[action*='/approve/'] button, button[formaction*='/approve/']")
    person.judge()
    assert "/webauthn/reauthenticate/" in person.page.url
    with person.page.expect_navigation(url=f"**/campaigns/{version.campaign_id}/"):
        person.page.click("#mfa_webauthn_reauthenticate")
    person.judge()
    approved = AuditEvent.objects.filter(event="campaigns.approved").order_by("-seq")[0]
    assert approved.why == "Checked with the agency 已核對"
    kept.refresh_from_db()
    assert kept.data["sign_count"] >= 2


def test_a_key_that_does_not_ask_who_holds_it_is_refused(chromium: Any, portal: Portal, house: House) -> None:
    officer = person_of(house.officer)
    person = newcomer(chromium, portal, officer)
    bare = Key(person, verifies=False)
    person.goto(ADD)
    refused(person, "#mfa_webauthn_add")
    assert not Authenticator.objects.filter(user=officer).exists()
    bare.unplug()
    # A good key is enrolled; once its holder is not recognised, it opens nothing.
    key = Key(person)
    enrol(person, "Key ring")
    sign_out(person)
    key.verifies(False)
    person.goto(LOGIN)
    refused(person, "#passkey_login")
    assert not is_in(person)
    key.verifies(True)
    sign_in_by_passkey(person)
    assert is_in(person)


def test_the_server_itself_insists_on_verification(chromium: Any, portal: Portal, house: House) -> None:
    """A script in the page asks the key without it, and sends what it signed."""
    person = newcomer(chromium, portal, person_of(house.officer))
    Key(person)
    enrol(person, "Key ring")
    sign_out(person)
    person.goto(LOGIN)
    answer = person.page.evaluate(
        """async () => {
          const asked = await fetch('/account/2fa/webauthn/login/', {headers: {Accept: 'application/json'}});
          const options = (await asked.json()).request_options;
          if (options.publicKey.userVerification !== 'required') return 'not required';
          options.publicKey.userVerification = 'discouraged';
          return JSON.stringify(await window.webauthnJSON.get(options));
        }"""
    )
    signed = json.loads(answer)
    data = _decoded(signed["response"]["authenticatorData"])
    tampered = bytearray(data)
    tampered[32] &= ~0x04  # the flag that says the holder was verified
    signed["response"]["authenticatorData"] = _encoded(bytes(tampered))
    _send(person, signed)
    assert not is_in(person)


def test_an_answer_opens_once_and_only_here(chromium: Any, portal: Portal, house: House) -> None:
    officer = person_of(house.officer)
    person = newcomer(chromium, portal, officer)
    Key(person)
    enrol(person, "Key ring")
    sign_out(person)
    person.goto(LOGIN)
    signed = json.loads(_signed(person))
    # Another origin than ours in what was signed, then no answer at all, then the right one, twice.
    client = json.loads(_decoded(signed["response"]["clientDataJSON"]))
    for origin in ("https://portal.evil.example", portal.url.replace("localhost", "sub.localhost"), "null"):
        forged = json.loads(json.dumps(signed))
        forged["response"]["clientDataJSON"] = _encoded(json.dumps({**client, "origin": origin}).encode())
        _send(person, forged)
        assert not is_in(person), origin
    person.goto(LOGIN)
    again = json.loads(_signed(person))
    _send(person, again)
    assert is_in(person)
    sign_out(person)
    person.goto(LOGIN)
    _signed(person)  # a new challenge is open in this session
    _send(person, again)
    assert not is_in(person), "the old answer is for the old challenge"


def test_the_key_of_another_account_opens_that_account_only(
    chromium: Any, portal: Portal, house: House
) -> None:
    officer, supervisor = person_of(house.officer), person_of(house.supervisor)
    mine = newcomer(chromium, portal, officer)
    key = Key(mine)
    enrol(mine, "Mine")
    [credential] = key.credentials()
    theirs = newcomer(chromium, portal, supervisor)
    other = Key(theirs)
    enrol(theirs, "Theirs")
    # The officer's key, in the supervisor's browser, at the supervisor's second step.
    sign_out(theirs)
    other.unplug()
    Key(theirs).add(credential)
    sign_in_by_password(theirs, supervisor)
    assert "/2fa/authenticate/" in theirs.page.url
    refused(theirs, "#mfa_webauthn_authenticate")
    assert not is_in(theirs)
    # With a user handle that names the supervisor, the officer's key opens nothing.
    theirs.goto("/account/2fa/authenticate/")
    theirs.click("#logout-from-stage button")
    theirs.goto(LOGIN)
    signed = json.loads(_signed(theirs))
    signed["response"]["userHandle"] = _encoded(str(supervisor.pk).encode())
    _send(theirs, signed)
    assert not is_in(theirs)
    # The same key cannot be enrolled for a second account.
    before = Authenticator.objects.filter(user=supervisor).count()
    _send(theirs, {"id": "x", "rawId": "x", "type": "public-key", "response": {}})
    assert Authenticator.objects.filter(user=supervisor).count() == before


def test_a_key_of_another_site_is_not_even_asked(chromium: Any, portal: Portal, house: House) -> None:
    officer = person_of(house.officer)
    person = newcomer(chromium, portal, officer)
    key = Key(person)
    enrol(person, "Key ring")
    [credential] = key.credentials()
    sign_out(person)
    key.unplug()
    Key(person).add({**credential, "rpId": "evil.example"})
    person.goto(LOGIN)
    refused(person, "#passkey_login")
    assert not is_in(person)


def test_several_keys_have_names_and_the_last_one_stays(chromium: Any, portal: Portal, house: House) -> None:
    officer = person_of(house.officer)
    person = newcomer(chromium, portal, officer)
    first = Key(person)
    enrol(person, "Blue key ring")
    first.unplug()
    Key(person)
    enrol(person, "Office laptop")
    keys = {str(each): each for each in Authenticator.objects.filter(user=officer, type="webauthn")}
    assert set(keys) == {"Blue key ring", "Office laptop"}
    assert all("proves_from" not in each.data for each in keys.values()), "both in the newcomer's session"
    person.goto("/account/2fa/webauthn/")
    assert person.page.locator("tbody tr").count() == 2
    # Removing asks for a proof, given with the key that is still here.
    with person.page.expect_navigation(url="**/reauthenticate/**"):
        person.page.goto(f"{portal.url}/account/2fa/webauthn/keys/{keys['Blue key ring'].pk}/remove/")
    person.judge()
    person.click("#mfa_webauthn_reauthenticate")
    assert "Remove the key" in person.text()
    person.click("main .btn-danger")
    assert [str(each) for each in Authenticator.objects.filter(user=officer, type="webauthn")] == [
        "Office laptop"
    ]
    person.goto(f"/account/2fa/webauthn/keys/{keys['Office laptop'].pk}/remove/")
    person.click("main .btn-danger")
    assert "cannot deactivate" in person.text()
    assert Authenticator.objects.filter(user=officer, type="webauthn").count() == 1


def test_a_copied_key_is_noticed_by_its_count(chromium: Any, portal: Portal, house: House) -> None:
    officer = person_of(house.officer)
    person = newcomer(chromium, portal, officer)
    key = Key(person)
    enrol(person, "Key ring")
    [copied] = key.credentials()
    sign_out(person)
    for _ in range(2):
        sign_in_by_passkey(person)
        assert is_in(person)
        sign_out(person)
    key.unplug()
    Key(person).add({**copied, "signCount": 0})
    sign_in_by_passkey(person)
    assert not is_in(person)


def _signed(person: Person) -> str:
    return str(
        person.page.evaluate(
            """async () => {
              const headers = {Accept: 'application/json'};
              const asked = await fetch('/account/2fa/webauthn/login/', {headers});
              return JSON.stringify(await window.webauthnJSON.get((await asked.json()).request_options));
            }"""
        )
    )


def _send(person: Person, credential: dict[str, Any]) -> None:
    """Post it as the sign-in page would."""
    if "/account/login/" not in person.page.url:
        person.goto(LOGIN)
    with person.page.expect_navigation():
        person.page.evaluate(
            """(credential) => {
              document.getElementById('mfa_credential').value = credential;
              document.getElementById('mfa_login').submit();
            }""",
            json.dumps(credential),
        )


def _decoded(text: str) -> bytes:
    from fido2.utils import websafe_decode

    return bytes(websafe_decode(text))


def _encoded(data: bytes) -> str:
    from fido2.utils import websafe_encode

    return str(websafe_encode(data))
