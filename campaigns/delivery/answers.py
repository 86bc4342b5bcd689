"""Answers as they are sent: composed once, in every encoding, with all of their headers that never change."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import brotli

Header = tuple[str, str]

COMMON: tuple[Header, ...] = (
    ("Cache-Control", "private, no-cache"),
    ("Vary", "Authorization, Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
)
JSON = "application/json; charset=utf-8"
# Below this a compressed answer is not smaller by enough to be worth it.
WORTH_COMPRESSING = 512


@dataclass(frozen=True, slots=True)
class Form:
    """One encoding of an answer."""

    status: str
    headers: tuple[Header, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """`forms` by Content-Encoding, “identity” always among them; `etags` of them all."""

    forms: Mapping[str, Form]
    etags: frozenset[str] = frozenset()

    @property
    def body(self) -> bytes | None:
        """Uncompressed; None where nothing is live."""
        return self.forms["identity"].body or None


NOTHING = Answer({"identity": Form("204 No Content", COMMON, b"")})


def prepared_answer(body: bytes, *, compressed: bool, content_type: str = JSON) -> Answer:
    bodies = {"identity": body}
    if compressed and len(body) >= WORTH_COMPRESSING:
        # mtime 0: the same bytes in every process. Smallest is not the aim: some 0.3 ms for a usual answer.
        bodies |= {"gzip": gzip.compress(body, 6, mtime=0), "br": brotli.compress(body, quality=5)}
    mark = hashlib.sha256(body).hexdigest()[:32]
    etags = {name: f'"{mark}"' if name == "identity" else f'"{mark}-{name}"' for name in bodies}
    forms = {name: _form(name, body, etags[name], content_type) for name, body in bodies.items()}
    return Answer(forms, frozenset(etags.values()))


def _form(encoding: str, body: bytes, etag: str, content_type: str) -> Form:
    headers = [*COMMON, ("Content-Type", content_type), ("ETag", etag), ("Content-Length", str(len(body)))]
    if encoding != "identity":
        headers.append(("Content-Encoding", encoding))
    return Form("200 OK", tuple(headers), body)


def not_modified(form: Form) -> Form:
    etags = tuple(each for each in form.headers if each[0] == "ETag")
    return Form("304 Not Modified", COMMON + etags, b"")
