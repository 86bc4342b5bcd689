"""The demonstration's campaigns, brought to every state through the flows, each step at its own time."""

import random
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from campaigns.authoring import flows as authoring
from campaigns.authoring.audience import Audience
from campaigns.authoring.text import PARTS, SINGLE, WorkingText
from campaigns.library import flows as library
from campaigns.marks import flows as marks
from campaigns.models import Campaign, Version
from campaigns.models.publication import RecallReason
from campaigns.models.version import ReviewReason
from campaigns.outcomes.ingest import ingest
from campaigns.review import flows as review
from campaigns.review import remarks
from campaigns.review.claims import claim
from campaigns.translating import flows as translating
from campaigns.translating import state as translations
from portal.kernel.actor import Actor
from portal.kernel.identifiers import id_at
from portal.kernel.languages import bcp47
from portal.models import Agency

WARNINGS = Path(__file__).parent / "warnings"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts for one agency, and for the exchange."""

    officer: Actor
    supervisor: Actor
    reviewer: Actor


@dataclass(frozen=True, slots=True)
class Written:
    """One warning as its file holds it."""

    slug: str
    agency: str
    facts: dict[str, Any]
    text: WorkingText

    def audience(self, starts_at: datetime, ends_at: datetime | None, **more: Any) -> Audience:
        return Audience(**self.facts | more, starts_at=starts_at, ends_at=ends_at)


def written(slug: str) -> Written:
    file = tomllib.loads((WARNINGS / f"{slug}.toml").read_text(encoding="utf-8"))
    parts = {name: file.pop(name, []) for name in PARTS}
    parts["tips"] = [{"text": words} for words in parts["tips"]]  # a tip is nothing but its words
    text = WorkingText(**{name: file.pop(name, {}) for name in SINGLE}, **parts)
    agency = file.pop("agency")
    return Written(slug, agency, file, text)


class Stage:
    """Plays one campaign's life; `now` moves forward with each step."""

    def __init__(
        self,
        slug: str,
        cast: dict[str, Cast],
        begins: datetime,
        window: tuple[datetime, datetime],
        **more: Any,
    ) -> None:
        self.written = written(slug)
        self.cast = cast[self.written.agency]
        self.now = begins
        agency = agency_of(self.cast.officer)
        self.more = {
            "time_zone": agency.time_zone,
            **more,
        }
        self.campaign: Campaign = authoring.create(
            actor=self.cast.officer,
            now=self.now,
            audience=self.written.audience(*window, **self.more),
            text=self.written.text,
        )
        self.version: Version | None = None

    def later(self, hours: float) -> datetime:
        self.now += timedelta(hours=hours)
        return self.now

    def submit(self) -> "Stage":
        self.campaign.refresh_from_db()
        self.version = authoring.submit(
            self.campaign.pk, actor=self.cast.officer, now=self.later(3), seen_revision=self.campaign.revision
        )
        return self

    def decide(self, flow: Any, actor: Actor, **given: Any) -> "Stage":
        assert self.version is not None  # noqa: S101 - a programming error of this file
        flow(
            self.campaign.pk,
            actor=actor,
            now=self.later(5),
            version_id=self.version.pk,
            sha256=self.version.sha256,
            **given,
        )
        return self

    def agency_approves(self) -> "Stage":
        return self.decide(review.approve, self.cast.supervisor, comment="")

    def publish(self) -> "Stage":
        return self.submit().agency_approves().decide(review.approve, self.cast.reviewer, comment="")


def sow(cast: dict[str, Cast], client: Actor, now: datetime) -> None:
    """Nothing is live in Hong Kong at first: the pilot's draft is there to be brought to life by hand."""
    ahead = (now - DAY, now + 60 * DAY)
    month = (now - 29 * DAY, now + 30 * DAY)

    pilot = Stage(
        "hk-pilot", cast, now - 2 * DAY, ahead, mark=mark_of(cast["hong-kong"].officer, now - 2 * DAY)
    )
    english = translations.state(pilot.campaign, "en")
    translating.review_translation(
        pilot.campaign.pk,
        actor=cast["hong-kong"].supervisor,
        now=pilot.later(20),
        language="en",
        seen_digest=english.digest,
    )
    library.begin("phishing", actor=cast["hong-kong"].officer, now=now - DAY)
    ended = Stage("hk-customer-service", cast, now - 62 * DAY, (now - 59 * DAY, now - 30 * DAY)).publish()
    Stage("hk-employment", cast, now - 3 * DAY, ahead).submit().decide(
        review.reject,
        cast["hong-kong"].supervisor,
        reasons=[ReviewReason.NOT_OURS],
        comment="Covered by the investment warning; one message at a time works better.",
    )
    recalled = Stage("hk-romance", cast, now - 20 * DAY, (now - 19 * DAY, now + 20 * DAY)).publish()
    review.recall(
        recalled.campaign.pk,
        actor=cast["hong-kong"].supervisor,
        now=recalled.later(30),
        code=RecallReason.CONTACT,
        why="The helpline moved; a corrected version follows.",
    )

    mark = mark_of(cast["singapore"].officer, now - 31 * DAY)
    live = Stage("sg-authority", cast, now - 31 * DAY, month, mark=mark).publish()
    Stage(
        "sg-investment",
        cast,
        now - 2 * DAY,
        (now + 7 * DAY, now + 60 * DAY),
        mark=mark,
        min_amount=Decimal(1000),
        min_amount_currency="SGD",
        only_new_address=True,
        show_at_most=2,
        show_per_days=7,
    ).publish()
    swedish = Stage("se-authority", cast, now - 31 * DAY, month).publish()
    Stage("se-investment", cast, now - DAY, ahead).submit()
    american = Stage("us-romance", cast, now - 31 * DAY, month).publish()
    waiting = Stage("us-recovery", cast, now - DAY, ahead).submit().agency_approves()
    claim(
        waiting.campaign.pk,
        actor=waiting.cast.reviewer,
        now=waiting.later(1),
        version_id=waiting.version.pk if waiting.version else waiting.campaign.pk,
    )
    french = Stage("fr-investment", cast, now - 16 * DAY, (now - 14 * DAY, now + 45 * DAY)).publish()
    revised(french)
    Stage("br-employment", cast, now - 31 * DAY, month).publish()
    discussed(Stage("jp-authority", cast, now - 2 * DAY, ahead).submit()).decide(
        review.return_to_draft,
        cast["japan"].supervisor,
        reasons=[ReviewReason.GENERIC, ReviewReason.RESOURCE],
        comment="Name the local consultation line and say how the caller speaks.",
    )
    indian = Stage("in-authority", cast, now - 31 * DAY, month).publish()
    authoring.revise(indian.campaign.pk, actor=indian.cast.officer, now=now - DAY)
    Stage("training-exercise", cast, now - 5 * DAY, ahead).publish()

    for seed, (stage, first, days, rates) in enumerate(
        [
            (ended, now - 59 * DAY, 28, (0.085, 0.125)),
            (live, now - 29 * DAY, 28, (0.080, 0.130)),
            (swedish, now - 29 * DAY, 28, (0.070, 0.105)),
            (american, now - 29 * DAY, 28, (0.060, 0.110)),
            (french, now - 14 * DAY, 13, (0.090, 0.120)),
        ]
    ):
        simulate(stage, client, first, days, rates, random.Random(20231100 + seed))


