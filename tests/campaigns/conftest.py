"""Fixtures of the campaigns' pages: plain static files, and a signed-in browser for each person."""

from typing import Any

import pytest
from django.test import Client as Browser

from portal.kernel.actor import Actor
from tests.people import open_session


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
