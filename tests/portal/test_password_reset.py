"""A reset says the same to everyone, and its mail is the worker's work."""

from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.identity import adapters
from portal.identity.tasks import mail_password_reset
from portal.models import User
from tests.people import House


def known(house: House) -> User:
    return User.objects.get(pk=house.officer.person_id)


@pytest.mark.django_db
def test_only_an_id_goes_through_the_broker_for_a_stranger_too(
    client: Client, house: House, monkeypatch: Any
) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(adapters.mail_password_reset, "delay", lambda *given: sent.append(given))
    for address in (known(house).email, "nobody@police.example"):
        answer = client.post(reverse("account_reset_password"), {"email": address})
        assert answer.status_code == 302
    [known_one, nobody] = sent
    assert known_one == (str(house.officer.person_id), "en")
    assert UUID(nobody[0])
    assert not User.objects.filter(pk=nobody[0]).exists()
    mail_password_reset(*nobody)
    assert not mail.outbox


@pytest.mark.django_db
def test_the_worker_mails_a_link_that_opens(client: Client, house: House) -> None:
    mail_password_reset(str(house.officer.person_id), "zh-hant")
    [message] = mail.outbox
    assert message.to == [known(house).email]
    [link] = [line for line in message.body.splitlines() if line.startswith("http")]
    answer = client.get(link.removeprefix("http://localhost:8000"), follow=True)
    assert answer.status_code == 200
    assert "password1" in answer.content.decode()
    # Behind the Back button of a shared desktop lies no form with what was typed.
    assert "no-store" in answer["Cache-Control"]
    assert "執法夥伴平台" in message.body


@pytest.mark.django_db
def test_a_broker_that_is_gone_tells_a_stranger_nothing(
    client: Client, house: House, monkeypatch: Any
) -> None:
    def refuse(*given: Any) -> None:
        raise adapters.OperationalError("gone")

    monkeypatch.setattr(adapters.mail_password_reset, "delay", refuse)
    assert client.post(reverse("account_reset_password"), {"email": known(house).email}).status_code == 302


@pytest.mark.django_db
def test_behind_our_proxy_the_limit_goes_by_the_clients_address(
    client: Client, house: House, settings: Any
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(12):
        client.post(
            reverse("account_login"),
            {"login": f"stranger{number}@else.example", "password": "wrong"},
            headers={"X-Forwarded-For": "203.0.113.66"},
        )
    answer = client.post(
        reverse("account_login"),
        {"login": known(house).email, "password": "wrong"},
        headers={"X-Forwarded-For": "198.51.100.7"},
    )
    assert "Too many" not in answer.content.decode()
