"""Keeps what is typed while it is typed, beside the draft and never in it; and says who else is typing.

The draft changes by a save alone. Who works on the same draft is known for some seconds, in the cache: where
that is away, nobody is named, and the check of the revision still stops a silent overwrite.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from redis import RedisError

from campaigns.models import Campaign, UnsavedText
from portal.access import check
from portal.kernel.actor import Actor
from portal.kernel.errors import Invalid, NotVisible

MAX_CHARACTERS = 400_000
LEFT_OUT = frozenset({"csrfmiddlewaretoken", "then"})
SEEN_SECONDS = 45  # three beats of the page


@transaction.atomic
def keep(campaign_id: UUID | None, *, actor: Actor, now: datetime, fields: QueryDict) -> UnsavedText:
    """Replace what this person had typed. Raises Invalid for more than a form of this kind can hold."""
    campaign = _written_by(actor, campaign_id)
    given = {
        name: [value.replace("\x00", "") for value in fields.getlist(name)]
        for name in fields
        if name not in LEFT_OUT and "\x00" not in name
    }
    if sum(len(name) + sum(map(len, values)) for name, values in given.items()) > MAX_CHARACTERS:
        raise Invalid({"text": [_("This is more than a warning can hold. It is not kept.")]})
    kept, _created = UnsavedText.objects.update_or_create(
        person_id=actor.as_person(), campaign=campaign, defaults={"fields": given, "kept_at": now}
    )
    return kept


def kept_by(actor: Actor, campaign_id: UUID | None) -> UnsavedText | None:
    return _of(actor, campaign_id).first()


def forget(actor: Actor, campaign_id: UUID | None) -> None:
    _of(actor, campaign_id).delete()


def _of(actor: Actor, campaign_id: UUID | None) -> QuerySet[UnsavedText]:
    which = Q(campaign=campaign_id) if campaign_id else Q(campaign__isnull=True)
    return UnsavedText.objects.filter(which, person_id=actor.as_person())


def as_data(kept: UnsavedText) -> MultiValueDict[str, str]:
    """In the shape that a form is bound to."""
    return MultiValueDict(kept.fields)


def _written_by(actor: Actor, campaign_id: UUID | None) -> Campaign | None:
    if campaign_id is None:
        check(actor, "campaigns.create")
        return None
    campaign = Campaign.objects.visible_to(actor).filter(pk=campaign_id).first()
    if campaign is None:
        raise NotVisible
    check(actor, "campaigns.edit", campaign)
    return campaign


def also_here(campaign: Campaign, actor: Actor) -> Iterable[str]:
    """Note that this person has the draft open; the names of the others who have."""
    key = f"campaigns:editing:{campaign.pk}"
    now = time.time()
    try:
        seen: dict[str, tuple[str, float]] = cache.get(key) or {}
        here = {person: each for person, each in seen.items() if now - each[1] < SEEN_SECONDS}
        here[actor.id] = (actor.label, now)
        cache.set(key, here, SEEN_SECONDS)
    except RedisError:
        return []
    return sorted(name for person, (name, _at) in here.items() if person != actor.id)
