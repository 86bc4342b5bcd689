"""The cool-off: whoever has just taken over a mailbox and enrolled cannot freeze an account the same day."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from portal.kernel.actor import Actor
from portal.kernel.errors import Forbidden


def cooling_until(actor: Actor, now: datetime) -> datetime | None:
    """Until when this person waits, exclusive; None where the wait is over. Pages say it beforehand."""
    if actor.kind != "person" or actor.cooling_until is None or now >= actor.cooling_until:
        return None
    return actor.cooling_until


def check_cooled(actor: Actor, now: datetime) -> None:
    """Raises Forbidden (cooling-off) while the person or the device is too new (domain, section 5)."""
    end = cooling_until(actor, now)
    if end is None:
        return
    until = localtime(end)
    raise Forbidden(
        _(
            "You or this device are new here: freeze and emergency requests open on %(until)s (%(zone)s)."
            " What you wrote is kept. If it cannot wait, let an officer who has been here longer file it,"
            " or call the exchange."
        )
        % {"until": date_format(until, "DATETIME_FORMAT"), "zone": until.tzname()},
        code="cooling-off",
    )
