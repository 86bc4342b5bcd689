"""Many campaigns, laid beside one that was made through the flows: rows of the same shape.

Ten thousand through the flows would take an hour. So each table's rows are copied by its owner, with the
triggers off; only versions and signatures are written by Python: the one's SHA-256 is that of our canonical
JSON, the other proves it, and delivery serves nothing unproved.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from campaigns.client.canonical import digest
from campaigns.client.publication import TYP
from campaigns.delivery.publish import signed_content
from campaigns.lifecycle import CampaignStatus
from campaigns.models import Campaign, Publication, Version
from portal.database.owner import as_owner
from portal.keyring import keyring

OF_CAMPAIGN = (
    "campaigns_tip", "campaigns_scamexample", "campaigns_answer", "campaigns_resource", "campaigns_source",
    "campaigns_contribution",
)  # fmt: skip
TABLES = (
    *OF_CAMPAIGN, "campaigns_campaign", "campaigns_version", "campaigns_decision", "campaigns_publication",
    "campaigns_publicationsignature",
)  # fmt: skip
AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Mix:
    """Of ten campaigns in a row so many are approved and served, so many wait for the exchange; the others
    are drafts. Each region has so many in a row. Without parts there is nothing to edit, and all is served.
    """

    served: int = 6
    waiting: int = 2
    in_a_row: int = 10
    with_parts: bool = True


MIXED = Mix()
SERVED_ALONE = Mix(served=10, waiting=0, with_parts=False)


def grow(base: Version, first: int, last: int, regions: Sequence[str], mix: Mix = MIXED) -> None:
    """Campaigns number first to last - 1, in turn in each of the regions."""
    with as_owner(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for number in range(first, last, AT_ONCE):
            with transaction.atomic():
                _grow(cursor, base, number, min(number + AT_ONCE, last), list(regions), mix)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("UPDATE campaigns_deliveryrevision SET revision = revision + 1")


def named(kind: str, number: int) -> UUID:
    """The id of the campaign, version, decision or publication with this number."""
    return UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


def _grow(cursor: Any, base: Version, first: int, last: int, regions: list[str], mix: Mix) -> None:
    given = {
        "first": first, "last": last - 1, "campaign": base.campaign_id, "version": base.pk,
        "regions": regions, "count": len(regions), "served": mix.served,
        "submitted": mix.served + mix.waiting, "in_a_row": mix.in_a_row,
    }  # fmt: skip
    cursor.execute(
        f"""
        INSERT INTO {Campaign._meta.db_table}
        SELECT grown.* FROM {Campaign._meta.db_table} c, generate_series(%(first)s, %(last)s) n,
        LATERAL jsonb_populate_record(c, jsonb_build_object(
            'id', md5('campaign' || n), 'title', c.title || ' ' || n, 'regions',
            jsonb_build_array((%(regions)s::text[])[n / %(in_a_row)s %% %(count)s + 1]),
            'in_review_id', CASE WHEN n %% 10 >= %(served)s AND n %% 10 < %(submitted)s
                THEN md5('version' || n) END,
            'status', CASE WHEN n %% 10 < %(served)s THEN '{CampaignStatus.APPROVED}'
                WHEN n %% 10 < %(submitted)s THEN '{CampaignStatus.COMPLIANCE_REVIEW}'
                ELSE '{CampaignStatus.DRAFT}' END,
            'changed_at', c.changed_at - n * interval '1 minute')) grown
        WHERE c.id = %(campaign)s
        """,  # noqa: S608 - names of our own
        given,
    )
    versions = [
        _version(base, number, regions[number // mix.in_a_row % len(regions)])
        for number in range(first, last)
        if number % 10 < mix.served + mix.waiting
    ]
    _copy(
        cursor,
        "campaigns_version (id, campaign_id, number, content, sha256, submitted_by_id, submitted_at)",
        (
            (each.pk, each.campaign_id, 1, json.dumps(each.content, ensure_ascii=False), each.sha256,
             each.submitted_by_id, each.submitted_at)
            for each in versions
        ),
    )  # fmt: skip
    for table in OF_CAMPAIGN if mix.with_parts else ():
        cursor.execute(
            f"""
            INSERT INTO {table} SELECT grown.* FROM {table} t, generate_series(%(first)s, %(last)s) n,
            LATERAL jsonb_populate_record(t, jsonb_build_object(
                'id', nextval(pg_get_serial_sequence('{table}', 'id')), 'campaign_id', md5('campaign' || n)
            )) grown WHERE t.campaign_id = %(campaign)s
            """,  # noqa: S608
            given,
        )
    cursor.execute(
        """
        INSERT INTO campaigns_decision SELECT grown.*
        FROM campaigns_decision d, generate_series(%(first)s, %(last)s) n
        JOIN campaigns_version v ON v.id = md5('version' || n)::uuid,
        LATERAL jsonb_populate_record(d, jsonb_build_object(
            'id', md5('decision' || d.stage || n), 'version_id', v.id, 'sha256', v.sha256)) grown
        WHERE d.version_id = %(version)s AND (n %% 10 < %(served)s
            OR n %% 10 < %(submitted)s AND d.stage = 'agency_review')
        """,
        given,
    )
    cursor.execute(
        f"""
        INSERT INTO {Publication._meta.db_table} SELECT grown.*
        FROM {Publication._meta.db_table} p, generate_series(%(first)s, %(last)s) n,
        LATERAL jsonb_populate_record(p, jsonb_build_object(
            'id', md5('publication' || n), 'version_id', md5('version' || n),
            'campaign_id', md5('campaign' || n))) grown
        WHERE p.version_id = %(version)s AND n %% 10 < %(served)s
        """,  # noqa: S608
        given,
    )
    _sign(cursor, base, {each.pk: each for each in versions}, range(first, last), mix)


def _version(base: Version, number: int, region: str) -> Version:
    content = base.content | {"campaign": str(named("campaign", number)), "regions": [region]}
    return Version(
        id=named("version", number), campaign_id=named("campaign", number), number=1, content=content,
        sha256=digest(content), submitted_by_id=base.submitted_by_id, submitted_at=base.submitted_at,
    )  # fmt: skip


def _sign(cursor: Any, base: Version, versions: dict[UUID, Version], numbers: range, mix: Mix) -> None:
    """As campaigns.delivery.publish.sign does, but many in one COPY."""
    published_at = Publication.objects.get(version_id=base.pk).published_at
    rows = []
    for number in numbers:
        if number % 10 < mix.served:
            publication = Publication(
                id=named("publication", number), version=versions[named("version", number)],
                published_at=published_at,
            )  # fmt: skip
            signed, signature = keyring().sign(TYP, signed_content(publication))
            rows.append((publication.pk, signed["key"], signature, published_at))
    _copy(cursor, "campaigns_publicationsignature (publication_id, key, signature, signed_at)", rows)


def _copy(cursor: Any, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
