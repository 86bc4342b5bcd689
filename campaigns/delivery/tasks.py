"""Forgets what delivery processes said, once nobody will ask: each revision adds a row for every process."""

from celery import shared_task
from django.db import connection, transaction

KEPT_DAYS = 30

# What says when a process stopped serving a recalled publication is kept with it for good: of each process
# the first revision without it. They are few.
FORGET_ACKNOWLEDGEMENTS = """
DELETE FROM campaigns_deliveryacknowledgement a
WHERE a.served_at < clock_timestamp() - make_interval(days => %(days)s)
AND NOT EXISTS (
    SELECT FROM campaigns_publication p JOIN campaigns_deliveryprocess d ON d.id = a.process_id
    WHERE d.first_revision < p.recall_revision AND p.recall_revision <= a.revision AND NOT EXISTS (
        SELECT FROM campaigns_deliveryacknowledgement earlier
        WHERE earlier.process_id = a.process_id
        AND earlier.revision >= p.recall_revision AND earlier.revision < a.revision))
"""
FORGET_PROCESSES = """
DELETE FROM campaigns_deliveryprocess d
WHERE d.confirmed_at < clock_timestamp() - make_interval(days => %(days)s)
AND NOT EXISTS (SELECT FROM campaigns_deliveryacknowledgement a WHERE a.process_id = d.id)
"""
# A process that was away for longer reads everything anew.
FORGET_CHANGES = """
DELETE FROM campaigns_deliverychange
WHERE revision < (SELECT revision FROM campaigns_deliveryrevision) - %(kept)s
"""
KEPT_REVISIONS = 10_000


@shared_task(name="campaigns.delivery.forget")
def forget() -> int:
    """How many acknowledgements went."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FORGET_ACKNOWLEDGEMENTS, {"days": KEPT_DAYS})
        gone = cursor.rowcount
        cursor.execute(FORGET_PROCESSES, {"days": KEPT_DAYS})
        cursor.execute(FORGET_CHANGES, {"kept": KEPT_REVISIONS})
    return int(gone)
