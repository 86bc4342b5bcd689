"""Keeps the counts: adds what has changed, makes the weeks ahead, and lets go of what is old."""

from celery import shared_task
from django.utils import timezone

from campaigns.outcomes import partitions, rollup


@shared_task(name="campaigns.outcomes.roll_up")
def roll_up() -> int:
    """How many changes were added to the counts."""
    return rollup.roll_up()


@shared_task(name="campaigns.outcomes.keep_weeks")
def keep_weeks() -> list[str]:
    """The names of the weeks of events that went."""
    now = timezone.now()
    partitions.prepare(now)
    gone = partitions.retire(now)
    partitions.forget_exposures(now)
    return gone
