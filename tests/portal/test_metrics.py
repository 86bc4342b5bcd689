"""/metrics: for whoever has the token, what the portal and its delivery processes say of themselves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from campaigns.models import DeliveryProcess
from tests.clients import make_client

TOKEN = "t" * 40
pytestmark = pytest.mark.django_db


def asked(client: Any, token: str | None = TOKEN) -> Any:
    return client.get(reverse("metrics"), headers={"Authorization": f"Bearer {token}"} if token else {})


def process(now: Any, **given: Any) -> DeliveryProcess:
    return DeliveryProcess.objects.create(
        **{
            "id": uuid4(), "host": "d-1", "pid": 7, "first_revision": 1, "revision": 3, "started_at": now,
            "confirmed_at": now, **given,
        }
    )  # fmt: skip


def test_it_says_how_old_each_processs_truth_is(client: Any, settings: Any, now: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    key, _ = make_client("withdrawals", ["campaigns:read"], now=now)
    process(now, confirmed_at=now - timedelta(seconds=90))
    process(now, host="w-1", client_id=key.client_id)
    process(now, host="gone", confirmed_at=now - timedelta(days=1))
    process(now, host="ended", ended_at=now)
    answer = asked(client)
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    [age] = [
        line for line in lines if line.startswith("portal_delivery_truth_age_seconds{") and '"d-1"' in line
    ]
    assert 89 < float(age.rpartition(" ")[2]) < 600
    assert any('client="withdrawals",host="w-1"' in line for line in lines)
    assert not any("gone" in line or "ended" in line for line in lines)
    assert 'portal_ready{check="database"} 1.0' in lines
    assert any(line.startswith("portal_delivery_revision ") for line in lines)


@pytest.mark.parametrize("token", [None, "", "t" * 39, "T" * 40, "ü"])
def test_without_the_token_there_is_no_such_page(client: Any, settings: Any, token: str | None) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert asked(client, token).status_code == 404


def test_without_a_token_in_the_settings_nobody_reads_it(client: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert asked(client, "").status_code == 404
    assert asked(client, None).status_code == 404
