"""The user-protection pages: no sign-in, one address a region and language, the same bytes for everybody."""

import json
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_from_request, override
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.http import require_safe

from campaigns.client.languages import preferences
from campaigns.pages import drawn
from campaigns.public.live import Live, Unconfirmed, live, regions
from campaigns.public.sharing import shared
from portal.access import public
from portal.kernel.languages import NAMES, bcp47, direction
from portal.kernel.regions import is_region
from portal.ui.regions import region_label

# Search engines take 50,000 addresses and 50 MiB; countries come first, and each page names its languages.
SITEMAP_PAGES = 20_000


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def words_for(language: str) -> dict[str, str]:
    return _words()[language]


def _named(region: str, language: str) -> str:
    """The region in the page's language, without its code."""
    with override(language):
        return region_label(region).rpartition(" (")[0]


@require_safe
@public("a reader is led to the page in a language of theirs")
def region(request: HttpRequest, region: str) -> HttpResponse:
    """To the page in the language asked for by the browser, among those the region has."""
    if not is_region(region):
        raise Http404
    try:
        offered = live(region, "en").languages
    except Unconfirmed:
        offered = []
    # Django's reading: by the weights given, and of no more than some hundred characters.
    for tag, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if found := next(iter(preferences(tag, frozenset(offered))), None):
            return redirect("public-page", region, found)
    fallback = get_language_from_request(request)
    return redirect("public-page", region, offered[0] if offered else fallback if fallback in NAMES else "en")


@require_safe
@public("warnings are for everybody")
@shared
def page(request: HttpRequest, region: str, language: str) -> HttpResponse:
    if not is_region(region) or language not in NAMES:
        raise Http404
    words = words_for(language)
    name = _named(region, language)
    context: dict[str, Any] = {
        "language": language, "words": words, "region": region, "name": name,
        "title": words["title"] % {"region": name},
        "canonical": settings.BASE_URL + reverse("public-page", args=[region, language]),
        "feed": reverse("cap-feed", args=[region]),
    }  # fmt: skip
    try:
        found = live(region, language)
    except Unconfirmed:
        return render(request, "public/unconfirmed.html", context, status=503)
    context |= {
        "warnings": [_drawn(campaign, words) for campaign in found.campaigns],
        "alternatives": [
            {"code": code, "url": reverse("public-page", args=[region, code])} for code in found.languages
        ],
        "structured": structured(found, name, context["canonical"]),
    }
    answer = render(request, "public/page.html", context)
    answer["Content-Language"] = bcp47(language)  # Django would name the interface's, which is another
    return answer


def _drawn(campaign: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """In the language it is written in: the page's, or the campaign's own default, and marked as such."""
    language = campaign["language"].lower()
    since = datetime.fromisoformat(campaign["publication"]["window"]["starts_at"])
    locale = Locale.parse(bcp47(language), sep="-")
    return {
        "id": campaign["publication"]["id"],
        "warning": drawn(
            campaign["warning"], campaign["agency"], campaign["publication"]["agency"]["mark"], language
        ),
        "since": words_for(language)["valid"] % {"date": format_date(since, "long", locale=locale)},
        "language": language,
        "direction": direction(language),
    }


@require_safe
@public("warnings are for everybody")
@shared
def index(request: HttpRequest) -> HttpResponse:
    language = "en"
    try:
        found = regions()
    except Unconfirmed:
        return render(
            request,
            "public/unconfirmed.html",
            {"language": language, "words": words_for(language)},
            status=503,
        )
    rows = sorted(
        ((region_label(code), code, languages) for code, languages in found.items()), key=lambda row: row[0]
    )
    context: dict[str, Any] = {
        "language": language,
        "words": words_for(language),
        "title": words_for(language)["regions"],
        "rows": [
            {
                "code": code,
                "label": label,
                "languages": [
                    {"code": each, "url": reverse("public-page", args=[code, each])} for each in languages
                ],
            }
            for label, code, languages in rows
        ],
        "canonical": settings.BASE_URL + reverse("public-index"),
    }
    return render(request, "public/index.html", context)


def _expiry(ends_at: str | None) -> dict[str, str]:
    return {"expires": ends_at} if ends_at else {}


def structured(found: Live, name: str, url: str) -> SafeString:
    """schema.org in JSON-LD, for search engines: an announcement a warning, with whom to ask."""
    announcements: list[dict[str, Any]] = [
        {
            "@type": "SpecialAnnouncement",
            "@id": f"{url}#{campaign['publication']['id']}",
            "name": campaign["warning"]["headline"],
            "text": campaign["warning"]["body"],
            "inLanguage": campaign["language"],
            "datePosted": campaign["publication"]["window"]["starts_at"],
            **_expiry(campaign["publication"]["window"]["ends_at"]),
            "spatialCoverage": {"@type": "AdministrativeArea", "name": name},
            "publisher": {"@type": "GovernmentOrganization", "name": campaign["agency"]},
            "about": [
                {
                    "@type": "GovernmentService",
                    "name": resource["name"],
                    **({"url": resource["url"]} if resource["url"] else {}),
                    **({"telephone": resource["phone"]} if resource["phone"] else {}),
                }
                for resource in campaign["warning"]["resources"]
            ],
        }
        for campaign in found.campaigns
    ]
    document = {"@context": "https://schema.org", "@graph": announcements}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # Nothing in it can end the element or begin another, whatever an officer wrote.
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(text)  # noqa: S308 - escaped above


@require_safe
@public("search engines read it")
@shared
def sitemap(request: HttpRequest) -> HttpResponse:
    try:
        found = regions()
    except Unconfirmed:
        return HttpResponse(status=503)
    pages, count = [], 0
    for each, languages in sorted(found.items(), key=lambda pair: ("-" in pair[0], pair[0])):
        count += len(languages)
        if count > SITEMAP_PAGES:
            break
        addresses = [
            (code, settings.BASE_URL + reverse("public-page", args=[each, code])) for code in languages
        ]
        pages.append((each, addresses))
    return render(request, "public/sitemap.xml", {"pages": pages}, content_type="application/xml")
