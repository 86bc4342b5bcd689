"""Permissions as readable predicates over (actor, thing). Without a thing they answer for the role alone.

Apps add theirs with rules.add_perm in their own permissions.py. Visibility is not decided here: a
thing of another agency is never found at all (visible_to).
"""

from typing import Any

import rules
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Forbidden, ProofNeeded


def is_a(role: Role) -> rules.Predicate:
    @rules.predicate(name=f"is_{role}")
    def predicate(actor: Actor) -> bool:
        return actor.is_a(role)

    return predicate


is_officer = is_a(Role.OFFICER)
is_supervisor = is_a(Role.SUPERVISOR)
is_compliance_reviewer = is_a(Role.COMPLIANCE_REVIEWER)
is_case_analyst = is_a(Role.CASE_ANALYST)
is_compliance_lead = is_a(Role.COMPLIANCE_LEAD)
is_auditor = is_a(Role.AUDITOR)


@rules.predicate
def is_of_exchange(actor: Actor) -> bool:
    return actor.of_exchange


@rules.predicate
def is_system(actor: Actor) -> bool:
    return actor.kind == "system"


@rules.predicate
def is_of_own_agency(actor: Actor, thing: Any) -> bool:
    return thing is None or thing.agency_id == actor.agency_id


@rules.predicate
def is_person(actor: Actor) -> bool:
    return actor.role is not None


def allowed(actor: Actor, permission: str, thing: Any = None) -> bool:
    return bool(rules.has_perm(permission, actor, thing))


def check(actor: Actor, permission: str, thing: Any = None) -> None:
    """Raises Forbidden, or ProofNeeded where the act needs a second factor proved just now.

    A permission nobody declared is a programming error, not a refusal.
    """
    if not rules.perm_exists(permission):
        raise LookupError(f"No such permission: {permission}")
    if not allowed(actor, permission, thing):
        raise Forbidden
    if permission in _proven and actor.kind == "person" and not actor.is_fresh:
        raise ProofNeeded(_("Confirm with your second factor; then it is done."))


_proven: set[str] = set()


def needs_proof(*permissions: str) -> None:
    """These acts ask a person for the second factor again: a session left open must not be enough."""
    _proven.update(permissions)


def asks_proof(permission: str) -> bool:
    return permission in _proven


rules.add_perm("portal.home", is_person)