def discussed(stage: Stage) -> Stage:
    """One remark with its answer, and one that is settled."""

    def said(place: str, body: str) -> UUID:
        assert stage.version is not None  # noqa: S101 - a programming error of this file
        return remarks.remark(
            stage.campaign.pk, actor=stage.cast.supervisor, now=stage.later(1), version_id=stage.version.pk,
            language="ja", place=place, body=body,
        ).pk  # fmt: skip

    line = said("resources.0.name", "Name the prefecture's own line as well.")
    remarks.answer(line, actor=stage.cast.officer, now=stage.later(1), body="It is in the next version.")
    settled = said("headline", "Is this how people say it?")
    remarks.settle(settled, actor=stage.cast.officer, now=stage.later(1))
    return stage


def agency_of(officer: Actor) -> Agency:
    return Agency.objects.visible_to(officer).get(id=officer.agency_id)


def mark_of(officer: Actor, now: datetime) -> int:
    """A made-up sign with the agency's country on it: the demonstration shows no force's own emblem."""
    agency = agency_of(officer)
    picture = Image.new("RGBA", (256, 256))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((8, 8, 248, 248), fill="#0e5560", outline="#ffcf70", width=12)
    draw.text((128, 124), agency.country, fill="#ffffff", anchor="mm", font=ImageFont.load_default(96))
    drawn = BytesIO()
    picture.save(drawn, "PNG")
    return marks.add_mark(actor=officer, now=now, picture=ContentFile(drawn.getvalue(), "mark.png")).pk


def revised(stage: Stage) -> None:
    """A second version, approved: the first one is superseded."""
    authoring.revise(stage.campaign.pk, actor=stage.cast.officer, now=stage.later(48))
    stage.campaign.refresh_from_db()
    text = stage.written.text
    text.headline = {language: words.rstrip("?.") + "." for language, words in text.headline.items()}
    authoring.edit(
        stage.campaign.pk,
        actor=stage.cast.officer,
        now=stage.later(1),
        seen_revision=stage.campaign.revision,
        audience=stage.written.audience(stage.campaign.starts_at, stage.campaign.ends_at, **stage.more),
        text=text,
    )
    stage.publish()


def simulate(
    stage: Stage, client: Actor, first: datetime, days: int, rates: tuple[float, float], chance: random.Random
) -> None:
    """Made-up withdrawals with a known truth: `rates` are the shares that reconsider and that review."""
    assert stage.version is not None  # noqa: S101 - a programming error of this file
    reconsiders, reviews = rates
    languages = [bcp47(code) for code in stage.campaign.languages]
    region = stage.campaign.regions[0]
    for day in range(days):
        opening = first + day * DAY
        events: list[dict[str, Any]] = []
        for _withdrawal in range(chance.randint(30, 60)):
            at = opening + timedelta(seconds=chance.randint(0, 86_000))
            common = {
                "campaign": str(stage.campaign.pk),
                "version": str(stage.version.pk),
                "region": region,
                "language": chance.choices(languages, [5, *[1] * (len(languages) - 1)])[0],
                "reference": f"sim-{chance.getrandbits(64):016x}",
            }

            def event(
                kind: str,
                seconds: int,
                part: str = "",
                *,
                at: datetime = at,
                common: Any = common,
                into: Any = events,
            ) -> None:
                moment = (at + timedelta(seconds=seconds)).isoformat()
                into.append(
                    {**common, "id": str(id_at(at)), "kind": kind, "occurred_at": moment, "part": part}
                )

            event("shown", 0)
            roll = chance.random()
            if roll < reviews:
                event("reviewed", chance.randint(5, 60), chance.choice(["tips", "resource"]))
            # Some review first and then reconsider: the two measures overlap, as they do in life.
            if reviews * 0.7 <= roll < reviews * 0.7 + reconsiders:
                event("reconsidered", chance.randint(61, 300))
            else:
                event("proceeded", chance.randint(61, 600))
        ingest(events, actor=client, now=opening + DAY)
