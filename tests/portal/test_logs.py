"""What log lines say of who acted: the thread that served one person serves the next one as a stranger."""

from typing import Any

import pytest
import structlog
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client as Browser
from django.urls import reverse

from tests.people import House, open_session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def test_nobody_is_logged_under_the_name_of_whom_the_thread_served_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound: list[Any] = []

    def noting(*given: Any, **options: Any) -> HttpResponse:
        bound.append(structlog.contextvars.get_contextvars().get("actor"))
        return render(*given, **options)

    monkeypatch.setattr("portal.views.render", noting)
    browser = Browser()
    open_session(browser, house.officer)
    browser.get(reverse("home"))
    Browser().get(reverse("front"))
    assert bound == [house.officer.id, None]
