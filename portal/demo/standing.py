"""Who is stopped in the demonstration: an agency whose mailbox was taken over, and one officer of another.

Both may be tried: their passwords and codes are right, and open nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from casesupport.lifecycle import RequestStatus
from casesupport.models.caserequest import RequestType
from casesupport.sowing import Scene
from casesupport.sowing import sow as sow_requests
from portal.agencies.standing import flows
from portal.demo.campaigns import DAY, Cast, Stage
from portal.demo.people import EXCHANGE
from portal.demo.roster import actor_of
from portal.kernel.actor import Actor
from portal.models import Agency, Membership
from portal.models.agency import AgencyStatus
from portal.models.suspension import SuspensionReason

AGENCY = "port-haven"
OFFICER = "officer2@polisen-se.example"
SUPERVISOR = "supervisor@polisen-se.example"
ANALYSTS = (f"analyst@{EXCHANGE}", f"analyst2@{EXCHANGE}")
HOUR = timedelta(hours=1)

S, T = RequestStatus, RequestType

SUSPECT = (
    Scene(
        T.EMERGENCY, S.SUBMITTED, 0.35, "Threat to life",
        "The holder of the address below is about to harm a person. Send everything within the hour.",
        ("BTC",), necessity="There is no time for an order.",
        danger="A life is at risk. We cannot say more about it by mail.",
    ),
    Scene(
        T.FREEZE, S.AWAITING_COSIGNATURE, 0.3, "Fraud",
        "The funds at the address below are stolen. Freeze them at once; the order follows.",
        ("ETH",), term_days=30,
    ),
    Scene(
        T.INFORMATION, S.DRAFT, 4, "Fraud: online jobs",
        "Six complainants of the city paid deposits to the address below.", ("TRON",),
    ),
)  # fmt: skip

HELD = (
    Scene(
        T.PRESERVATION, S.DRAFT, 3, "Receiving stolen goods",
        "Tools stolen from building sites are paid for through the address below.", ("LTC",), term_days=60,
    ),
)  # fmt: skip


def sow(cast: Mapping[str, Cast], now: datetime) -> None:
    """What they left behind, and the two suspensions that put it into quarantine."""
    ours = dict(cast)
    ahead = (now - DAY, now + 60 * DAY)
    Stage("port-haven-recovery", ours, now - 9 * DAY, ahead).submit()
    agency = Agency.objects.get(slug=AGENCY)
    _sow(SUSPECT, ours[AGENCY].officer, {agency.pk: ours[AGENCY].supervisor}, now)
    flows.suspend_agency(
        agency.pk, actor=actor_of(f"reviewer2@{EXCHANGE}"), now=now - 2 * HOUR,
        reason=SuspensionReason.CALL_BACK,
        why="Called the switchboard of the vetted record about the emergency request. The duty desk knows"
        " neither the case nor who filed it, and has had reports of a stolen mailbox since this morning.",
    )  # fmt: skip
    _sow(HELD, actor_of(OFFICER), {}, now)
    flows.suspend_person(
        Membership.objects.get(user__email=OFFICER, ended_at=None).pk, actor=actor_of(SUPERVISOR),
        now=now - 20 * HOUR, reason=SuspensionReason.MAILBOX,
        why="He signed in from a hotel abroad by his own account; he was at his desk here at that hour.",
    )  # fmt: skip


def _sow(scenes: tuple[Scene, ...], officer: Actor, supervisors: Mapping, now: datetime) -> None:
    analysts = [actor_of(email) for email in ANALYSTS]
    sow_requests(officers=[officer], supervisors=supervisors, analysts=analysts, now=now, scenes=scenes)


def role_of(membership: Membership) -> str:
    """The role as the list of accounts says it; whoever is stopped is marked."""
    agency = membership.agency
    stopped = membership.suspended_at is not None or (
        agency is not None and agency.status == AgencyStatus.SUSPENDED
    )
    return f"{membership.role} (suspended: cannot sign in)" if stopped else membership.role
