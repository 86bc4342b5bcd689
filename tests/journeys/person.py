"""A person at a browser: signs in as people do, and has every page that is opened judged."""

import re
import time
from pathlib import Path
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.cache import cache

from portal.demo import credentials
from portal.kernel.actor import Actor
from portal.models import User
from tests.screenshots.looks import OVER_THE_EDGE

AXE = (Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(
    encoding="utf-8"
)
PASSWORD = "a long and unlikely password 7"


class Person:
    """`goto` and `judge` fail on a broken policy, a script error, anything axe finds, or a page too wide."""

    def __init__(self, chromium: Any, url: str, actor: Actor | None = None, **context: Any) -> None:
        self.url = url
        self.context = chromium.new_context(
            **{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **context}
        )
        self.complaints: list[str] = []
        self.open_tab()
        if actor is not None:
            self._sign_in(actor)

    def open_tab(self) -> None:
        """A tab beside the others, which it takes the place of here."""
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not re.search(r"status of (4\d\d)", message.text):
            self.complaints.append(message.text)

    def _sign_in(self, actor: Actor) -> None:
        account = credentials.enrol(User.objects.get(pk=actor.person_id), PASSWORD)
        self.goto("/account/login/")
        self.page.fill("[name=login]", account["email"])
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form:has([name=password]) button[type=submit]")
        self.secret = account["totp_secret"]
        self.give_code()
        self.page.wait_for_url("**/home/")
        self.judge()

    def give_code(self) -> None:
        """What the authenticator app shows now."""
        if (left := 30 - time.time() % 30) < 3:
            time.sleep(left)  # a code is good for its half minute only
        counter = next(iter(yield_hotp_counters_from_time()))
        self.page.fill("[name=code]", format_hotp_value(hotp_value(self.secret, counter)))
        with self.page.expect_navigation():
            self.page.click("form:has([name=code]) button[type=submit] >> nth=0")

    def outlast_proof(self) -> None:
        """As after the minutes for which a second factor that was given counts as fresh."""
        cookies = {each["name"]: each["value"] for each in self.context.cookies()}
        session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
        for given in session[AUTHENTICATION_METHODS_SESSION_KEY]:
            given["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 60
        session.save()
        cache.clear()  # with the code that was used within this half minute

    def goto(self, path: str) -> Any:
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        self.judge()
        return answer

    def click(self, selector: str) -> None:
        """Follow a link or send a form, then judge the page it led to."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.judge()

    def judge(self) -> None:
        self.page.evaluate(AXE)
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        violations = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]
        assert not violations, (self.page.url, violations)
        assert not self.complaints, (self.page.url, self.complaints)
        over = self.page.evaluate(OVER_THE_EDGE)
        assert not over, (self.page.url, over)

    def press(self, *keys: str) -> None:
        """One key after another, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def text(self) -> str:
        return str(self.page.inner_text("main"))


def within(seconds: float, holds: Any) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False
