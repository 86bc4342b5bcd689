"""`manage.py rotate_field_keys`: encrypts every secret at rest anew with the first of PORTAL_FIELD_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.identity.rotation import SECRETS, rotate


class Command(BaseCommand):
    help = (
        "Encrypts every secret at rest anew with the first of PORTAL_FIELD_KEYS. Safe to repeat, and in use."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for secret in SECRETS:
            counts = rotate(secret)
            # A second look: what was written with the old key while the first one went by.
            late = rotate(secret)
            unreadable += late.unreadable
            self.stdout.write(
                f"{secret.name}: {counts.renewed + late.renewed} encrypted anew, "
                f"{counts.current} were already, {late.unreadable} unreadable"
            )
        if unreadable:
            raise CommandError(
                f"{unreadable} cannot be read with any key of PORTAL_FIELD_KEYS."
                " Keep the old keys and add the missing one."
            )
        self.stdout.write("The keys after the first are no longer needed.")
