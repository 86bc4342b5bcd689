"""A warning as a piece of somebody's page: HTML without script or style, complete as it stands.

The portal serves it, shows it to those who write and approve, and a client renders the same bytes from a
publication that it has verified. static/css/warning.css is its look; the web component draws the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .languages import direction
from .markup import Markup, element, together
from .words import own_name, words_for

Text = Mapping[str, Any]

# What may stand in an address that is linked: no blanks, nothing invisible, nobody's name before the host.
_REFUSED = "\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\"'<>\\\\"
LINKED = re.compile(f"https://[^/?#@{_REFUSED}]+(?:[/?#][^{_REFUSED}]*)?")


def fragment(publication: Text, language: str, text: Text, *, portal: str) -> Markup:
    """Of a signed document, its text in one of its languages (BCP 47). `portal`: the portal's own address,
    from which the agency's mark is loaded.
    """
    agency, mark = publication["agency"], publication["agency"]["mark"]
    return article(
        text,
        language=language,
        key=publication["id"],
        agency=agency["name"].get(language, ""),
        mark=mark and {**mark, "url": f"{portal}/marks/{mark['sha256']}.png"},
        data_campaign=publication["campaign"],
        data_publication=publication["id"],
        data_version=publication["version"]["id"],
        data_language=language,
    )


def article(
    text: Text,
    *,
    language: str,
    key: str,
    agency: str,
    mark: Text | None = None,
    heading: int = 2,
    opened: int = 0,
    **data: str,
) -> Markup:
    """`key` tells its ids from those of other warnings on the page; so many examples are `opened`.

    What the text lacks is left out: those that were frozen early know no question and no sources.
    """
    words, id = words_for(language), f"warning-{key}"
    parts = (
        _question(text.get("question"), id),
        _part("examples", words["examples"], _examples(text, words, opened), heading),
        _part("tips", words["tips"], _tips(text), heading),
        _part("resource", words["resources"], _resources(text, words), heading),
        _part("sources", words["sources"], _sources(text, words), heading),
    )
    return element(
        "article",
        element(
            "header",
            _mark(mark),
            element("p", agency, class_="warning-agency") if agency else "",
            element(f"h{heading}", text.get("headline") or "…", class_="warning-headline", id=id),
            class_="warning-head",
        ),
        element("div", *_paragraphs(text.get("body") or ""), class_="warning-body"),
        *parts,
        class_="warning",
        lang=language,
        dir=direction(language),
        aria_labelledby=id,
        **data,
    )


def _mark(mark: Text | None) -> Markup:
    if mark is None:
        return element("span", class_="warning-sign", aria_hidden="true")
    # The agency's name stands beside it as text.
    return element(
        "img", class_="warning-mark", src=mark["url"], width=mark["width"], height=mark["height"], alt=""
    )


def _paragraphs(body: str) -> Iterator[Markup]:
    for paragraph in filter(None, re.split(r"\n{2,}", body.replace("\r\n", "\n"))):
        first, *others = paragraph.strip("\n").split("\n")
        yield element("p", first, *(together(element("br"), line) for line in others))


def _part(name: str, title: str, inside: list[Markup], heading: int) -> Markup:
    if not inside:
        return Markup()
    return element(
        "section",
        element(f"h{heading + 1}", title, class_="warning-part-title"),
        *inside,
        class_=f"warning-part warning-{name}",
        data_part=name,
    )


def _question(question: Text | None, id: str) -> Markup:
    if not question:
        return Markup()
    return element(
        "fieldset",
        element("legend", question["text"], class_="warning-part-title"),
        *(_answer(answer, f"{id}-answer", number) for number, answer in enumerate(question["answers"], 1)),
        class_="warning-part warning-question",
        data_part="question",
    )


def _answer(answer: Text, group: str, number: int) -> Markup:
    """The advice describes the choice, so that it is heard with it; the style sheet shows it once chosen."""
    advice = f"{group}-{number}"
    sign = " warning-advice-sign" if answer["is_warning_sign"] else ""
    return element(
        "div",
        element(
            "label",
            element("input", type="radio", name=group, value=number, aria_describedby=advice),
            element("bdi", answer["label"] or "…"),
        ),
        element("p", answer["advice"], class_=f"warning-advice{sign}", id=advice),
        class_="warning-answer",
    )


def _examples(text: Text, words: Mapping[str, str], opened: int) -> list[Markup]:
    return [
        element(
            "details",
            element("summary", element("bdi", example["title"] or "…")),
            element(
                "div",
                *(
                    element("p", element("strong", words[name]), " ", element("bdi", example[name]))
                    for name in ("how_it_goes", "how_to_tell")
                    if example.get(name)
                ),
            ),
            class_="warning-example",
            open=number < opened,
        )
        for number, example in enumerate(text.get("examples") or [])
    ]


def _tips(text: Text) -> list[Markup]:
    return _list(element("li", tip) for tip in text.get("tips") or [])


def _resources(text: Text, words: Mapping[str, str]) -> list[Markup]:
    return _list(_resource(each, words) for each in text.get("resources") or [])


def _list(items: Iterable[Markup]) -> list[Markup]:
    found = list(items)
    return [element("ul", *found)] if found else []


def _resource(resource: Text, words: Mapping[str, str]) -> Markup:
    phone, url = resource.get("phone"), resource.get("url")
    ways = [element("a", phone, href=f"tel:{dialled(phone)}", dir="ltr")] if phone else []
    if url:
        ways.append(_address(url, bare(url), words, dir="ltr"))
    return element(
        "li",
        element("p", resource["name"], class_="warning-resource-name"),
        _hours(resource),
        element("p", *ways, class_="warning-resource-ways") if ways else "",
    )


def _hours(resource: Text) -> Markup:
    hours, languages = resource.get("hours"), resource.get("languages") or []
    said = [element("bdi", hours)] if hours else []
    said += [element("span", own_name(tag), lang=tag, dir=direction(tag)) for tag in languages]
    if not said:
        return Markup()
    between = (together(" · ", each) for each in said[1:])
    return element("p", said[0], *between, class_="warning-resource-hours")


def _sources(text: Text, words: Mapping[str, str]) -> list[Markup]:
    return _list(_source(each, words) for each in text.get("sources") or [])


def _source(source: Text, words: Mapping[str, str]) -> Markup:
    url, day = source.get("url"), source.get("as_of")
    return element(
        "li",
        _address(url, source["name"], words) if url else element("bdi", source["name"]),
        together(" ", element("time", f"({day})", datetime=day, dir="ltr")) if day else "",
    )


def _address(url: str, shown: str, words: Mapping[str, str], **attributes: str) -> Markup:
    """A link that leaves the withdrawal where it is; whatever is no plain https: address is text."""
    if not LINKED.fullmatch(url):
        return element("bdi", shown if shown == bare(url) else f"{shown} ({url})")
    return element(
        "a",
        element("bdi", shown),
        element("span", f" ({words['new_tab']})", class_="warning-unseen"),
        href=url,
        rel="noopener noreferrer external",
        target="_blank",
        **attributes,
    )


def dialled(phone: str) -> str:
    """What a tel: link holds; # would begin a fragment, so it is written as %23 (RFC 3986)."""
    # Digits of every script are the same keys of the telephone.
    kept = (str(unicodedata.decimal(sign, sign)) for sign in phone if sign.isdecimal() or sign in "+#*")
    return "".join(kept).replace("#", "%23")


def bare(url: str) -> str:
    """An address as people say it: without https:// and the last slash."""
    return url.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
