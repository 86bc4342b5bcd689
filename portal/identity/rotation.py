"""A new first field key: every secret at rest is encrypted again with it, while people go on signing in.

Each row is locked, read and written in one short transaction, so a code that is used up meanwhile stays used
up. Running it twice, or twice at once, changes nothing more. A room that keeps a secret names it here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from portal.identity.fieldkeys import keys
from portal.models import SignInProvider

BATCH = 100


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a model keeps what is encrypted: `change` writes each token that `renewed` returns anew."""

    name: str
    model: type[Model]
    field: str
    change: Callable[[Any, Callable[[str], str]], None]


@dataclass(slots=True)
class Counts:
    renewed: int = 0
    current: int = 0
    unreadable: int = 0


def _factor(row: Authenticator, renewed: Callable[[str], str]) -> None:
    for name in ("secret", "seed"):
        if name in row.data:
            row.data[name] = renewed(row.data[name])
    if "migrated_codes" in row.data:
        row.data["migrated_codes"] = [renewed(code) for code in row.data["migrated_codes"]]


def _provider(row: SignInProvider, renewed: Callable[[str], str]) -> None:
    row.client_secret = renewed(row.client_secret)


SECRETS = [
    Secret("second factors", Authenticator, "data", _factor),
    Secret("agencies' sign-in", SignInProvider, "client_secret", _provider),
]


def rotate(secret: Secret) -> Counts:
    """Counts rows, not tokens: a row without any counts as current."""
    counts = Counts()
    for pks in _batches(secret.model):
        with transaction.atomic():
            rows = secret.model._default_manager.select_for_update(of=("self",)).filter(pk__in=pks)
            for row in rows.order_by("pk"):
                _rotate_row(secret, row, counts)
    return counts


def _rotate_row(secret: Secret, row: Model, counts: Counts) -> None:
    newest = Fernet(settings.FIELD_KEYS[0])
    found = 0

    def renewed(token: str) -> str:
        nonlocal found
        try:
            newest.decrypt(token.encode())
        except InvalidToken:
            found += 1
            return keys().rotate(token.encode()).decode()
        return token

    try:
        secret.change(row, renewed)
    except InvalidToken:
        counts.unreadable += 1
        return
    if found:
        row.save(update_fields=[secret.field])
        counts.renewed += 1
    else:
        counts.current += 1


def _batches(model: type[Model]) -> Iterator[list[Any]]:
    last = None
    while True:
        rows = model._default_manager.order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        pks = list(rows.values_list("pk", flat=True)[:BATCH])
        if not pks:
            return
        yield pks
        last = pks[-1]
