"""/readyz asks whether this process may serve warnings."""

from campaigns.delivery.follow import follower
from portal import health


def unconfirmed() -> str | None:
    if follower.snapshot() is None:
        return "the live campaigns are not confirmed"
    # Which they are stands in the log: this answer is for strangers.
    return f"{len(follower.refused)} live campaigns cannot be proved" if follower.refused else None


health.register("delivery", unconfirmed)
