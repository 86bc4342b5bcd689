"""What is asked of the portal over HTTP, with a limit on everything that a server could make long."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

BASE = "/api/v1/campaigns/"
# A snapshot of everything is some kilobytes a campaign; whoever sends more is no portal of ours.
MOST_BYTES = 512 * 1024 * 1024


class Unusable(Exception):
    """The answer cannot be used; the text says why. `retry_after`: seconds that the portal asked to wait."""

    def __init__(self, why: str, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Fetched:
    """`body` is None where what we have is still right. `date`: the server's clock in Unix seconds."""

    body: dict[str, Any] | None
    etag: str
    date: float | None


def fetch(
    http: httpx.Client,
    path: str,
    query: Mapping[str, str] | None = None,
    *,
    etag: str = "",
    most: int = MOST_BYTES,
) -> Fetched:
    """A JSON document of the portal. Raises Unusable, and httpx.HTTPError where there is no answer."""
    headers = {"If-None-Match": etag} if etag else {}
    with http.stream("GET", BASE + path, params=query, headers=headers) as answer:
        date = date_of(answer)
        if answer.status_code == 304:
            return Fetched(None, etag, date)
        parts = []
        size = 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > most:
                raise Unusable(f"{path} is longer than {most} bytes")
            parts.append(part)
        body = b"".join(parts)
        if answer.status_code != 200:
            raise Unusable(refusal(path, answer, body), retry_after(answer))
        try:
            read = json.loads(body)
        except (ValueError, RecursionError):
            raise Unusable(f"{path} is not JSON") from None
        if not isinstance(read, dict):
            raise Unusable(f"{path} is not a JSON object")
        return Fetched(read, answer.headers.get("ETag", ""), date)


def refusal(path: str, answer: httpx.Response, body: bytes) -> str:
    """The code of a problem document (RFC 9457), else the status."""
    try:
        code = str(json.loads(body)["code"])[:60]
    except (ValueError, KeyError, TypeError, RecursionError):
        code = ""
    return f"{path}: {answer.status_code} {code}".strip()


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the portal asks to wait."""
    given = answer.headers.get("Retry-After", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def date_of(answer: httpx.Response) -> float | None:
    """The server's clock, in Unix seconds."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
