"""One page that shows every picture taken."""

import html
from collections.abc import Sequence
from pathlib import Path

STYLE = (
    "body{font:14px sans-serif;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,20rem)}"
    "figure{margin:0}img{width:100%;max-height:24rem;object-fit:cover;object-position:top;border:1px solid}"
)


def hang(pictures: Sequence[tuple[str, str, str]], where: Path) -> Path:
    """Pictures are (who, what, file beside the page)."""
    figures = "\n".join(
        f'<figure><a href="{file}"><img loading="lazy" src="{file}" alt=""></a>'
        f"<figcaption><b>{html.escape(who)}</b> {html.escape(what)}</figcaption></figure>"
        for who, what, file in pictures
    )
    index = where / "index.html"
    index.write_text(
        f"<!doctype html><meta charset=utf-8><title>Screenshots</title><style>{STYLE}</style>{figures}",
        encoding="utf-8",
    )
    return index
