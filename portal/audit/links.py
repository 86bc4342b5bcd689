"""From an act to the thing it was done on: each app registers where its things are shown."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from portal.access import allowed
from portal.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Place:
    url_name: str  # takes the thing's id, or nothing
    permission: str
    takes_id: bool = True


_places: dict[str, Place] = {}


def register(kind: str, url_name: str, permission: str, *, takes_id: bool = True) -> None:
    """`kind` is the model's name in small letters, as AuditEvent.subject_type has it."""
    _places[kind] = Place(url_name, permission, takes_id)


def link_to(kind: str, thing_id: str, actor: Actor) -> str:
    """The thing's page, or nothing for who may not open such pages. Whether this one is shown it decides."""
    place = _places.get(kind)
    if place is None or not allowed(actor, place.permission):
        return ""
    try:
        return reverse(place.url_name, args=[thing_id] if place.takes_id else [])
    except NoReverseMatch:
        return ""
