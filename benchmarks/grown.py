"""Many campaigns, laid beside one that was made through the flows: rows of the same shape.

Ten thousand through the flows would take an hour. So each table's rows are copied by its owner, with the
triggers off; only versions are written by Python, because their SHA-256 is that of our canonical JSON.
"""

import copy
from collections.abc import Sequence
from hashlib import md5
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Publication, Version
from portal.database.owner import as_owner
from portal.kernel.canonical import digest

# Of ten campaigns six are approved and served, two wait for the exchange, two are drafts.
SERVED, WAITING = 6, 2
OF_CAMPAIGN = (
    "campaigns_tip", "campaigns_scamexample", "campaigns_answer", "campaigns_resource", "campaigns_source",
    "campaigns_contribution",
)  # fmt: skip
TABLES = (
    *OF_CAMPAIGN, "campaigns_campaign", "campaigns_version", "campaigns_decision", "campaigns_publication",
)  # fmt: skip


def grow(base: Version, first: int, last: int, regions: Sequence[str]) -> None:
    """Campaigns number first to last - 1, in turn in each of the regions."""
    with as_owner(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for number in range(first, last, 2000):
            with transaction.atomic():
                _grow(cursor, base, number, min(number + 2000, last), list(regions))
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("UPDATE campaigns_deliveryrevision SET revision = revision + 1")


def _grow(cursor: Any, base: Version, first: int, last: int, regions: list[str]) -> None:
    given = {
        "first": first, "last": last - 1, "campaign": base.campaign_id, "version": base.pk,
        "regions": regions, "count": len(regions),
    }  # fmt: skip
    versions = [
        _version(base, number, regions[number // 10 % len(regions)])
        for number in range(first, last)
        if number % 10 < SERVED + WAITING
    ]
    Version.objects.bulk_create(versions)
    cursor.execute(
        f"""
        INSERT INTO {Campaign._meta.db_table}
        SELECT (jsonb_populate_record(c, jsonb_build_object(
            'id', md5('campaign' || n), 'title', c.title || ' ' || n, 'regions',
            jsonb_build_array((%(regions)s::text[])[n / 10 %% %(count)s + 1]),
            'in_review_id', CASE WHEN n %% 10 BETWEEN {SERVED} AND {SERVED + WAITING - 1}
                THEN md5('version' || n) END,
            'status', CASE WHEN n %% 10 < {SERVED} THEN '{CampaignStatus.APPROVED}'
                WHEN n %% 10 < {SERVED + WAITING} THEN '{CampaignStatus.COMPLIANCE_REVIEW}'
                ELSE '{CampaignStatus.DRAFT}' END,
            'changed_at', c.changed_at - n * interval '1 minute'))).*
        FROM {Campaign._meta.db_table} c, generate_series(%(first)s, %(last)s) n WHERE c.id = %(campaign)s
        """,  # noqa: S608 - names of our own
        given,
    )
    for table in OF_CAMPAIGN:
        cursor.execute(
            f"""
            INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object(
                'id', nextval(pg_get_serial_sequence('{table}', 'id')), 'campaign_id', md5('campaign' || n)
            ))).* FROM {table} t, generate_series(%(first)s, %(last)s) n WHERE t.campaign_id = %(campaign)s
            """,  # noqa: S608
            given,
        )
    cursor.execute(
        f"""
        INSERT INTO campaigns_decision SELECT (jsonb_populate_record(d, jsonb_build_object(
            'id', md5('decision' || d.stage || n), 'version_id', md5('version' || n)))).*
        FROM campaigns_decision d, generate_series(%(first)s, %(last)s) n
        WHERE d.version_id = %(version)s AND (n %% 10 < {SERVED}
            OR n %% 10 < {SERVED + WAITING} AND d.stage = 'agency_review')
        """,  # noqa: S608
        given,
    )
    cursor.execute(
        f"""
        INSERT INTO {Publication._meta.db_table} SELECT (jsonb_populate_record(p, jsonb_build_object(
            'id', md5('publication' || n), 'version_id', md5('version' || n),
            'campaign_id', md5('campaign' || n)))).*
        FROM {Publication._meta.db_table} p, generate_series(%(first)s, %(last)s) n
        WHERE p.version_id = %(version)s AND n %% 10 < {SERVED}
        """,  # noqa: S608
        given,
    )


def _version(base: Version, number: int, region: str) -> Version:
    def named(kind: str) -> UUID:
        return UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())

    content = copy.deepcopy(base.content) | {"campaign": str(named("campaign")), "regions": [region]}
    return Version(
        id=named("version"), campaign_id=named("campaign"), number=1, content=content, sha256=digest(content),
        submitted_by_id=base.submitted_by_id, submitted_at=base.submitted_at,
    )  # fmt: skip
