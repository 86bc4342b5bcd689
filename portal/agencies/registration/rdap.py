"""One question to an RDAP service (RFC 9082, 9083): since when is this domain registered?

The service is an operator's choice, such as the bootstrap redirector https://rdap.org. Whatever it answers
is a stranger's: it is read in small measure, and ends as a date or as the honest word that there is none.
"""

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx

from portal.models.registration import RegistrationOutcome

TIMEOUT = httpx.Timeout(10, connect=5)
MAX_REDIRECTS = 3  # a redirector names the registry, which may name the registrar
MAX_BYTES = 512 * 1024
SECONDS = 20  # for the whole answer, however slowly it drips

Answer = tuple[RegistrationOutcome, date | None]


def ask(base: str, domain: str) -> Answer:
    """Never raises: a registry that is away is an answer too."""
    try:
        with httpx.Client(follow_redirects=True, max_redirects=MAX_REDIRECTS, timeout=TIMEOUT) as client:
            return _asked(client, f"{base.rstrip('/')}/domain/{domain}")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError):
        return RegistrationOutcome.FAILED, None


def _asked(client: httpx.Client, url: str) -> Answer:
    with client.stream("GET", url, headers={"Accept": "application/rdap+json"}) as response:
        if response.status_code == httpx.codes.NOT_FOUND:
            return RegistrationOutcome.UNKNOWN, None
        response.raise_for_status()
        document = json.loads(_body(response))
    registered = _date(document)
    return (RegistrationOutcome.FOUND, registered) if registered else (RegistrationOutcome.NO_DATE, None)


def _body(response: httpx.Response) -> bytes:
    body, begun = b"", datetime.now(UTC)
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES or (datetime.now(UTC) - begun).total_seconds() > SECONDS:
            raise ValueError("too large or too slow")
    return body


def _date(document: Any) -> date | None:
    """The day of the event “registration” (RFC 9083, section 4.5); None where it is missing or no day."""
    events = document.get("events") if isinstance(document, dict) else None
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("eventAction") == "registration":
            try:
                day = date.fromisoformat(str(event.get("eventDate"))[:10])
            except ValueError:
                return None
            return day if day <= datetime.now(UTC).date() else None
    return None
