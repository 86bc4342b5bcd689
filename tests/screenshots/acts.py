"""What is done at a page before it is pictured. Only the acts of stops marked `once` change the demo."""

from typing import Any

from playwright.sync_api import Page

from portal.documents.letter import letter
from tests.screenshots.people import Demo
from tests.screenshots.stops import Act

WHY = "Called back on the number of the vetted record; the duty desk confirmed what was said."
MAIN = "main form:not([role=search]) button[type=submit]"
APPLICATION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("agency", {"name": "Norwegian Police Service", "country": "NO"}),
    ("regions", {"regions": "NO", "languages": "en", "time_zone": "Europe/Oslo"}),
    (
        "contact",
        {
            "domains": "politiet-no.example",
            "website": "https://www.politiet-no.example/",
            "switchboard": "+47 23 35 90 00",
            "switchboard_source": "https://www.politiet-no.example/contact",
        },
    ),
    (
        "people",
        {
            "head_name": "Kari Solheim",
            "head_post": "Head of the National Cyber Crime Centre",
            "supervisor_name": "Ola Hagen",
            "supervisor_email": "ola.hagen@politiet-no.example",
        },
    ),
    ("purpose", {"purpose": "Investment fraud against people in Norway: warnings before a withdrawal."}),
)


def _named(name: str, act: Act) -> Act:
    act.__name__ = name
    return act


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def fill(page: Page, answers: dict[str, str]) -> None:
    for name, value in answers.items():
        field = page.locator(f"main [name={name}]").first
        match field.evaluate("field => field.type"):
            case "select-one":
                field.select_option(value)
            case "checkbox" | "radio":
                page.check(f"main [name={name}][value='{value}']" if value else f"main [name={name}]")
            case _:
                field.fill(value)


def sent_empty(page: Page, demo: Demo) -> None:
    """What is missing is said at the top and beside each field."""
    press(page, MAIN)


def sent(button: str = MAIN, **answers: str) -> Act:
    """The form is filled in and sent; the picture is of what comes back."""

    def act(page: Page, demo: Demo) -> None:
        fill(page, answers)
        press(page, button)

    return _named("sent", act)


def pressed(selector: str) -> Act:
    return _named("pressed", lambda page, demo: press(page, selector))


def opened(selector: str) -> Act:
    """A menu or a part that is folded away, whatever the width."""
    return _named(
        "opened", lambda page, demo: page.evaluate("one => document.querySelector(one).click()", selector)
    )


def everyone_answered(page: Page, demo: Demo) -> None:
    """All still work here but the last, and the answers are shown once more."""
    for group in page.query_selector_all("fieldset.answers"):
        group.query_selector("[value=here]").check()  # type: ignore[union-attr]
    page.query_selector_all("fieldset.answers [value=left]")[-1].check()
    press(page, "button[value=check]")


def password_given(who: str) -> Act:
    """The second factor is asked for."""
    return _named(
        "password given", lambda page, demo: (demo.give_password(page, who), page.wait_for_load_state())[0]
    )


def turned_away(who: str) -> Act:
    """Password and code are right; the person is stopped all the same."""

    def act(page: Page, demo: Demo) -> None:
        demo.give_password(page, who)
        page.wait_for_load_state()
        if page.locator("[name=code]").count():
            demo.give_code(page, who)

    return _named("turned away", act)


def mailed(path: str) -> Act:
    """A link that only a mailbox holds."""
    return _named("mailed", lambda page, demo: (page.goto(demo.url + demo.mailed(path)), None)[1])


def filled_in(page: Page, demo: Demo) -> None:
    """Every part of the application, as an applicant fills it in."""
    for code, answers in APPLICATION:
        page.goto(f"{demo.url}/agencies/apply/{code}/")
        fill(page, answers)
        if code == "purpose":
            words = ["Ola Hagen may act for this agency.", "Signed: Kari Solheim."]
            paper = {"name": "letter-of-authority.pdf", "mimeType": "application/pdf"}
            page.set_input_files("[name=document]", {**paper, "buffer": letter("LETTER OF AUTHORITY", words)})
        press(page, "main form .btn-primary")
    page.goto(f"{demo.url}/agencies/apply/")


def key_registered(page: Page, demo: Demo) -> None:
    """With Chromium's own authenticator; it belongs to this page and is forgotten with it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.fill("[name=name]", "Laptop at the desk")
    press(page, "#mfa_webauthn_add")
