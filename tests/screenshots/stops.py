"""One stop of a tour through the portal: an address, or the things of a list, and what is done there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from playwright.sync_api import Page

from tests.screenshots.people import Demo

Act = Callable[[Page, Demo], None]


@dataclass(frozen=True, slots=True)
class Stop:
    """`then` are addresses of the first thing in the list at `path`; `{}` is the thing's own."""

    path: str
    act: Act | None = None
    then: tuple[str, ...] = ()
    link: str = "tbody th a"
    once: bool = False  # what is done there is done to the demo: in one language only

    @property
    def label(self) -> str:
        done = f" · {self.act.__name__.strip('_').replace('_', ' ')}" if self.act else ""
        return " → ".join([self.path, *self.then]) + done

    def fits(self, wanted: list[str], who: str) -> bool:
        return not wanted or any(text in f"{who} {self.label}" for text in wanted)

    def reached(self, page: Page, demo: Demo) -> Iterator["Stop"]:
        """Itself, or those of the thing that the list shows first."""
        if not self.then:
            yield self
            return
        page.goto(demo.url + self.path)
        link = page.query_selector(self.link)
        thing = (link.get_attribute("href") or "") if link else ""
        for template in self.then if thing else ():
            yield replace(self, path=template.format(thing.partition("#")[0]), then=())


def file_name(who: str, number: str, stop: Stop, language: str, look: str) -> str:
    words = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", stop.label)
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "front"
    person = who.removesuffix(".example").replace("@", "-")
    return f"{person}-{number}-{slug}-{language}-{look}.png"
