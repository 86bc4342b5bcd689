"""A warning with everything in it, of one word, and what stands in the HTML that is drawn of it."""

from html.parser import HTMLParser
from typing import Any

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e\u2067]]>-->{{x}}"


class Tree(HTMLParser):
    """What stands in the HTML: the tags with their attributes, and the text; fails on what does not close."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def text(word: str = "word", **changes: Any) -> dict[str, Any]:
    return {
        "headline": word,
        "body": word,
        "tips": [word],
        "examples": [{"scam_type": word, "title": word, "how_it_goes": word, "how_to_tell": word}],
        "question": {
            "text": word,
            "answers": [{"label": word, "advice": word, "is_warning_sign": sign} for sign in (True, False)],
        },
        "resources": [
            {
                "name": word,
                "phone": word,
                "url": word,
                "hours": word,
                "languages": ["en"],
                "valid_until": None,
            }
        ],
        "sources": [{"name": word, "url": word, "as_of": word}],
        **changes,
    }


def document(language: str = "en", **changes: Any) -> dict[str, Any]:
    return {
        "id": "p1", "campaign": "c1", "version": {"id": "v1"},
        "agency": {"id": "a1", "name": {language: "Police"}, "mark": None}, **changes,
    }  # fmt: skip
