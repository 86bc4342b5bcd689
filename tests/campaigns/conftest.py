"""Fixtures of the campaigns' pages: plain static files, and a signed-in browser for each person."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from campaigns.client.selection import Selection
from campaigns.delivery.follow import Truth, follower
from campaigns.delivery.snapshot import Snapshot
from portal.clients import known
from portal.kernel.actor import Actor
from tests.people import open_session


@pytest.fixture
def known_here(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process knows the clients of the test's own transaction, which no other connection sees."""

    def truth() -> Truth:
        connection.ensure_connection()
        return Truth(Snapshot(0, Selection(), known.read(connection.connection)), 0.0, None)

    monkeypatch.setattr(follower, "truth", truth)


@pytest.fixture
def browser_of(settings: Any) -> Any:
    """browser_of(actor): a test client of its own, so that two people can have a page open at once."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }

    def enter(actor: Actor) -> Browser:
        browser = Browser()
        open_session(browser, actor)
        return browser

    return enter
