"""Applications on their way, made through the public flows: confirmed, not confirmed, and an impostor's."""

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from portal.agencies.application import flows
from portal.agencies.application.content import Given
from portal.agencies.application.tokens import renew
from portal.documents.accept import accept
from portal.documents.letter import letter
from portal.kernel.actor import Actor
from portal.kernel.errors import NotVisible
from portal.models import Agency, AgencyApplication

STRANGER = Actor(kind="anonymous", id="", label="", ip="203.0.113.24")

NORWAY = Given(
    name="Norwegian Police Service",
    country="NO",
    regions=("NO",),
    languages=("en",),
    time_zone="Europe/Oslo",
    domains=("politi-norge.example",),
    website="https://www.politi-norge.example",
    switchboard="+47 23 35 90 00",
    switchboard_source="https://www.politi-norge.example/kontakt",
    head_name="Kari Solheim",
    head_post="Head of the National Cyber Crime Centre",
    supervisor_name="Ola Hagen",
    supervisor_email="ola.hagen@politi-norge.example",
    purpose="Investment fraud against people in Norway: warnings before a withdrawal, and information on"
    " accounts that received what was taken.",
)
TAIWAN = replace(
    NORWAY,
    name="National Police Agency, Taiwan",
    local_name="內政部警政署",
    local_language="zh-hant",
    country="TW",
    regions=("TW",),
    languages=("zh-hant", "en"),
    time_zone="Asia/Taipei",
    domains=("npa-tw.example",),
    website="https://www.npa-tw.example",
    switchboard="+886 2 2321 9011",
    switchboard_source="https://www.npa-tw.example/contact",
    head_name="林志明",
    head_post="Commander, Criminal Investigation Bureau",
    supervisor_name="陳怡君",
    supervisor_email="yichun.chen@npa-tw.example",
    purpose="Warnings in Traditional Chinese for users in Taiwan, with the 165 anti-fraud hotline.",
)
# The second letter is a Cyrillic о: to the eye it is the domain of the Hong Kong Police Force.
IMPOSTOR = replace(
    NORWAY,
    name="Hong Kong Police Force, Cyber Liaison",
    country="HK",
    regions=("HK",),
    time_zone="Asia/Hong_Kong",
    domains=("p\N{CYRILLIC SMALL LETTER O}lice-hk.example",),
    website="https://p\N{CYRILLIC SMALL LETTER O}lice-hk.example",
    switchboard="+852 5808 1234",
    switchboard_source="https://p\N{CYRILLIC SMALL LETTER O}lice-hk.example/contact",
    head_name="Inspector A. Wong",
    head_post="Cyber Liaison",
    supervisor_name="A. Wong",
    supervisor_email="a.wong@p\N{CYRILLIC SMALL LETTER O}lice-hk.example",
    purpose="Urgent freezes. Please approve quickly.",
)


def sow(now: datetime) -> list[Agency]:
    """The agencies that now wait for vetting: an honest one and an impostor; a third is not confirmed yet."""
    sent(TAIWAN, now - timedelta(hours=3))
    return [
        confirmed(NORWAY, now - timedelta(days=1, hours=2)),
        confirmed(IMPOSTOR, now - timedelta(hours=9)),
    ]


def sent(given: Given, at: datetime) -> AgencyApplication:
    application = flows.begin(now=at - timedelta(minutes=12), language="en")
    paper = letter(
        "LETTER OF AUTHORITY",
        [
            given.name,
            f"{given.supervisor_name} may act for this agency in the Law-Enforcement Partner Portal,"
            " invite its officers, and keep its roster.",
            f"Signed: {given.head_name}, {given.head_post}.",
            "Made up for the demonstration. It has no legal effect.",
        ],
    )
    file = ContentFile(paper, name="letter-of-authority.pdf")
    flows.attach(application.pk, now=at - timedelta(minutes=4), document=accept(file))
    return flows.apply(application.pk, actor=STRANGER, now=at, given=given)


def confirmed(given: Given, at: datetime) -> Agency:
    """Sent, and confirmed an hour later with the link that the worker would have mailed."""
    application = sent(given, at - timedelta(hours=1))
    for _again in range(3):
        # A worker that runs already mails it too, and its link then takes the place of ours.
        with contextlib.suppress(NotVisible):
            return flows.confirm(renew(application), actor=STRANGER, now=at)
    raise NotVisible
