"""/readyz asks whether this process may serve warnings."""

from campaigns.delivery.follow import follower
from portal import health


def unconfirmed() -> str | None:
    return None if follower.snapshot() is not None else "the live campaigns are not confirmed"


health.register("delivery", unconfirmed)
