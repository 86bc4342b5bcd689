"""Since when a domain is registered: asked of a real HTTP server, which may be slow, broken or hostile."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from celery.exceptions import Retry
from django.test.utils import override_settings

from portal.agencies.lookalikes import findings
from portal.agencies.registration import rdap
from portal.agencies.registration.tasks import NotAnswered, look_up
from portal.models import DomainRegistration
from portal.models.registration import RegistrationOutcome

OLD = {
    "events": [
        {"eventAction": "expiration", "eventDate": "2030-01-01"},
        {"eventAction": "registration", "eventDate": "1997-09-15T04:00:00Z"},
    ]
}


class Registry(ThreadingHTTPServer):
    """Answers what it is told to, and remembers what it was asked."""

    daemon_threads = True
    answer: tuple[int, bytes] | Callable[[Any], None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if callable(self.server.answer):
            self.server.answer(self)
            return
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", "application/rdap+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given: Any) -> None:
        return


@pytest.fixture
def registry() -> Iterator[Registry]:
    server = Registry()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(RDAP_URL=server.url):
        yield server
    server.shutdown()
    server.server_close()


def says(registry: Registry, document: Any, status: int = 200) -> None:
    registry.answer = status, json.dumps(document).encode()


def codes(domain: str) -> dict[str, str]:
    return {each.code: each.text for each in findings(domain, known={}) if each.code.startswith("regist")}


def ask(domain: str) -> None:
    """As the worker does; a task that is to be tried again is no failure here."""
    try:
        look_up(domain)
    except (NotAnswered, Retry):
        return


@pytest.mark.django_db
def test_the_registered_name_is_asked_for_and_the_answer_kept(registry: Registry) -> None:
    says(registry, OLD)
    ask("mail.police.example")
    assert registry.asked == ["/domain/police.example"]
    kept = DomainRegistration.objects.get()
    assert (kept.domain, kept.outcome, kept.registered_on) == ("police.example", "found", date(1997, 9, 15))
    assert list(codes("mail.police.example")) == ["registered"]
    assert "1997" in codes("police.example")["registered"]


@pytest.mark.django_db
def test_a_domain_of_last_week_is_a_serious_finding(registry: Registry) -> None:
    week = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    says(registry, {"events": [{"eventAction": "registration", "eventDate": week}]})
    ask("police.example")
    (finding,) = [each for each in findings("police.example", known={}) if each.code == "registered-lately"]
    assert finding.is_serious


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        ({}, "no_date"),
        ([], "no_date"),
        ("text", "no_date"),
        (None, "no_date"),
        ({"events": "soon"}, "no_date"),
        ({"events": [None, 1, {}]}, "no_date"),
        ({"events": [{"eventAction": "registration"}]}, "no_date"),
        ({"events": [{"eventAction": "registration", "eventDate": "yesterday"}]}, "no_date"),
        ({"events": [{"eventAction": "registration", "eventDate": "2999-01-01"}]}, "no_date"),
        ({"events": [{"eventAction": "registration", "eventDate": {"a": 1}}]}, "no_date"),
        (OLD, "found"),
    ],
)
@pytest.mark.django_db
def test_what_could_not_be_found_is_said(registry: Registry, document: Any, outcome: str) -> None:
    says(registry, document)
    ask("police.example")
    assert DomainRegistration.objects.get().outcome == outcome
    assert list(codes("police.example")) == ["registered" if outcome == "found" else "registration-unknown"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((404, b"{}"), "unknown"),
        ((500, b"{}"), "failed"),
        ((429, b"{}"), "failed"),
        ((200, b"<html>"), "failed"),
        ((200, b"\xff\xfe"), "failed"),
        ((200, b"[" * 200_000), "failed"),
        ((200, b'{"a": "' + b"x" * 600_000 + b'"}'), "failed"),
        ((204, b""), "failed"),
    ],
)
def test_a_broken_registry_breaks_nothing(
    registry: Registry, answer: tuple[int, bytes], outcome: str
) -> None:
    registry.answer = answer
    ask("police.example")
    assert DomainRegistration.objects.get().outcome == outcome
    assert "could not be found" in codes("police.example")["registration-unknown"]


@pytest.mark.django_db
def test_a_redirect_is_followed_and_a_circle_is_left(registry: Registry) -> None:
    def to_the_registrar(request: Any) -> None:
        request.send_response(302)
        request.send_header("Location", "/elsewhere")
        request.end_headers()

    registry.answer = to_the_registrar
    ask("police.example")
    assert DomainRegistration.objects.get().outcome == RegistrationOutcome.FAILED
    assert len(registry.asked) == rdap.MAX_REDIRECTS + 1


@pytest.mark.django_db
def test_a_registry_that_drips_is_not_waited_for(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdap, "TIMEOUT", httpx.Timeout(0.3))

    def drip(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        time.sleep(1)

    registry.answer = drip
    begun = time.monotonic()
    ask("police.example")
    assert time.monotonic() - begun < 1
    assert DomainRegistration.objects.get().outcome == RegistrationOutcome.FAILED


@pytest.mark.django_db
def test_a_registry_that_drips_for_ever_is_cut_off(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdap, "SECONDS", 0.3)

    def drip(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        for _number in range(30):
            try:
                request.wfile.write(b" ")
                time.sleep(0.1)
            except OSError:
                return

    registry.answer = drip
    begun = time.monotonic()
    ask("police.example")
    assert time.monotonic() - begun < 2
    assert DomainRegistration.objects.get().outcome == RegistrationOutcome.FAILED


@pytest.mark.django_db
def test_a_registry_that_is_away_takes_nothing_back(registry: Registry) -> None:
    says(registry, OLD)
    ask("police.example")
    says(registry, {}, 500)
    ask("police.example")
    assert DomainRegistration.objects.get().outcome == RegistrationOutcome.FOUND


@pytest.mark.django_db
def test_a_failure_is_tried_again(registry: Registry) -> None:
    says(registry, {}, 503)
    with pytest.raises((NotAnswered, Retry)):
        look_up("police.example")


@pytest.mark.django_db
def test_before_it_was_asked_that_is_said_too(registry: Registry) -> None:
    assert "not looked up yet" in codes("police.example")["registration-unknown"]


@pytest.mark.django_db
def test_a_public_suffix_is_not_asked_for(registry: Registry) -> None:
    says(registry, OLD)
    ask("gov.uk")
    assert registry.asked == []


def test_without_a_service_nobody_is_asked_and_nothing_is_said() -> None:
    """No database here: with no service set there is nothing to read."""
    look_up("police.example")
    assert codes("police.example") == {}
