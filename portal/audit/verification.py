"""Verifications: asked for by a person or by the clock, read a stretch at a time, and kept as rows.

A task reads for some seconds and hands on to the next one, so that no chain is too long for it, and one
that is lost is taken up again where it stood.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone

from portal.access import check
from portal.audit import events, heads
from portal.audit.chain import GENESIS, MOST_FAULTS, START, Fault, Kind, Point, hashes_at, last, walk
from portal.audit.record import record
from portal.kernel.actor import Actor
from portal.models import AuditCheck

AT_ONCE = 100_000  # rows that a page reads itself, instead of leaving them to a worker
SECONDS = 20.0
LOST = timedelta(minutes=2)

# Sent in the transaction of the verification (`check`) that finds the trail broken when it was whole before.
broken = Signal()


def verify(*, actor: Actor, now: datetime, whole: bool) -> AuditCheck:
    """Begin to read the chain: all of it, or what came after the newest signed head that holds.

    Every signed head, and what was read before, is compared in any case. Whoever asked finds the result under
    the check's id.
    """
    check(actor, "audit.verify")
    compared, faults, holding = heads.compare(known_heads())
    faults += forgotten(holding.point if holding else START)
    since = START if whole or holding is None else holding.point
    upto = last().seq
    with transaction.atomic():
        asked = AuditCheck.objects.create(
            asked_by_id=actor.person_id,
            asked_at=now,
            since_seq=since.seq,
            upto_seq=upto,
            seq=since.seq,
            hash=since.hash,
            heads=compared,
            faults=[fault.as_json() for fault in faults[:MOST_FAULTS]],
            touched_at=now,
        )
        if actor.kind == "person":
            data = {"since": since.seq, "upto": upto}
            record(events.VERIFIED, actor=actor, subject=asked, at=now, data=data)
    if upto - since.seq <= AT_ONCE:
        go_on(asked.pk)
    else:
        hand_on(asked.pk)
    asked.refresh_from_db()
    return asked


def known_heads() -> list[tuple[str, str]]:
    """Those in the database and those in the directory; each text once."""
    found = {text: name for name, text in heads.in_directory(settings.AUDIT_HEADS_DIR)}
    found |= {text: name for name, text in heads.in_table()}
    return [(name, text) for text, name in found.items()]


def forgotten(holding: Point) -> list[Fault]:
    """What an earlier verification read and the trail no longer has: between two heads only this tells of it.

    Nobody signed what it says, and whoever owns the database can remove it. Only one that found the trail
    whole counts, so that a break is not forgotten with the next reading.
    """
    whole = AuditCheck.objects.exclude(finished_at=None).filter(faults=[], seq__gt=0)
    before = whole.order_by("-seq").first()
    if before is None:
        return []
    newest, read_at = last(), f"{before.finished_at:%Y-%m-%d %H:%M} UTC"
    if before.seq > newest.seq:
        return [Fault(before.seq, Kind.CUT, after=newest.seq, check=read_at)]
    if hashes_at([before.seq]).get(before.seq) != before.hash:
        after = holding.seq if holding.seq < before.seq else 0
        return [Fault(before.seq, Kind.REWRITTEN, after=after, check=read_at)]
    return []


def go_on(check_id: UUID, seconds: float = SECONDS) -> bool:
    """Read on for some seconds; True once it is finished. A second worker on it does nothing."""
    until = time.monotonic() + seconds
    with transaction.atomic():
        unfinished = AuditCheck.objects.select_for_update(skip_locked=True).filter(finished_at=None)
        asked = unfinished.filter(pk=check_id).first()
        if asked is None:
            return True
        since = Point(asked.seq, asked.hash or GENESIS)
        for step in walk(since, asked.upto_seq):
            room = MOST_FAULTS - len(asked.faults)
            asked.faults += [fault.as_json() for fault in step.faults[:room]]
            asked.rows += step.rows
            asked.seq, asked.hash = step.point.seq, step.point.hash
            if time.monotonic() > until:
                break
        else:
            asked.finished_at = timezone.now()
        asked.touched_at = timezone.now()
        asked.save()
        if asked.finished_at is not None and not asked.is_whole and not _known(asked):
            broken.send(sender=AuditCheck, check=asked)
    return asked.finished_at is not None


def _known(asked: AuditCheck) -> bool:
    """Whether the verification before found the trail broken as well: people are told once."""
    others = AuditCheck.objects.exclude(pk=asked.pk).exclude(finished_at=None)
    before = others.order_by("-finished_at").first()
    return before is not None and not before.is_whole


def hand_on(check_id: UUID) -> None:
    from portal.audit.tasks import verify_on

    transaction.on_commit(lambda: verify_on.delay(str(check_id)))


def lost(now: datetime) -> QuerySet[AuditCheck]:
    """Begun, unfinished, and untouched for a while: their task was lost."""
    return AuditCheck.objects.filter(finished_at=None, touched_at__lt=now - LOST)
