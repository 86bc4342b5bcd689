"""The rows of a roster, each with its standing, so that the database filters, sorts and counts them."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from portal.models import Membership, RoleChange
from portal.models.rolechange import RoleOutcome

STANDINGS = {
    "active": _("Active"),
    "cooling_off": _("Cooling off"),
    "locked_out": _("Locked out"),
    "suspended": _("Suspended"),
    "left": _("Left"),
}
SORTS = {
    "name": "user__name",
    "role": "role",
    "since": "joined_at",
    "seen": "seen_at",
    "due": "attested_at",
}
FACTORS = {
    Authenticator.Type.TOTP: _("Authenticator app"),
    Authenticator.Type.WEBAUTHN: _("Passkey or security key"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what makes no sense there asks for nothing."""

    q: str
    role: str
    standing: str
    sort: str

    @classmethod
    def of(cls, given: "dict[str, str]") -> "Asked":
        def text(name: str) -> str:
            return given.get(name, "").strip().replace("\x00", "")[:120]

        standing = text("standing")
        return cls(text("q"), text("role"), standing if standing in STANDINGS else "", text("sort") or "name")

    def as_json(self) -> dict[str, str]:
        """What was asked for, without what was left empty."""
        return {name: value for name, value in asdict(self).items() if value}

    def __bool__(self) -> bool:
        return bool(self.q or self.role or self.standing)


def people(agency_id: UUID | None, asked: Asked, now: datetime) -> QuerySet[Membership]:
    """The newest row of each person in the house. Who has left is shown where asked for."""
    later = Membership.objects.filter(
        user=OuterRef("user"), agency=agency_id, joined_at__gt=OuterRef("joined_at")
    )
    rows = Membership.objects.filter(~Exists(later), agency=agency_id).annotate(standing=_standing(now))
    if asked.standing:
        rows = rows.filter(standing=asked.standing)
    elif not asked.q:
        rows = rows.filter(ended_at=None)
    if asked.role:
        rows = rows.filter(role=asked.role)
    if asked.q:
        rows = rows.filter(Q(user__name__icontains=asked.q) | Q(user__email__icontains=asked.q))
    return rows


def _standing(now: datetime) -> Case:
    term = timedelta(days=settings.ATTESTATION_DAYS)
    cooling = timedelta(hours=settings.COOL_OFF_NEW_OFFICER_HOURS)
    return Case(
        When(ended_at__isnull=False, then=Value("left")),
        When(suspended_at__isnull=False, then=Value("suspended")),
        When(attested_at__lte=now - term, then=Value("locked_out")),
        When(joined_at__gt=now - cooling, then=Value("cooling_off")),
        default=Value("active"),
        output_field=CharField(),
    )


def dressed(rows: QuerySet[Membership], sort: str) -> QuerySet[Membership]:
    """The same rows, sorted, with all that a page or a file shows of them, in the one query."""
    sessions = UserSession.objects.filter(user=OuterRef("user")).order_by().values("user")
    seen = Subquery(sessions.annotate(seen=Max("last_seen_at")).values("seen"))
    column = F(SORTS.get(sort.removeprefix("-"), SORTS["name"]))
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_first=True)
    factors = Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS)
    # One at most: the database knows no second open change of a person.
    change = RoleChange.objects.filter(membership=OuterRef("pk"), outcome=RoleOutcome.OPEN)
    return (
        rows.annotate(
            # Past both ends: a session that ended is gone, the time of the last sign-in stays.
            seen_at=Greatest(seen, "user__last_login"),
            factors=ArraySubquery(factors.values("type")),
            change_id=Subquery(change.values("pk")),
            change_proposed_by=Subquery(change.values("proposed_by")),
        )
        .select_related("user")
        .order_by(order, "pk")
    )


def factors_of(membership: Membership) -> list[str]:
    return [str(label) for kind, label in FACTORS.items() if kind in membership.factors]  # type: ignore[attr-defined]
