"""`manage.py sign_publications`: signs with the key that signs now what is served and has no such signature.

Needed before an old key leaves PORTAL_SIGNING_KEYS, and once for what was published before there were
signatures. It is a deliberate act of an operator: nothing signs by itself what it finds in the database.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from campaigns import events
from campaigns.delivery.publish import announce, sign
from campaigns.models import Publication
from portal.audit import record
from portal.kernel.actor import Actor
from portal.kernel.canonical import digest
from portal.keyring import keyring


class Command(BaseCommand):
    help = "Signs every publication that is or will be served and that the present key has not signed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be signed, and sign nothing"
        )

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        unsigned = (
            Publication.objects.select_related("version", "campaign", "campaign__agency")
            .exclude(signatures__key=keyring().key_id)
            .filter(recalled_at=None)
            .order_by("published_at", "pk")
        )
        signed = []
        with transaction.atomic():
            for each in unsigned:
                if not each.is_servable_at(now):
                    continue
                if digest(each.version.content) != each.version.sha256:
                    self.stderr.write(f"{each.pk}: the stored text does not match its SHA-256; not signed")
                    continue
                self.stdout.write(f"{each.pk} {each.version.sha256} {each.campaign.title}")
                signed.append(each)
                if not dry_run:
                    sign(each, now=now)
                    record(
                        events.SIGNED,
                        actor=Actor.system("sign_publications"),
                        subject=each.campaign,
                        at=now,
                        data={
                            "publication": str(each.pk),
                            "sha256": each.version.sha256,
                            "key": keyring().key_id,
                        },
                    )
            if signed and not dry_run:
                announce([each.pk for each in signed])
        self.stdout.write(f"{len(signed)} {'would be ' if dry_run else ''}signed with {keyring().key_id}")
