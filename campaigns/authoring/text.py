"""The working text as one value: read from the rows, checked, written back, and frozen.

The shape, per language where marked *:
headline*, body*, tips [text*], examples [{title*, how_it_goes*, how_to_tell*}],
resources [{name*, hours*, phone, url}].
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Resource, ScamExample, Tip
from campaigns.models.campaign import BODY_MAX, HEADLINE_MAX, LONG_MAX, SHORT_MAX
from campaigns.models.texts import PHONE_MAX, URL_MAX
from portal.kernel.errors import Invalid, Text
from portal.kernel.words import unfit

Words = dict[str, str]  # language code → text

MAX_ROWS = 12
EXAMPLE_FIELDS = ("title", "how_it_goes", "how_to_tell")
LIMITS = {
    "title": SHORT_MAX,
    "how_it_goes": LONG_MAX,
    "how_to_tell": LONG_MAX,
    "name": SHORT_MAX,
    "hours": SHORT_MAX,
}


@dataclass(slots=True)
class WorkingText:
    headline: Words = field(default_factory=dict)
    body: Words = field(default_factory=dict)
    tips: list[Words] = field(default_factory=list)
    examples: list[dict[str, Words]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, campaign: Campaign) -> "WorkingText":
        languages = campaign.languages
        return cls(
            headline=_words(campaign, "headline", languages),
            body=_words(campaign, "body", languages),
            tips=[_words(tip, "text", languages) for tip in campaign.tips.all()],
            examples=[
                {name: _words(example, name, languages) for name in EXAMPLE_FIELDS}
                for example in campaign.examples.all()
            ],
            resources=[
                {
                    "name": _words(resource, "name", languages),
                    "hours": _words(resource, "hours", languages),
                    "phone": resource.phone,
                    "url": resource.url,
                }
                for resource in campaign.resources.all()
            ],
        )

    def check(self) -> None:
        """Raises Invalid for what the columns cannot hold; what merely weakens a text is guidance."""
        errors: dict[str, list[Text]] = {}

        def within(name: str, text: str, limit: int) -> None:
            if wrong := unfit(text, limit):
                errors.setdefault(name, []).extend(wrong)

        def each_within(name: str, words: Words, limit: int) -> None:
            for language, text in words.items():
                within(column(name, language), text, limit)

        each_within("headline", self.headline, HEADLINE_MAX)
        each_within("body", self.body, BODY_MAX)
        for tip in self.tips:
            each_within("tips", tip, SHORT_MAX)
        for row in [*self.examples, *self.resources]:
            for name, limit in LIMITS.items():
                each_within(name, row.get(name, {}), limit)
        for resource in self.resources:
            within("phone", resource["phone"], PHONE_MAX)
            within("url", resource["url"], URL_MAX)
        for rows, name in ((self.tips, "tips"), (self.examples, "examples"), (self.resources, "resources")):
            if len(rows) > MAX_ROWS:
                errors.setdefault(name, []).append(_("At most %(limit)d entries.") % {"limit": MAX_ROWS})
        if errors:
            raise Invalid(errors)

    def write(self, campaign: Campaign) -> None:
        """Save the campaign with these columns and lay its rows anew, in order."""
        _set(campaign, "headline", self.headline)
        _set(campaign, "body", self.body)
        campaign.save()
        for manager in (campaign.tips, campaign.examples, campaign.resources):
            manager.all().delete()
        Tip.objects.bulk_create(
            _set(Tip(campaign=campaign, position=place), "text", words)
            for place, words in enumerate(self.tips)
        )
        ScamExample.objects.bulk_create(
            _set_all(ScamExample(campaign=campaign, position=place), EXAMPLE_FIELDS, row)
            for place, row in enumerate(self.examples)
        )
        Resource.objects.bulk_create(
            _set_all(
                Resource(campaign=campaign, position=place, phone=row["phone"], url=row["url"]),
                ("name", "hours"),
                row,
            )
            for place, row in enumerate(self.resources)
        )

    def in_language(self, language: str) -> dict[str, Any]:
        """One language's text, in the form that is frozen and served."""
        return {
            "headline": self.headline.get(language, ""),
            "body": self.body.get(language, ""),
            "tips": [tip.get(language, "") for tip in self.tips],
            "examples": [
                {name: example[name].get(language, "") for name in EXAMPLE_FIELDS}
                for example in self.examples
            ],
            "resources": [
                {
                    "name": resource["name"].get(language, ""),
                    "phone": resource["phone"],
                    "url": resource["url"],
                    "hours": resource["hours"].get(language, ""),
                }
                for resource in self.resources
            ],
        }


def column(name: str, language: str) -> str:
    """The modeltranslation column; the bare one is never read, so no fallback can leak a language."""
    return f"{name}_{language.replace('-', '_')}"


def _words(row: Any, name: str, languages: Iterable[str]) -> Words:
    return {language: getattr(row, column(name, language)) or "" for language in languages}


def _set(row: Any, name: str, words: Words) -> Any:
    for language, text in words.items():
        setattr(row, column(name, language), text)
    return row


def _set_all(row: Any, names: Sequence[str], values: dict[str, Words]) -> Any:
    for name in names:
        _set(row, name, values[name])
    return row
