"""When each delivery process stopped serving what was recalled, as the processes said themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Publication

# A process confirms each second and says so every two: three times that is silence. One of a client says so
# once a minute.
SILENT_AFTER = timedelta(seconds=6)
CLIENT_SILENT_AFTER = timedelta(minutes=3)
# Who had been silent for longer when it was recalled was no process any more.
STILL_A_PROCESS = timedelta(minutes=10)
# So long the page looks again by itself.
WATCHED = timedelta(minutes=2)
MILLISECOND = timedelta(milliseconds=1)
# Process, client, host, pid, heard at, ended at, stopped at, served at, now.
Row = tuple[UUID, str | None, str, int, datetime, datetime | None, datetime | None, datetime | None, datetime]

ASK = """
SELECT d.id, k.name, d.host, d.pid, d.confirmed_at, d.ended_at, a.stopped_at, a.served_at, clock_timestamp()
FROM campaigns_deliveryprocess d
LEFT JOIN portal_client k ON k.id = d.client_id
LEFT JOIN LATERAL (
    SELECT stopped_at, served_at FROM campaigns_deliveryacknowledgement
    WHERE process_id = d.id AND revision >= %(revision)s ORDER BY revision LIMIT 1
) a ON true
WHERE d.first_revision < %(revision)s AND d.confirmed_at > %(since)s
AND (d.ended_at IS NULL OR d.ended_at > %(announced)s OR a.stopped_at IS NOT NULL)
ORDER BY d.client_id IS NOT NULL, d.started_at, d.id
"""


class Stop(models.TextChoices):
    """How it is known that a process serves the recalled publication no more, or why it is not yet known."""

    ANSWERED = "answered", _("Stopped serving it")
    LEASE = "lease", _("Answered nothing: it had lost the database")
    ENDED = "ended", _("Ended")
    WAITING = "waiting", _("Has not said so yet")
    SILENT = "silent", _("Silent")


@dataclass(frozen=True, slots=True)
class Stopped:
    """`milliseconds`: from the announcement, before the commit, to the last moment it could answer so.

    `client`: whose process it is; None: one of ours.
    """

    process_id: UUID
    client: str | None
    host: str
    pid: int
    state: Stop
    stopped_at: datetime | None
    milliseconds: float | None
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Stopping:
    processes: Sequence[Stopped]
    is_watched: bool

    @property
    def slowest(self) -> float | None:
        """Milliseconds, of those that answered."""
        known = [each.milliseconds for each in self.processes if each.milliseconds is not None]
        return max(known, default=None)

    @property
    def is_complete(self) -> bool:
        return not any(each.state in (Stop.WAITING, Stop.SILENT) for each in self.processes)

    @property
    def silent(self) -> int:
        return sum(each.state == Stop.SILENT for each in self.processes)


def stopping(publication: Publication) -> Stopping | None:
    """None for a recall from before the processes said anything."""
    announced = publication.recall_announced_at
    if announced is None:
        return None
    asked = {
        "revision": publication.recall_revision,
        "announced": announced,
        "since": announced - STILL_A_PROCESS,
    }
    with connection.cursor() as cursor:
        cursor.execute(ASK, asked)
        rows = cursor.fetchall()
    found = [_read(row, announced) for row in rows]
    waits = any(each.state in (Stop.WAITING, Stop.SILENT) for each in found)
    return Stopping(found, waits and rows[0][-1] - announced < WATCHED)


def _read(row: Row, announced: datetime) -> Stopped:
    process_id, client, host, pid, heard_at, ended_at, stopped_at, served_at, now = row
    if stopped_at is not None and served_at is not None:
        state = Stop.ANSWERED if stopped_at == served_at else Stop.LEASE
    elif ended_at is not None:
        state, stopped_at = Stop.ENDED, ended_at
    else:
        silence = SILENT_AFTER if client is None else CLIENT_SILENT_AFTER
        state = Stop.SILENT if now - heard_at > silence else Stop.WAITING
    milliseconds = None if stopped_at is None else max(0.0, (stopped_at - announced) / MILLISECOND)
    return Stopped(process_id, client, host, pid, state, stopped_at, milliseconds, heard_at)
