"""Writes HTML so that a text can only ever be text: what is not an element made here is escaped."""

import html

VOID = frozenset({"br", "img", "input"})


class Markup(str):
    """HTML that `element` has written."""

    __slots__ = ()


def element(name: str, /, *inside: str, **attributes: str | int | bool | None) -> Markup:
    """`data_campaign=…` is written data-campaign, `class_=…` class; what is None or False is left out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{together(*inside)}</{name}>")


def together(*inside: str) -> Markup:
    """One after the other; what is no Markup is escaped."""
    return Markup("".join(each if isinstance(each, Markup) else html.escape(each) for each in inside))


def _attribute(key: str, value: str | int | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
