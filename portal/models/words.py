"""Texts as words to search for, in any script: PostgreSQL's own word search, without a language's grammar."""

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, Value

# Scripts written without spaces: each of their characters is a word of its own, and what is typed a phrase.
UNSPACED = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
SPACED = f"regexp_replace(%(expressions)s, '({UNSPACED})', ' \\1 ', 'g')"
MOST_WORDS = 12


class Words(Func):
    """The words of a text column. An index over them answers `says`."""

    template = f"to_tsvector('simple'::regconfig, {SPACED})"
    output_field = SearchVectorField()


class Beginning(Func):
    """One typed word: its parts in this order, the last of them possibly cut short."""

    template = (
        f"COALESCE(NULLIF(phraseto_tsquery('simple'::regconfig, {SPACED})::text, '') || ':*', '')::tsquery"
    )
    output_field = SearchQueryField()


class Says(Func):
    template = "%(expressions)s"
    arg_joiner = " && "
    output_field = SearchQueryField()


class Matches(Func):
    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    arity = 2
    output_field = BooleanField()


def says(column: str, typed: str) -> Any:
    """A condition for filter(): the column holds every typed word; of each its beginning is enough."""
    words = typed.replace("\x00", " ").split()[:MOST_WORDS]
    query = Says(*(Beginning(Value(word)) for word in words))
    return Matches(
        Words(F(column)), Func(query, template="(%(expressions)s)", output_field=SearchQueryField())
    )
