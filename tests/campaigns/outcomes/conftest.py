"""A client that may report, and one published version to report on."""

from typing import Any

import pytest

from portal.kernel.actor import Actor
from tests.campaigns.warnings import published
from tests.clients import make_client


@pytest.fixture
def client(house: Any, now: Any) -> Any:
    made = make_client("withdrawals", ["events:write"], now=now)[0].client
    return Actor(kind="client", id=str(made.pk), label=made.name, scopes=frozenset({"events:write"}))


@pytest.fixture
def version(house: Any, now: Any) -> Any:
    return published(house, now)
