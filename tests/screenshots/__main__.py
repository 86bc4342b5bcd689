"""`make screenshots`: pictures of a running demo (`make demo` in another terminal), in var/screenshots/.

ARGS="--only roster --look phone" takes only stops whose person or address holds the text, and only that look.
ARGS="--narrow" takes no pictures and names what is wider than a screen of 320 pixels.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from tests.screenshots.gallery import hang
from tests.screenshots.looks import LANGUAGES, LOOKS, NARROWEST, OVER_THE_EDGE, Look
from tests.screenshots.people import CHECKOUT, DEMO, Demo
from tests.screenshots.stops import Stop, file_name
from tests.screenshots.tour import STRANGER, TOUR

OUT = CHECKOUT / "var" / "screenshots"


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="text in the person, address or act")
    parser.add_argument("--look", action="append", choices=[look.name for look in LOOKS])
    parser.add_argument("--language", action="append", choices=list(LANGUAGES))
    parser.add_argument("--narrow", action="store_true", help="name what is wider than 320 pixels instead")
    return parser.parse_args()


Stops = list[tuple[int, Stop]]


def walk(browser: Browser, demo: Demo, who: str, stops: Stops, languages: list[str]) -> Iterator[Any]:
    """Each stop, opened in each language: (its number, itself, the language, the page)."""
    state = None if who == STRANGER else demo.sign_in(browser, who)
    for language in languages:
        context = browser.new_context(storage_state=state, locale=LANGUAGES[language])
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        for number, stop in stops:
            if stop.once and language != languages[0]:
                continue
            for letter, each in zip(ascii_lowercase, stop.reached(page, demo), strict=False):
                LOOKS[0].put_on(page)
                try:
                    page.goto(demo.url + each.path)
                    if "/reauthenticate/" in page.url and "/reauthenticate/" not in each.path:
                        demo.give_code(page, who)
                    if each.act:
                        each.act(page, demo)
                    page.wait_for_load_state()
                except (BrowserError, RuntimeError, IndexError) as problem:
                    say(f"{who} {each.label} ({language}): {str(problem).splitlines()[0]}")
                    continue
                yield f"{number:02d}{letter}", each, language, page
        context.close()


def picture(page: Page, look: Look, name: str) -> bool:
    try:
        look.put_on(page)
        page.screenshot(path=OUT / name, full_page=True)
    except BrowserError as problem:
        say(f"{name}: {str(problem).splitlines()[0]}")
        return False
    return True


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def main() -> int:
    given = asked()
    if not DEMO.exists():
        print("Start the demo first: make demo", file=sys.stderr)  # noqa: T201
        return 1
    demo = Demo.running()
    languages = given.language or list(LANGUAGES)
    looks = [look for look in LOOKS if not given.look or look.name in given.look]
    if not (given.only or given.look or given.language or given.narrow):
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    binary = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    taken: list[tuple[str, str, str]] = []
    wide = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox", "--disable-gpu"])
        for who, stops in TOUR.items():
            wanted = [(n, stop) for n, stop in enumerate(stops, 1) if stop.fits(given.only, who)]
            if not wanted:
                continue
            say(who)
            for number, stop, language, page in walk(browser, demo, who, wanted, languages):
                if given.narrow:
                    NARROWEST.put_on(page)
                    if found := page.evaluate(OVER_THE_EDGE):
                        wide += 1
                        say("\n    ".join([f"  {stop.label} ({language}): {found[0]}", *found[1:]]))
                    continue
                for look in looks:
                    if look.is_for(language):
                        name = file_name(who, number, stop, language, look.name)
                        if picture(page, look, name):
                            taken.append((who, f"{stop.label} · {language} · {look.name}", name))
        browser.close()
    if given.narrow:
        say(f"{wide} pages are wider than {NARROWEST.width} pixels.")
        return 1 if wide else 0
    say(f"{len(taken)} pictures: {hang(taken, OUT).relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
