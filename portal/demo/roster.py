"""People of the demonstration and of tests, let in as in earnest: invited by a job, accepted by themselves."""

from datetime import datetime
from uuid import UUID

from portal.agencies.roster.invitations import flows, links
from portal.kernel.actor import Actor, Role
from portal.models import Membership


def join(
    *, actor: Actor, now: datetime, email: str, name: str, role: Role, agency_id: UUID | None, password: str,
    language: str = "en",
) -> Membership:  # fmt: skip
    """The person accepts at the moment of the invitation; no mail is sent, for the link is used up."""
    invitation = flows.invite(
        actor=actor, now=now, email=email, name=name, role=role, agency_id=agency_id, language=language
    )
    token = links.new_token(invitation, now=now)
    return flows.accept(token, actor=actor, now=now, password=password)
