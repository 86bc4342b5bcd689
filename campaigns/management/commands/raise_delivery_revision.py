"""`manage.py raise_delivery_revision`: after a database was restored from a backup.

The backup's revision is lower than what processes and clients have seen, so they rightly take none of it:
what was recalled since would come back. Look first at what is served by it (recalls since the backup are not
in it), then raise the revision past everything that was ever seen; all of them then read everything anew.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from campaigns.delivery.publish import announce
from campaigns.models import DeliveryRevision

# More than any portal bumps between two backups, and far from where JSON's numbers end.
STEP = 1_000_000


class Command(BaseCommand):
    help = "Raises the delivery revision past what processes and clients have seen; after a restore only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--past",
            type=int,
            help="the highest revision that was seen, as logs have it; without it 1,000,000 more",
        )

    def handle(self, *args: Any, past: int | None, **options: Any) -> None:
        with transaction.atomic():
            row, _ = DeliveryRevision.objects.select_for_update().get_or_create(pk=1)
            target = row.revision + STEP if past is None else past
            if not row.revision <= target < 2**53 - 1:
                raise CommandError(
                    f"The revision is {row.revision}: it only ever goes up, and stays below 2**53."
                )
            DeliveryRevision.objects.filter(pk=1).update(revision=target)
            announcement = announce()
        self.stdout.write(f"The revision was {row.revision} and is {announcement.revision}.")
