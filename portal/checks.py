"""Bad settings fail at start, each with a number and a hint."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, register

from portal.agencies.vetting.domains.resolver import nameservers
from portal.database.walls import faults
from portal.kernel.signing import Keyring


@register()
def settings_are_sound(app_configs: Any, **options: Any) -> list[Error]:
    found = []
    if settings.MODE == "production" and not settings.HTTPS:
        found.append(
            Error(
                "PORTAL_BASE_URL must be https in production.",
                hint="Only demo and test speak http.",
                id="portal.E001",
            )
        )
    if not settings.FIELD_KEYS:
        found.append(
            Error(
                "PORTAL_FIELD_KEYS is empty.",
                hint="Make one with cryptography's Fernet.generate_key().",
                id="portal.E002",
            )
        )
    for key in settings.FIELD_KEYS:
        try:
            Fernet(key)
        except ValueError:
            found.append(Error("A key in PORTAL_FIELD_KEYS is not a Fernet key.", id="portal.E003"))
    for name, seeds, code in (
        ("PORTAL_SIGNING_KEYS", settings.SIGNING_KEYS, "portal.E005"),
        ("PORTAL_DELIVERY_KEYS", settings.DELIVERY_KEYS, "portal.E008"),
    ):
        try:
            Keyring(seeds)
        except ValueError:
            found.append(
                Error(
                    f"{name} does not list Ed25519 seeds, each base64 of 32 bytes.",
                    hint="Make one with `manage.py signing_keys --new`.",
                    id=code,
                )
            )
    if set(settings.DELIVERY_KEYS) & set(settings.SIGNING_KEYS) and settings.MADE_UP is None:
        found.append(
            Error(
                "A key stands both in PORTAL_SIGNING_KEYS and in PORTAL_DELIVERY_KEYS.",
                hint="Whoever breaks into a delivery process could then sign texts. Make another.",
                id="portal.E009",
            )
        )
    try:
        Keyring(settings.SIGNING_KEYS, settings.VERIFY_KEYS)
    except ValueError:
        found.append(
            Error(
                "PORTAL_VERIFY_KEYS does not list public Ed25519 keys, each base64url of 32 bytes.",
                hint="Take the “x” of each key that `manage.py signing_keys` prints.",
                id="portal.E010",
            )
        )
    try:
        nameservers(settings.DNS_RESOLVERS)
    except ValueError:
        found.append(
            Error(
                "PORTAL_DNS_RESOLVERS does not list addresses of name servers.",
                hint="ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, separated by commas; no names.",
                id="portal.E006",
            )
        )
    if len(settings.REFERENCE_KEY) < 32:
        found.append(Error("PORTAL_REFERENCE_KEY is shorter than 32 characters.", id="portal.E004"))
    return found


@register(Tags.database)
def database_role_is_confined(app_configs: Any, databases: Any = None, **options: Any) -> list[Error]:
    """Asked of the database, and so only by `migrate` and `check --database default`; /readyz asks it too."""
    if not databases or "default" not in databases:
        return []
    return [
        Error(
            f"The database role of DATABASE_URL {fault}.",
            hint="Row-level security would not hold it. docs/operations.md, “Roles in the database”.",
            id="portal.E007",
        )
        for fault in faults(settings.DATABASE_URL)
    ]
