"""A complete warning for tests, and the steps that bring it to a state."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from campaigns.authoring import flows as authoring
from campaigns.authoring.audience import Audience
from campaigns.authoring.text import WorkingText
from campaigns.models import Campaign, Version
from campaigns.review import flows as review
from tests.people import House


def audience(now: datetime, **changes: Any) -> Audience:
    return replace(
        Audience(
            title="Fake investment groups",
            scam_type="investment",
            regions=["HK"],
            languages=["zh-hant", "en"],
            default_language="zh-hant",
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=28),
            priority=50,
        ),
        **changes,
    )


def text(headline: str = "Stop: is a chat group telling you where to send this?") -> WorkingText:
    return WorkingText(
        headline={"en": headline, "zh-hant": "請停一停：是群組叫你轉帳嗎？"},
        body={
            "en": "Fake groups show invented profits. Check first.",
            "zh-hant": "假群組展示虛構利潤。先查證。",
        },
        question={"en": "Who told you about this address?", "zh-hant": "這個地址由誰提供？"},
        tips=[{"text": {"en": "Call the helpline.", "zh-hant": "致電熱線。"}}],
        examples=[
            {
                "scam_type": "investment",
                "title": {"en": "The group", "zh-hant": "群組"},
                "how_it_goes": {"en": "You are added.", "zh-hant": "你被加入。"},
                "how_to_tell": {"en": "Nobody may withdraw.", "zh-hant": "無人能提款。"},
            }
        ],
        answers=[
            {
                "label": {"en": "Somebody I know only online", "zh-hant": "只在網上認識的人"},
                "advice": {"en": "Do not send. Call 18222.", "zh-hant": "切勿轉出，致電 18222。"},
                "is_warning_sign": True,
            },
            {
                "label": {"en": "It is mine", "zh-hant": "是我自己的"},
                "advice": {"en": "Check each sign of it.", "zh-hant": "逐字核對。"},
                "is_warning_sign": False,
            },
        ],
        resources=[
            {
                "name": {"en": "Anti-Scam Helpline", "zh-hant": "防騙易"},
                "hours": {"en": "24 hours", "zh-hant": "24 小時"},
                "phone": "18222",
                "url": "https://www.adcc.gov.hk",
                "languages": ["zh-hant", "en"],
                "valid_until": None,
            }
        ],
        sources=[
            {
                "name": {"en": "Police figures", "zh-hant": "警方數字"},
                "url": "https://www.adcc.gov.hk/figures",
                "as_of": date(2026, 6, 30),
            }
        ],
    )


def drafted(house: House, now: datetime, **changes: Any) -> Campaign:
    return authoring.create(actor=house.officer, now=now, audience=audience(now, **changes), text=text())


def submitted(house: House, now: datetime, campaign: Campaign | None = None, **changes: Any) -> Version:
    campaign = campaign or drafted(house, now, **changes)
    return authoring.submit(campaign.pk, actor=house.officer, now=now, seen_revision=campaign.revision)


def approved_by_agency(
    house: House, now: datetime, version: Version | None = None, **changes: Any
) -> Version:
    version = version or submitted(house, now, **changes)
    review.approve(
        version.campaign_id, actor=house.supervisor, now=now, version_id=version.pk, sha256=version.sha256
    )
    return version


def published(house: House, now: datetime, version: Version | None = None, **changes: Any) -> Version:
    version = approved_by_agency(house, now, version, **changes)
    review.approve(
        version.campaign_id, actor=house.reviewer, now=now, version_id=version.pk, sha256=version.sha256
    )
    return version
