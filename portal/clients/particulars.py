"""What is said of a client or a key: read, cleaned, and refused with everything that is wrong at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal.clients.networks import read_networks
from portal.kernel.errors import Invalid, Text
from portal.kernel.words import unfit, unfit_line
from portal.models import Client
from portal.models.client import (
    CONTACT_MAX,
    DEFAULT_PER_MINUTE,
    DESCRIPTION_MAX,
    LEAST_PER_MINUTE,
    MOST_PER_MINUTE,
    NAME_MAX,
    WHY_MAX,
    Scope,
)

NAME_TAKEN = _("Another client has this name.")


def particulars(
    client: Client | None,
    name: str,
    description: str,
    contact: str,
    scopes: Sequence[str],
    networks: Sequence[str],
    per_minute: int | None,
) -> dict[str, Any]:
    """What was given for a new client or this one, as the model's fields."""
    wrong: dict[str, list[Text]] = {
        "name": unfit_line(name, NAME_MAX, missing=_("Give it a name.")),
        "description": unfit(description, DESCRIPTION_MAX),
        "contact": unfit_line(contact, CONTACT_MAX),
    }
    if not scopes or set(scopes) - set(Scope.values):
        wrong["scopes"] = [_("Choose from the known scopes.")]
    rate = DEFAULT_PER_MINUTE if per_minute is None else per_minute
    if not LEAST_PER_MINUTE <= rate <= MOST_PER_MINUTE:
        wrong["per_minute"] = [
            _("From %(least)d to %(most)d.") % {"least": LEAST_PER_MINUTE, "most": MOST_PER_MINUTE}
        ]
    allowed: list[str] = []
    try:
        allowed = read_networks(networks)
    except Invalid as refused:
        wrong.update(refused.errors)
    others = Client.objects.open().filter(name__iexact=name.strip())
    if client is not None:
        others = others.exclude(pk=client.pk)
    if not wrong["name"] and others.exists():
        wrong["name"] = [NAME_TAKEN]
    if found := {field: texts for field, texts in wrong.items() if texts}:
        raise Invalid(found)
    return {
        "name": name.strip(),
        "description": description.strip(),
        "contact": contact.strip(),
        "scopes": sorted(set(scopes)),
        "networks": allowed,
        "per_minute": rate,
    }


def public(fields: dict[str, Any]) -> dict[str, Any]:
    """What the audit trail keeps: no free text, which may name people."""
    return {
        field: value if field not in ("description", "contact") else "…" for field, value in fields.items()
    }


def reason(why: str) -> str:
    """Why something ends, which is asked of everyone who ends it."""
    if wrong := unfit(why, WHY_MAX, missing=_("Say why.")):
        raise Invalid({"why": wrong})
    return why.strip()


@contextmanager
def name_once() -> Iterator[None]:
    """Of two who take a name at the same moment, PostgreSQL lets one; the other is told as usual."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "client_open_name_once" not in str(error):
            raise
        raise Invalid({"name": [NAME_TAKEN]}) from None
