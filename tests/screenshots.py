"""`make screenshots`: every page as each role, desktop and phone, light and dark, in each language.

Needs a running demo (`make demo` in another terminal). Writes var/screenshots/ with an index page.
"""

import base64
import hmac
import html
import json
import os
import shutil
import struct
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

CHECKOUT = Path(__file__).resolve().parents[1]
DEMO = Path(os.environ.get("DEMO_JSON") or CHECKOUT / "var" / "demo.json")
OUT = CHECKOUT / "var" / "screenshots"
PERIOD = 30

PUBLIC = ["/", "/account/login/", "/account/password/reset/", "/demo/withdrawal", "/no-such-page/"]
PAGES = {
    "officer@police-hk.example": [
        "/home/",
        "/campaigns/",
        "/campaigns/new/",
        "/requests/",
        "/requests/new/",
        "/requests/new/?type=information",
        "/account/2fa/",
        "/account/sessions/",
    ],
    "supervisor@police-hk.example": ["/roster/", "/roster/invite/", "/roster/attest/"],
    "supervisor@polisen-se.example": ["/home/", "/campaigns/"],
    "reviewer@exchange.example": ["/home/", "/campaigns/"],
    "analyst@exchange.example": ["/home/", "/requests/"],
    "lead@exchange.example": ["/home/", "/campaigns/", "/requests/", "/clients/", "/clients/register/"],
    "auditor@exchange.example": [
        "/home/",
        "/audit/",
        "/audit/1/",
        "/audit/verify/",
        "/audit/heads/",
        "/audit/export/",
    ],
}
# From a list, the pages of its first things; `{}` is the thing's own address.
DEEPER = {
    "officer@police-hk.example": [
        (
            "/campaigns/?status=draft",
            ["{}", "{}edit/", "{}preview/", "{}preview/?device=desktop&theme=dark", "{}submit/"],
        ),
        ("/campaigns/?q=customer", ["{}"]),
        ("/requests/", ["{}"]),
    ],
    "supervisor@polisen-se.example": [("/campaigns/?waiting=me", ["{}", "{}review/"])],
    "reviewer@exchange.example": [
        ("/campaigns/?waiting=me", ["{}review/"]),
        ("/campaigns/?region=SG", ["{}", "{}recall/"]),
    ],
    "lead@exchange.example": [("/clients/?q=withdrawal", ["{}", "{}edit/", "{}issue/", "{}close/"])],
    "analyst@exchange.example": [("/requests/?status=in_triage", ["{}", "{}ask/", "{}decide/"])],
}
LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("desktop", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}),
    ("desktop-dark", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}),
    ("phone", {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}),
    ("phone-dark", {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}),
]
LANGUAGES = {"en": "en-GB", "zh-hant": "zh-HK"}


def one_time_code(secret: str) -> str:
    """RFC 6238 with SHA-1, six digits, 30 seconds: what an authenticator app shows."""
    counter = struct.pack(">Q", int(time.time()) // PERIOD)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def sign_in(browser: Browser, base: str, account: dict[str, str]) -> Any:
    """The cookies of a signed-in person; a TOTP code is good once, so each signs in once."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/account/login/")
    page.fill("[name=login]", account["email"])
    page.fill("[name=password]", account["password"])
    page.click("form:has([name=password]) button[type=submit]")
    page.wait_for_selector("[name=code]")
    page.fill("[name=code]", one_time_code(account["totp_secret"]))
    page.click("form:has([name=code]) button[type=submit] >> nth=0")
    page.wait_for_url("**/home/")
    state = context.storage_state()
    context.close()
    return state


def addresses(browser: Browser, base: str, state: Any, email: str) -> list[str]:
    found = list(PAGES[email])
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    for listing, templates in DEEPER.get(email, []):
        page.goto(base + listing)
        link = page.query_selector("tbody th a")
        if link is not None:
            thing = link.get_attribute("href") or ""
            found += [template.format(thing) for template in templates]
    context.close()
    return found


def main() -> int:
    if not DEMO.exists():
        print("Start the demo first: make demo", file=sys.stderr)  # noqa: T201
        return 1
    demo = json.loads(DEMO.read_text(encoding="utf-8"))
    base = demo["base_url"]
    accounts = {account["email"]: account for account in demo["accounts"]}
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    taken: list[tuple[str, str, str]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu"])
        people: list[tuple[str, Any, list[str]]] = [("stranger", None, PUBLIC)]
        for email in PAGES:
            state = sign_in(browser, base, accounts[email])
            people.append((email, state, addresses(browser, base, state, email)))
        for who, state, paths in people:
            for language, locale in LANGUAGES.items():
                for look, options in LOOKS:
                    context = browser.new_context(storage_state=state, locale=locale, **options)
                    page = context.new_page()
                    for number, path in enumerate(paths):
                        page.goto(base + path)
                        name = f"{who.split('@')[0]}-{number:02d}-{language}-{look}.png"
                        page.screenshot(path=OUT / name, full_page=True)
                        taken.append((who, f"{path} · {language} · {look}", name))
                    context.close()
        browser.close()
    cells = "\n".join(
        f'<figure><a href="{name}"><img loading="lazy" src="{name}" alt=""></a>'
        f"<figcaption><b>{html.escape(who)}</b> {html.escape(label)}</figcaption></figure>"
        for who, label, name in taken
    )
    (OUT / "index.html").write_text(
        "<!doctype html><meta charset=utf-8><title>Screenshots</title>"
        "<style>body{font:14px sans-serif;display:grid;gap:1rem;"
        "grid-template-columns:repeat(auto-fill,20rem)}"
        "img{width:100%;max-height:24rem;object-fit:cover;object-position:top;border:1px solid #ccc}</style>"
        + cells,
        encoding="utf-8",
    )
    print(f"{len(taken)} pictures: {OUT.relative_to(CHECKOUT)}/index.html")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
