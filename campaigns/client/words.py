"""The words around a warning, in the language it is written in (words.toml)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """By lower-case BCP 47 tag."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def words_for(language: str) -> Mapping[str, str]:
    """English, should a language have been added to the portal and not to this client."""
    return words().get(language.lower()) or words()["en"]


def own_name(language: str) -> str:
    """A language in its own script: 繁體中文; of one that has no words its tag."""
    known = words().get(language.lower())
    return known["name"] if known else language
