"""The one object that a withdrawal service holds: what to show, and what came of it.

    with Client("https://portal.example", key, directory="/var/lib/warnings") as campaigns:
        for each in campaigns.warnings("HK", "zh-HK", Situation(asset="USDT"), subject="u-77a1"):
            campaigns.report(each, "shown", region="HK", reference="w-5f0c2d9a71", subject="u-77a1")

Nothing here ever stops a withdrawal: `warnings` and `report` raise only for a mistake in the call itself.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from .acknowledging import Acknowledger
from .audience import UNSAID, Situation
from .events import Event, Shown, moment, new_id
from .following import Follower, Held
from .publication import Publication
from .reporting import Reporter
from .selection import Live
from .showings import DAY, LocalShowings, Showings
from .spool import Full, Spool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CampaignWarning:
    """One campaign for one user: the approved text in one language, proved by its signature."""

    publication: Publication
    language: str  # BCP 47
    text: Mapping[str, Any]
    variant: str | None = None

    @property
    def campaign(self) -> str:
        return str(self.publication.document["campaign"])

    @property
    def version(self) -> str:
        return str(self.publication.document["version"]["id"])

    @property
    def shown(self) -> Shown:
        """What to keep with the withdrawal, for reports on later steps."""
        return Shown(self.campaign, self.version, self.language)

    @property
    def agency(self) -> str:
        """Its name in the warning's language."""
        return str(self.publication.document["agency"]["name"][self.language])


@dataclass(frozen=True, slots=True)
class Status:
    """`age`: seconds since what is held was last known to hold; None: nothing is held."""

    revision: int | None
    age: float | None
    is_confirmed: bool
    skew: float
    problem: str
    outcomes: Mapping[str, int]
    outcomes_problem: str


