"""What is counted of an exposure: said once, in SQL, for what a call changes and for every recount.

An exposure begins when the warning was shown or, in a holdout, when it was assigned. An outcome is ascribed
to it if its first event lies in the window after that. One that came before cannot be the warning's doing,
and an exposure that has not begun is counted nowhere.
"""

from collections.abc import Iterable

from django.conf import settings

from campaigns.models.outcome import OpenedPart

# The first time of each is kept by exposure.
TIMES = ("assigned", "shown", "reviewed", "reconsidered", "proceeded", "reported", "cleared")
# A composite type (migration 0009), compared from left to right.
LEADING = "campaigns_leading"
RANK = "CASE s.kind WHEN 'shown' THEN 0 WHEN 'assigned' THEN 1 ELSE 2 END"
TIME_COLUMNS = tuple(f"{kind}_at" for kind in TIMES)
# Of the event that leads: its fields, as the type above and an exposure have them.
LEAD = ("rank", "led_at", "region", "language", "variant", "amount_band")
KEY = ("version_id", "hour", "variant", "language", "region")
BEGAN = "coalesce(x.shown_at, x.assigned_at)"
HOUR = f"date_trunc('hour', {BEGAN}, 'UTC')"
BITS = {part: 1 << number for number, part in enumerate(OpenedPart.values)}
# Machines of one exchange need not agree to the second on what came first.
TOLERANCE = "interval '5 minutes'"


def _ascribed(kind: str, days: int) -> str:
    return f"x.{kind}_at BETWEEN {BEGAN} - {TOLERANCE} AND {BEGAN} + interval '{days} days'"


_DAYS, _LATER = settings.OUTCOME_ATTRIBUTION_DAYS, settings.OUTCOME_REPORTED_DAYS
_REVIEWED, _RECONSIDERED, _PROCEEDED = (
    _ascribed(kind, _DAYS) for kind in ("reviewed", "reconsidered", "proceeded")
)
# By the names of campaigns.models.outcome.Counted: what is true of an exposure x.
MEASURES = {
    "assigned": "x.assigned_at IS NOT NULL",
    "shown": "x.shown_at IS NOT NULL",
    "reviewed": _REVIEWED,
    "reconsidered": _RECONSIDERED,
    "either": f"({_REVIEWED} OR {_RECONSIDERED})",
    "proceeded": _PROCEEDED,
    # coalesce: of what never happened no comparison is true or false.
    "unanswered": f"x.shown_at IS NOT NULL AND NOT coalesce({_REVIEWED}, false)"
    f" AND NOT coalesce({_RECONSIDERED}, false) AND NOT coalesce({_PROCEEDED}, false)",
    "reported": _ascribed("reported", _LATER),
    # The guardrail: a payment that was given up, and that the exchange has found honest.
    "cleared": f"({_RECONSIDERED} AND {_ascribed('cleared', _LATER)})",
    **{part: f"({_REVIEWED} AND x.opened & {bit} > 0)" for part, bit in BITS.items()},
}


def counts(sign: str = "1") -> str:
    """The measures as columns of a grouped SELECT over exposures x; each counts as often as `sign` says."""
    return ", ".join(
        f"coalesce(sum({sign}) FILTER (WHERE {holds}), 0)::bigint AS {name}"
        for name, holds in MEASURES.items()
    )


def folded(events: str, client: str) -> str:
    """A SELECT of exposures from rows of events `events`, whose client is the expression `client`: whatever
    the order in which they came, the same.

    The leading event is the least by rank and time; of two at the same moment whichever says the lesser.
    """
    times = ", ".join(f"min(s.occurred_at) FILTER (WHERE s.kind = '{kind}') AS {kind}_at" for kind in TIMES)
    lead = f"({RANK}, s.occurred_at, s.region, s.language, s.variant, s.amount_band)::{LEADING}"
    bits = " ".join(f"WHEN '{part}' THEN {bit}" for part, bit in BITS.items())
    return f"""
    SELECT {client} AS client_id, s.version_id, s.reference,
        (array_agg({lead} ORDER BY {lead}))[1] AS leading,
        {times}, coalesce(bit_or(CASE s.part {bits} ELSE 0 END), 0)::smallint AS opened
    FROM {events} s GROUP BY {client}, s.version_id, s.reference
    """  # noqa: S608 - constants of this module


def prefixed(prefix: str, names: Iterable[str]) -> str:
    return ", ".join(prefix + name for name in names)
