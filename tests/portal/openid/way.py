"""The way of a browser from our page to the agency's provider and back."""

import re
from html import unescape
from typing import Any

import httpx
from django.test import Client as Browser
from django.urls import reverse

HOME = "/home/"


def go(browser: Browser, email: str, **data: str) -> str:
    """From our page to the provider and the address it sends the browser back to."""
    page = browser.post(reverse("account_agency"), {"email": email} | data)
    assert page.status_code == 200, page.content.decode()
    found = re.search(r'class="btn btn-primary" href="([^"]+)"', page.content.decode())
    assert found
    answer = httpx.get(unescape(found[1]))
    return "/" + answer.headers["Location"].split("/", 3)[3]


def sign_in(browser: Browser, email: str) -> Any:
    return browser.get(go(browser, email))


def is_in(browser: Browser) -> bool:
    return browser.get(HOME).status_code == 200


def refused(browser: Browser, answer: Any) -> bool:
    return (
        answer.status_code in (401, 403) and "Not signed in" in answer.content.decode() and not is_in(browser)
    )
