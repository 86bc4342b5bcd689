"""The running demo and its people: signing in as they do, and the links that were mailed to them."""

import base64
import email
import hmac
import json
import os
import re
import struct
import time
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

CHECKOUT = Path(__file__).resolve().parents[2]
DEMO = Path(os.environ.get("DEMO_JSON") or CHECKOUT / "var" / "demo.json")
PERIOD = 30


def one_time_code(secret: str) -> str:
    """RFC 6238 with SHA-1, six digits, 30 seconds: what an authenticator app shows."""
    counter = struct.pack(">Q", int(time.time()) // PERIOD)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


@dataclass(frozen=True, slots=True)
class Demo:
    url: str
    accounts: dict[str, dict[str, str]]
    mail: Path

    @classmethod
    def running(cls) -> "Demo":
        found = json.loads(DEMO.read_text(encoding="utf-8"))
        accounts = {account["email"]: account for account in found["accounts"]}
        return cls(found["base_url"], accounts, DEMO.parent / "mail")

    def mailed(self, path: str) -> str:
        """The newest mailed link below this path, as a path; an unknown one where nothing was mailed."""
        link = re.compile(re.escape(self.url) + f"({re.escape(path)}[^/\\s]+/)(?!\\S)")
        for file in sorted(self.mail.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True):
            body = email.message_from_bytes(file.read_bytes(), policy=policy.default).get_body()
            if body is not None and (found := link.search(body.get_content())):
                return found.group(1)
        return f"{path}nothing-was-mailed/"

    def give_password(self, page: Page, who: str) -> None:
        page.context.clear_cookies()  # a sign-in that is half done asks for its code instead
        page.goto(f"{self.url}/account/login/")
        page.fill("[name=login]", who)
        page.fill("[name=password]", self.accounts[who]["password"])
        page.click("form:has([name=password]) button[type=submit]")

    def give_code(self, page: Page, who: str) -> None:
        """A code is good once: whoever has just used one waits for the next."""
        for _attempt in range(3):
            page.wait_for_selector("[name=code]")
            page.fill("[name=code]", one_time_code(self.accounts[who]["totp_secret"]))
            with page.expect_navigation():
                page.click("form:has([name=code]) button[type=submit] >> nth=0")
            if page.locator("[name=code]").count() == 0:
                return
            time.sleep(PERIOD - time.time() % PERIOD + 1)
        raise RuntimeError(f"{who} could not sign in.")

    def sign_in(self, browser: Browser, who: str) -> Any:
        """The cookies of a person who is signed in."""
        context = browser.new_context()
        page = context.new_page()
        self.give_password(page, who)
        self.give_code(page, who)
        state = context.storage_state()
        context.close()
        return state
