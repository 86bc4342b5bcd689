"""`manage.py signing_keys`: the public keys as a JWK set, for whoever verifies; --new makes a seed."""

import base64
import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.kernel.signing import SEED_BYTES, Keyring
from portal.keyring import jwks


class Command(BaseCommand):
    help = "Prints the public signing keys as a JWK set; with --new a fresh seed for one of the settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--new", action="store_true", help="make a seed instead; nothing is kept")

    def handle(self, *args: Any, new: bool, **options: Any) -> None:
        if new:
            seed = base64.b64encode(secrets.token_bytes(SEED_BYTES)).decode("ascii")
            self.stdout.write(seed)
            [public] = Keyring([seed]).jwks()["keys"]
            self.stderr.write(f"x: {public['x']}")
        else:
            self.stdout.write(json.dumps(jwks(), indent=2))
