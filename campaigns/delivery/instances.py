"""What clients that evaluate by themselves say they run: they show warnings too, and a recall ends there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from campaigns.delivery.channel import HOST_MAX
from portal.kernel.actor import Actor
from portal.kernel.errors import WrongState

# Processes of one client that are heard at the same time.
MOST_INSTANCES = 500
# Whoever was silent for longer may be replaced by another.
FORGOTTEN_SECONDS = 3600

# As in campaigns.delivery.acknowledge: ages by the caller's monotonic clock become moments by PostgreSQL's.
# An id that another client, or a process of ours, has taken is not touched.
WRITE = """
WITH process AS (
    INSERT INTO campaigns_deliveryprocess AS p
        (id, client_id, host, pid, first_revision, revision, started_at, confirmed_at)
    VALUES (%(id)s, %(client)s, %(host)s, %(pid)s, %(revision)s, %(revision)s,
        clock_timestamp() - make_interval(secs => %(served)s), clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, confirmed_at = excluded.confirmed_at,
        ended_at = NULL
    WHERE p.client_id = excluded.client_id
    RETURNING p.id
), acknowledged AS (
    INSERT INTO campaigns_deliveryacknowledgement (process_id, revision, stopped_at, served_at)
    SELECT id, %(revision)s, at, at
    FROM process, (SELECT clock_timestamp() - make_interval(secs => %(served)s) AS at) AS t
    ON CONFLICT (process_id, revision) DO NOTHING
)
SELECT count(*) FROM process
"""
ALIVE = """
SELECT count(*) FROM campaigns_deliveryprocess
WHERE client_id = %(client)s AND id <> %(id)s
AND confirmed_at > clock_timestamp() - make_interval(secs => %(forgotten)s)
"""


@transaction.atomic
def acknowledge(
    instance: UUID, *, actor: Actor, host: str, pid: int, revision: int, served_seconds: float
) -> datetime:
    """This process of the client answers with this revision, and has for so many seconds.

    Returns the time by PostgreSQL's clock. Raises WrongState if the id is another's, if the revision does not
    exist yet, or if the client has too many processes.
    """
    given: dict[str, Any] = {
        "id": instance, "client": actor.id, "host": host[:HOST_MAX], "pid": pid, "revision": revision,
        "served": served_seconds, "forgotten": FORGOTTEN_SECONDS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(revision), 0), now() FROM campaigns_deliveryrevision")
        newest, now = cursor.fetchone()
        if revision > newest:
            raise WrongState(f"The newest revision is {newest}.", code="unknown-revision")
        cursor.execute(ALIVE, given)
        if cursor.fetchone()[0] >= MOST_INSTANCES:
            raise WrongState(f"A client has at most {MOST_INSTANCES} processes.", code="too-many-instances")
        cursor.execute(WRITE, given)
        if cursor.fetchone()[0] == 0:
            raise WrongState("Another process has this id. Make one with each start.", code="instance-taken")
    return now
