"""`manage.py recount_outcomes`: whether the counts are what the events say.

Without --repair it changes nothing, and ends with 1 where something disagrees. With it exposures and counts
are made anew from the events; calls that bring events wait meanwhile. After a change of
OUTCOME_ATTRIBUTION_DAYS or OUTCOME_REPORTED_DAYS it is needed once.
"""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.models import OutcomeEvent
from campaigns.outcomes import partitions, rollup

SHOWN = 20
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = "Counts all outcomes again from their events and says where the counts disagree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make exposures and counts anew")
        parser.add_argument(
            "--everything",
            action="store_true",
            help="also of the first weeks kept: right where no week of events was ever dropped",
        )

    def handle(self, *args: Any, repair: bool, everything: bool, **options: Any) -> None:
        since = BEGINNING if everything else partitions.kept_since()
        if since is None:
            raise CommandError("There are no weeks of events.")
        if repair:
            rollup.repair(since)
        found = list(rollup.recount(since))
        for each in found[:SHOWN]:
            self.stdout.write(
                f"{each.hour:%Y-%m-%d %H:00} {each.version} {each.language} {each.region}"
                f" {each.variant or '-'}: kept {each.kept}, the events say {each.counted}"
            )
        events = OutcomeEvent.objects.count()
        if found:
            raise CommandError(f"{len(found)} counts disagree with {events:,} events.")
        self.stdout.write(f"All counts since {since:%Y-%m-%d} agree with {events:,} events.")
