"""A short name for an agency's addresses: from its English name, unique, and never empty."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from portal.models import Agency

MOST = 50  # leaves room for what tells two of one name apart


def saved_with_slug(agency: Agency, name: str) -> Agency:
    """Save the new agency under the first slug that is free; two at once do not get the same."""
    base = slugify(name)[:MOST].strip("-") or f"agency-{agency.country.lower()}"
    taken = set(Agency.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    candidate = base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    for slug in (candidate, *(f"{base}-{secrets.token_hex(4)}" for _try in range(3))):
        agency.slug = slug
        try:
            with transaction.atomic():
                agency.save(force_insert=True)
        except IntegrityError:
            continue
        return agency
    raise IntegrityError(base)