class Client:
    """Thread-safe; one per process. A forked child begins anew with its first question.

    `regions`: ISO 3166 codes that this service serves; None: all. `keys`: a JWK set to trust and no other;
    None: what the portal's TLS vouches for. `bootstrap`: a file of `python -m campaigns_client fetch`, for
    the very first start. `directory` is kept between starts. `lease`: for so many seconds without a word from
    the portal everything is still shown; after that only what allows it, for as long as it does, and
    `max_staleness` at most. `poll`: seconds between questions where no stream can be had.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        directory: str | Path,
        regions: Iterable[str] | None = None,
        keys: dict[str, Any] | None = None,
        bootstrap: str | Path | None = None,
        showings: Showings | None = None,
        lease: float = 20.0,
        max_staleness: float = 7 * DAY,
        poll: float = 5.0,
        send_every: float = 1.0,
        spool_bytes: int = 256 * 1024 * 1024,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        directory = Path(directory)
        self._lease, self._max_staleness = lease, max_staleness
        self._showings = showings or LocalShowings()
        self._url, self._key, self._transport = url, key, transport
        http = self._connection()
        self._follower = Follower(
            http,
            file=directory / "snapshot.json",
            bootstrap=Path(bootstrap) if bootstrap else None,
            keys=keys,
            regions=",".join(sorted(regions)) if regions is not None else None,
            poll=poll,
            changed=lambda: self._acknowledger.changed(),
        )
        self._acknowledger = Acknowledger(http, self._follower.held)
        self._spool = Spool(directory / "outcomes", most_bytes=spool_bytes)
        self._reporter = Reporter(http, self._spool, every=send_every, refused=directory / "refused.jsonl")
        self._http = http
        self._starting = threading.Lock()
        self._started = self._closed = False
        child = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: (begin := child()) and begin())

    def _connection(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=httpx.Timeout(5.0),
            follow_redirects=False,
            transport=self._transport,
        )

    # --- life ---------------------------------------------------------------------------------------

    def __enter__(self) -> "Client":
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self, wait: float = 2.0) -> None:
        """Begin to follow and to send; wait so long at most for the portal's first answer."""
        with self._starting:
            if self._closed or self._started:
                return
            self._started = True
            self._reporter.start()
            self._acknowledger.start()
            self._follower.start()
        self._follower.wait(wait)

    def close(self, wait: float = 2.0) -> None:
        """Stop; what could not be sent stays on disk for the next start."""
        self._closed = True
        self._follower.stop(wait)
        self._acknowledger.stop(wait)
        self._reporter.stop(wait)
        self._spool.close()
        self._http.close()

    def _after_fork(self) -> None:
        """A child has the snapshot, and none of the threads, connections and files."""
        self._starting = threading.Lock()
        if self._started:
            self._started = False
            self._http = self._connection()
            self._spool.renew()
            self._follower.renew(self._http)
            self._acknowledger.renew(self._http)
            self._reporter.renew(self._http)

    # --- questions ----------------------------------------------------------------------------------

    def warnings(
        self,
        region: str,
        language: str | None = None,
        said: Situation = UNSAID,
        *,
        subject: str | None = None,
    ) -> tuple[CampaignWarning, ...]:
        """What to show, highest priority first; empty where nothing is live, or nothing may be shown any
        more.

        `region`: where the user is based (ISO 3166). `said`: what you know of the withdrawal. `subject`: your
        pseudonymous name of the user, for showing rules; without it they are left to you.
        """
        if not self._started:
            self.start(wait=0.0)
        held = self._follower.held()
        if held is None:
            return ()
        now = time.time() + self._follower.skew
        live = self._live(held, region.upper(), language, now)
        every: tuple[CampaignWarning, ...] = live.prepared or self._prepare(held, live)  # type: ignore[assignment]
        if said is UNSAID and subject is None:
            return every
        return tuple(
            warning
            for chosen, warning in zip(live.chosen, every, strict=True)
            if not chosen.candidate.is_ruled_out(said)
            and (subject is None or not self._has_seen_enough(warning, subject, now))
        )

    def _live(self, held: Held, region: str, language: str | None, now: float) -> Live:
        selection = held.snapshot.selection
        if held.confirmed is not None and time.monotonic() - held.confirmed <= self._lease:
            return selection.live(region, language, now)
        confirmed_at = held.confirmed_at + self._follower.skew
        if now - confirmed_at > self._max_staleness:
            return Live((), now, now, confirmed_at)
        return selection.live(region, language, now, confirmed_at)

    def _prepare(self, held: Held, live: Live) -> tuple[CampaignWarning, ...]:
        made = []
        for chosen in live.chosen:
            publication = held.snapshot.publications[chosen.candidate.id]
            tag = next(tag for tag in publication.texts if tag.lower() == chosen.language)
            made.append(CampaignWarning(publication, tag, publication.texts[tag]))
        live.prepared = tuple(made)
        return tuple(made)

    def _has_seen_enough(self, warning: CampaignWarning, subject: str, now: float) -> bool:
        rule = warning.publication.document["showing"]
        if rule is None:
            return False
        try:
            return (
                self._showings.count(subject, warning.campaign, now - rule["per_days"] * DAY)
                >= rule["at_most"]
            )
        except Exception:
            log.exception("the showings cannot be counted; the warning is shown")
            return False

    def report(
        self,
        warning: CampaignWarning | Shown,
        kind: str,
        *,
        region: str,
        reference: str,
        part: str = "",
        subject: str | None = None,
        occurred_at: float | None = None,
    ) -> str:
        """Note what the user did; it is on disk when this returns, and with the portal soon. Returns its id.

        `kind`: shown, reviewed (with its `part`), reconsidered or proceeded. `reference`: your pseudonymous
        name of the withdrawal, the same for all its events. On a later step the warning itself need not be
        there: `warning.shown` names it. Raises ValueError for what the portal would refuse.
        """
        at = time.time() + self._follower.skew if occurred_at is None else occurred_at
        event = Event(
            id=new_id(), kind=kind, campaign=warning.campaign, version=warning.version,
            region=region.upper(), language=warning.language, reference=reference,
            occurred_at=moment(at), part=part,
        )  # fmt: skip
        if kind == "shown" and subject is not None:
            try:
                self._showings.note(subject, warning.campaign, at)
            except Exception:
                log.exception("a showing cannot be noted")
        try:
            self._spool.append(event.as_json())
        except (Full, OSError) as problem:
            self._reporter.counts["lost"] += 1
            log.error("an outcome event is lost: %s", problem)
        return event.id

    def status(self) -> Status:
        """For your metrics and your readiness check."""
        held = self._follower.held()
        age = None
        if held is not None:
            age = (
                time.monotonic() - held.confirmed
                if held.confirmed is not None
                else max(0.0, time.time() - held.confirmed_at)
            )
        return Status(
            revision=held.snapshot.revision if held else None,
            age=age,
            is_confirmed=held is not None and held.confirmed is not None and (age or 0.0) <= self._lease,
            skew=self._follower.skew,
            problem=self._follower.problem,
            outcomes=dict(self._reporter.counts),
            outcomes_problem=self._reporter.problem,
        )
