"""The pages about clients, as a lead's browser meets them; a new key is seen once and nowhere else."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import redis
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from portal.clients import flows
from portal.clients.keys import FORM
from portal.models import Client, ClientKey, User
from tests.clients import make_client
from tests.people import SYSTEM, House, open_session

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Withdrawal service",
    "description": "Asks.",
    "contact": "Payments",
    "scopes": ["campaigns:read"],
    "networks": "203.0.113.0/24\r\n2001:db8::/32",
    "per_minute": "600",
}


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def lead(house: House) -> Browser:
    browser = Browser()
    open_session(browser, house.lead)
    return browser


@pytest.fixture
def key(house: House, now: Any) -> ClientKey:
    return make_client("Withdrawal service", ["campaigns:read"], now=now)[0]


def at(name: str, key: ClientKey) -> str:
    pair = {"client_id": key.client_id, "key_id": key.pk}
    return reverse(
        name, kwargs=pair if name in ("clients-rotate", "clients-revoke") else {"client_id": key.client_id}
    )


def shown(answer: Any) -> str:
    [text] = re.findall(FORM.pattern, answer.content.decode())
    return text


def test_a_client_is_registered_and_its_page_says_what_it_may_do(lead: Browser) -> None:
    answer = lead.post(reverse("clients-register"), GIVEN)
    client = Client.objects.get()
    assert answer["Location"] == reverse("clients-view", args=[client.pk])
    page = lead.get(answer["Location"]).content.decode()
    for words in (
        "203.0.113.0/24",
        "2001:db8::/32",
        "600",
        "Read live campaigns",
        "No keys yet",
        "Client registered",
    ):
        assert words in page


def test_what_was_typed_is_kept_when_it_is_refused(lead: Browser) -> None:
    answer = lead.post(
        reverse("clients-register"), GIVEN | {"networks": "10.0.0.7/8\n<b>", "name": "Für <i>"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "10.0.0.7/8\n&lt;b&gt;" in page
    assert "Für &lt;i&gt;" in page
    assert "10.0.0.0/8 or 10.0.0.7/32" in page
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "forged",
    [
        {"scopes": ["campaigns:read", "campaigns:write"]},
        {"scopes": ["*"]},
        {"per_minute": "99999999999"},
        {"per_minute": "1e9"},
        {"networks": "0.0.0.0/0"},
        {"name": "x" * 100_000},
        {"name": "a\x00b"},
    ],
)
def test_a_forged_form_gains_nothing(lead: Browser, forged: dict[str, Any]) -> None:
    assert lead.post(reverse("clients-register"), GIVEN | forged).status_code == 422
    assert not Client.objects.exists()


def test_fields_that_the_form_does_not_have_are_not_heard(lead: Browser) -> None:
    lead.post(reverse("clients-register"), GIVEN | {"closed_at": "2026-01-01", "id": "1", "revision": "9"})
    client = Client.objects.get()
    assert (client.closed_at, client.revision) == (None, 1)


def test_a_new_key_is_in_one_answer_and_nowhere_else(lead: Browser, key: ClientKey, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    form = lead.get(at("clients-issue", key))
    seen = form.context["form"]["seen_keys"].value()
    answer = lead.post(at("clients-issue", key), {"days": 90, "note": "blue", "seen_keys": seen})
    text = shown(answer)
    assert answer["Cache-Control"] == "no-store"
    secret = text[-43:]
    assert secret not in caplog.text
    assert secret not in json.dumps(dict(lead.session), default=str)
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"])  # noqa: S608
            assert cursor.fetchone() == (0,), table
    valkey = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])
    kept = [valkey.dump(name) or b"" for name in valkey.keys("*")]
    assert kept
    assert not [value for value in kept if secret.encode() in value]
    page = lead.get(at("clients-view", key)).content.decode()
    assert text[:17] in page
    assert secret not in page


def test_sending_the_form_again_shows_and_issues_no_other_key(lead: Browser, key: ClientKey) -> None:
    given = {"days": 90, "note": "", "seen_keys": 1}
    text = shown(lead.post(at("clients-issue", key), given))
    again = lead.post(at("clients-issue", key), given)
    assert again.status_code == 409
    assert text not in again.content.decode()
    assert not re.search(FORM.pattern, again.content.decode())
    assert ClientKey.objects.count() == 2
    for _ in range(2):
        again = lead.post(at("clients-rotate", key), {"days": 90, "overlap": 24, "note": ""})
    assert again.status_code == 409
    assert ClientKey.objects.count() == 3


@pytest.mark.parametrize(
    "forged",
    [{"days": 4000}, {"days": "x"}, {"days": -1}, {"overlap": 24 * 31}, {"overlap": -5}, {"overlap": ""}],
)
def test_terms_that_are_not_offered_are_refused(
    lead: Browser, key: ClientKey, forged: dict[str, Any]
) -> None:
    answer = lead.post(at("clients-rotate", key), {"days": 90, "overlap": 24, "note": ""} | forged)
    assert answer.status_code == 422
    assert ClientKey.objects.count() == 1


def test_a_rotation_says_when_the_old_key_ends(lead: Browser, key: ClientKey) -> None:
    answer = lead.post(at("clients-rotate", key), {"days": 90, "overlap": 24, "note": ""})
    assert shown(answer)[:17] != key.prefix
    assert key.prefix in answer.content.decode()
    page = lead.get(at("clients-view", key)).content.decode()
    assert "Ending" in page
    assert "followed by" in page


def test_a_key_of_another_client_is_not_found_under_this_one(lead: Browser, key: ClientKey, now: Any) -> None:
    other, _ = make_client("Monitor", ["campaigns:read"], now=now)
    for name in ("clients-rotate", "clients-revoke"):
        crossed = reverse(name, kwargs={"client_id": other.client_id, "key_id": key.pk})
        assert lead.get(crossed).status_code == 404
        assert lead.post(crossed, {"why": "x", "days": 90, "overlap": 0}).status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_revoking_and_closing_ask_why_and_do_it(lead: Browser, key: ClientKey) -> None:
    assert "It is the only key that works" in lead.get(at("clients-revoke", key)).content.decode()
    assert lead.post(at("clients-revoke", key), {"why": " "}).status_code == 422
    assert lead.post(at("clients-revoke", key), {"why": "It <b>leaked</b>."}).status_code == 302
    assert lead.post(at("clients-revoke", key), {"why": "again"}).status_code == 409
    page = lead.get(at("clients-view", key)).content.decode()
    assert "It &lt;b&gt;leaked&lt;/b&gt;." in page
    assert lead.post(at("clients-close", key), {"why": "done"}).status_code == 302
    for name in ("clients-edit", "clients-issue", "clients-close"):
        assert lead.get(at(name, key)).status_code == 409


def test_an_edit_on_a_stale_page_overwrites_nothing(
    lead: Browser, key: ClientKey, house: House, now: Any
) -> None:
    seen = lead.get(at("clients-edit", key)).context["form"]["seen_revision"].value()
    assert (
        lead.post(at("clients-edit", key), GIVEN | {"seen_revision": seen, "per_minute": "9"}).status_code
        == 302
    )
    assert (
        lead.post(at("clients-edit", key), GIVEN | {"seen_revision": seen, "per_minute": "8"}).status_code
        == 409
    )
    assert Client.objects.get().per_minute == 9
    assert "6,000 → 9" in lead.get(at("clients-view", key)).content.decode()


@pytest.mark.parametrize(
    "name", ["clients-register", "clients-edit", "clients-issue", "clients-rotate", "clients-close"]
)
def test_without_a_fresh_proof_the_form_asks_for_it(
    house: House, key: ClientKey, name: str, now: Any
) -> None:
    browser = Browser()
    open_session(browser, house.lead, proved=False)
    TOTP.activate(User.objects.get(pk=house.lead.person_id), "A" * 32)
    Authenticator.objects.update(created_at=now - timedelta(days=30))
    address = reverse(name) if name == "clients-register" else at(name, key)
    for answer in (
        browser.get(address),
        browser.post(address, GIVEN | {"why": "x", "days": 90, "overlap": 0}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    assert (Client.objects.count(), ClientKey.objects.count()) == (1, 1)


@pytest.mark.parametrize("who", ["officer", "supervisor", "reviewer", "analyst"])
def test_nobody_else_finds_anything(house: House, key: ClientKey, who: str) -> None:
    browser = Browser()
    open_session(browser, getattr(house, who))
    assert browser.get(reverse("clients-list")).status_code == 403
    assert browser.get(at("clients-view", key)).status_code == 403
    assert "/clients/" not in browser.get(reverse("home")).content.decode()


def test_an_auditor_reads_and_is_offered_no_act(house: House, key: ClientKey) -> None:
    browser = Browser()
    open_session(browser, house.auditor)
    for address in (reverse("clients-list"), at("clients-view", key)):
        page = browser.get(address).content.decode()
        assert key.prefix in page
        assert not re.search(r"/(register|edit|issue|rotate|revoke|close)/", page)


def test_who_finds_a_prefix_in_a_log_finds_its_client(lead: Browser, key: ClientKey, now: Any) -> None:
    make_client("Monitor", ["campaigns:read"], now=now)
    for asked in (key.prefix, key.prefix + "_tail-of-a-whole-key", "WITHDRAWAL"):
        found = lead.get(reverse("clients-list"), {"q": asked}).content.decode()
        assert "Withdrawal service" in found
        assert "Monitor" not in found
    for odd in ("%", "_", "\x00", "x" * 5000, "';--", "<script>"):
        assert lead.get(reverse("clients-list"), {"q": odd, "show": odd}).status_code == 200


def test_keys_that_need_attention_are_on_the_home_page_and_in_the_filter(
    lead: Browser, house: House, key: ClientKey, now: Any
) -> None:
    soon, _ = make_client("Monitor", ["campaigns:read"], now=now, expires_at=now + timedelta(days=10))
    home = lead.get(reverse("home")).content.decode()
    assert soon.prefix in home
    assert "Ends soon, and no key follows it" in home
    assert key.prefix not in home
    listed = lead.get(reverse("clients-list"), {"show": "attention"}).content.decode()
    assert "Monitor" in listed
    assert "Withdrawal service" not in listed


def test_the_pages_ask_no_more_for_many_keys(
    lead: Browser, now: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        key, _ = make_client(f"c{number:02}", ["campaigns:read"], now=now)
        for _ in range(3):
            flows.rotate(
                flows.issue(key.client_id, actor=SYSTEM, now=now)[0].pk,
                actor=SYSTEM,
                now=now,
                overlap=timedelta(0),
            )
            flows.revoke(key.client.keys.filter(revoked_at=None).first().pk, actor=SYSTEM, now=now, why="x")
    lead.get(reverse("clients-list"))
    with django_assert_max_num_queries(9):
        lead.get(reverse("clients-list"))
    with django_assert_max_num_queries(9):
        lead.get(at("clients-view", key))
