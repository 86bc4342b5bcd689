"""The second wall: PostgreSQL shows and takes only the rows of the actor's scope, whatever a query forgot.

The first wall is visible_to. Scopes are coarser: the row policies beside the tables (migrations) spell out
what each scope holds.
"""

from contextlib import AbstractContextManager
from uuid import UUID

from portal.access.permissions import is_auditor, is_case_analyst, is_compliance_lead, is_compliance_reviewer
from portal.database import scope
from portal.kernel.actor import Actor


def scope_of(actor: Actor) -> AbstractContextManager[None]:
    """Everything asked of the database inside the block is asked in this actor's scope."""
    return scope.scoped(_scope(actor))


def scope_of_applicant(application_id: UUID) -> AbstractContextManager[None]:
    """Whoever holds an application's secret (its session or its link) reaches its documents, no others."""
    return scope.scoped(scope.of_application(application_id))


def _scope(actor: Actor) -> str:
    if actor.kind == "system":
        return scope.SYSTEM
    if actor.of_agency and actor.agency_id:
        return scope.of_agency(actor.agency_id)
    if is_compliance_lead(actor) or is_auditor(actor):
        return scope.OVERSIGHT
    if is_case_analyst(actor):
        return scope.EXCHANGE
    if is_compliance_reviewer(actor):
        return scope.VETTING
    return scope.NOTHING
