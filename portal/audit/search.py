"""A search of the trail: by act, person, agency, thing, time, place, words. Page and export share it."""

import ipaddress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q, QuerySet

from portal.audit import events
from portal.models import AuditEvent, Client, User
from portal.models.words import says

MOST_PEOPLE = 200
SOME_DAYS = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Search:
    """Empty means any. Texts have been judged by the form; a search that cannot match finds nothing."""

    event: str = ""  # one act, or all of an app: "campaigns."
    actor: str = ""  # a person's name, address or id; a client's name or id; a job's name
    agency: str = ""  # its id: acts of its people, acts on what is its, and acts on itself
    subject_type: str = ""
    subject: str = ""  # the thing's id
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    ip: str = ""  # an address or a network
    request: str = ""
    session: str = ""
    words: str = ""

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Search":
        times = {name: datetime.fromisoformat(given[name]) for name in ("since", "until") if given.get(name)}
        return cls(**{**given, **times})

    def as_json(self) -> dict[str, Any]:
        """What was asked for, without what was left empty."""
        given = {name: value for name, value in asdict(self).items() if value}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()
        }

    @property
    def is_narrow(self) -> bool:
        """Whether what fits may be rare: anything but days alone, or few days."""
        if self.since and self.until and self.until - self.since <= SOME_DAYS:
            return True
        return bool(self.as_json().keys() - {"since", "until"})

    def find(self) -> QuerySet[AuditEvent]:
        found = AuditEvent.objects.all()
        if self.event.endswith("."):
            found = found.filter(
                event__in=[name for name, _ in events.choices() if name.startswith(self.event)]
            )
        elif self.event:
            found = found.filter(event=self.event)
        if self.actor:
            found = found.filter(_by(self.actor))
        if self.agency:
            found = found.filter(
                Q(actor_agency_id=self.agency)
                | Q(subject_agency_id=self.agency)
                | Q(subject_type="agency", subject_id=self.agency)
            )
        if self.subject_type:
            found = found.filter(subject_type=self.subject_type)
        if self.subject:
            # With the kinds of things named, the index over (kind, id) is of use.
            of_kind = [self.subject_type] if self.subject_type else sorted(kinds())
            found = found.filter(subject_type__in=of_kind, subject_id=self.subject)
        if self.since:
            found = found.filter(at__gte=self.since)
        if self.until:
            found = found.filter(at__lt=self.until)
        if self.ip:
            network = ipaddress.ip_network(self.ip, strict=False)
            found = found.filter(ip__gte=str(network[0]), ip__lte=str(network[-1]))
        if self.request:
            found = found.filter(request_id=self.request)
        if self.session:
            found = found.filter(session=self.session)
        if self.words:
            found = found.filter(~Q(why=""), says("why", self.words))
        return found


def _by(typed: str) -> Q:
    """Names change and ids do not: people and clients are looked up by today's names, acts by their ids."""
    people = User.objects.filter(Q(email__iexact=typed) | Q(name__icontains=typed))
    clients = Client.objects.filter(name__icontains=typed)
    ids = {str(found) for found in people.values_list("pk", flat=True)[:MOST_PEOPLE]}
    ids |= {str(found) for found in clients.values_list("pk", flat=True)[:MOST_PEOPLE]}
    return Q(actor_id__in=sorted({*ids, typed[:60]}))


def kinds() -> dict[str, str]:
    """{kind of thing: its name}: every row of ours could be the subject of an act."""
    return {
        model._meta.model_name or "": str(model._meta.verbose_name)
        for app in ("portal", "campaigns", "casesupport")
        for model in apps.get_app_config(app).get_models()
    }


def kinds_in_trail() -> list[tuple[str, str]]:
    """(kind, name) of the things there are acts on, found by skipping through the index."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE found AS (
                (SELECT subject_type FROM portal_auditevent ORDER BY subject_type LIMIT 1)
                UNION ALL
                SELECT (SELECT e.subject_type FROM portal_auditevent AS e
                        WHERE e.subject_type > found.subject_type ORDER BY e.subject_type LIMIT 1)
                FROM found WHERE found.subject_type IS NOT NULL
            )
            SELECT subject_type FROM found WHERE subject_type IS NOT NULL
            """
        )
        names = kinds()
        return sorted(
            ((kind, names.get(kind, kind)) for (kind,) in cursor.fetchall()), key=lambda pair: pair[1]
        )
