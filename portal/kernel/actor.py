"""Who acts. Every flow takes an Actor, and there is always one: a person, a client or a named job."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from portal.kernel.errors import Forbidden


class Role(StrEnum):
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    COMPLIANCE_REVIEWER = "compliance_reviewer"
    CASE_ANALYST = "case_analyst"
    COMPLIANCE_LEAD = "compliance_lead"
    AUDITOR = "auditor"


AGENCY_ROLES = frozenset({Role.OFFICER, Role.SUPERVISOR})
EXCHANGE_ROLES = frozenset(Role) - AGENCY_ROLES

# A role may do all that the roles it implies may (domain, section 2).
IMPLIES: dict[Role, frozenset[Role]] = {
    Role.SUPERVISOR: frozenset({Role.OFFICER}),
    Role.COMPLIANCE_LEAD: frozenset({Role.COMPLIANCE_REVIEWER, Role.CASE_ANALYST}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    kind: Literal["anonymous", "person", "client", "system"]
    id: str
    label: str
    role: Role | None = None
    agency_id: UUID | None = None
    agency_label: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)
    ip: str | None = None
    request_id: str = ""
    session: str = ""  # a digest of the session's key: joins a person's acts, opens nothing
    # A second factor was proved within the last minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT).
    is_fresh: bool = False
    # New officers and new devices wait before they may file what freezes accounts or hurries a release.
    cooling_until: datetime | None = None

    @classmethod
    def system(cls, job: str) -> "Actor":
        """A job of ours: sees everything, holds no human role, and so can approve nothing."""
        return cls(kind="system", id=job, label=job)

    @classmethod
    def anonymous(cls) -> "Actor":
        return cls(kind="anonymous", id="", label="")

    def is_a(self, role: Role) -> bool:
        return self.role is not None and (self.role == role or role in IMPLIES.get(self.role, frozenset()))

    @property
    def of_exchange(self) -> bool:
        return self.role in EXCHANGE_ROLES

    @property
    def of_agency(self) -> bool:
        return self.role in AGENCY_ROLES and self.agency_id is not None

    @property
    def person_id(self) -> UUID | None:
        return UUID(self.id) if self.kind == "person" else None

    def as_person(self) -> UUID:
        """The id of the person; a job or a client raises Forbidden, for a signature is a person's."""
        if self.kind != "person":
            raise Forbidden
        return UUID(self.id)
