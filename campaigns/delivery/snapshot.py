"""What is live, as prepared bytes: built once, changed by what each revision changed, looked up by region.

What is selected and in which order is campaigns.client.selection's, the same as in the client. It knows no
Django and no clock: the caller says what time it is.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from campaigns.client.audience import UNSAID, Situation
from campaigns.client.canonical import canonical, digest
from campaigns.client.publication import TYP, candidate, document
from campaigns.client.selection import Candidate, Chosen, Live, Selection
from campaigns.client.signing import BadSignature, verify
from campaigns.delivery.answers import NOTHING, Answer, Form, prepared_answer
from portal.clients.known import Keys
from portal.kernel.signing import Keyring

EVENT_KINDS = ("shown", "reviewed", "reconsidered", "proceeded")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One approved text, proved and turned into bytes. It never changes; snapshots hand it on."""

    signed: bytes  # the signed document and its signature, as two members of a JSON object
    sha256: str  # of the signed document
    tags: Mapping[str, str]  # our language code → BCP 47
    agency: Mapping[str, str]  # BCP 47 → the agency's name, as JSON
    texts: Mapping[str, bytes]  # BCP 47 → the text, as JSON
    candidate: Candidate

    @property
    def members(self) -> bytes:
        """All of it as members of a JSON object: what campaigns.client.publication verifies."""
        texts = b",".join(b'"%s":%s' % (tag.encode(), text) for tag, text in self.texts.items())
        return b'%s,"texts":{%s}' % (self.signed, texts)


class Unproved(ValueError):
    """What is stored is not what was approved, or no key that is trusted signed it."""


# A call, as far as its answer depends on it: path, query and Accept-Encoding, as they came.
Question = tuple[str, str, str | None]


class Ready(NamedTuple):
    """The answer to a question, in the form that was asked for, for as long as `live` holds."""

    live: Live
    answer: Answer
    form: Form


@dataclass(slots=True)
class Snapshot:
    revision: int
    selection: Selection
    keys: Keys
    texts: Mapping[str, Prepared] = field(default_factory=dict)  # by publication
    synced: dict[frozenset[str] | None, Answer] = field(default_factory=dict)  # campaigns.delivery.sync's
    # campaigns.delivery.fragment's, by publication and language.
    fragments: dict[tuple[str, str], Answer] = field(default_factory=dict)
    ready: dict[Question, Ready] = field(default_factory=dict)  # campaigns.delivery.edge's

    def answer(self, region: str, live: Live, said: Situation = UNSAID) -> Answer:
        """What is `live` for the region, as `selection` found it, and not ruled out by what was `said`."""
        whole = live.prepared
        if not isinstance(whole, Answer):
            whole = live.prepared = self._compose(region, live.chosen, compressed=True)
        if said is UNSAID:
            return whole
        chosen = [each for each in live.chosen if not each.candidate.is_ruled_out(said)]
        # A choice among them is composed for each call: there are more choices than memory.
        return whole if len(chosen) == len(live.chosen) else self._compose(region, chosen)

    def _compose(self, region: str, chosen: Sequence[Chosen], *, compressed: bool = False) -> Answer:
        if not chosen:
            return NOTHING
        return prepared_answer(
            b'{"region":"%s","campaigns":[%s]}'
            % (region.encode(), b",".join(self._campaign(each) for each in chosen)),
            compressed=compressed,
        )

    def _campaign(self, chosen: Chosen) -> bytes:
        text = self.texts[chosen.candidate.id]
        tag = text.tags[chosen.language]
        return b'{%s,"language":"%s","agency":%s,"warning":%s,"variant":null,"events":%s}' % (
            text.signed, tag.encode(), text.agency[tag].encode(), text.texts[tag], EVENTS,
        )  # fmt: skip

    def without_ended(self, now: float) -> "Snapshot":
        """The same without what can never be served again; itself where there is no such."""
        gone = [each.id for each in self.selection.candidates.values() if each.ends <= now]
        return self.with_changes(self.revision, gone, {}, self.keys) if gone else self

    def with_changes(
        self, revision: int, gone: Collection[str], come: Mapping[str, tuple[Prepared, float]], keys: Keys
    ) -> "Snapshot":
        """The next one. `come`: by publication, its text and the Unix time at which it gives way."""
        texts = dict(self.texts)
        for id in gone:
            texts.pop(id, None)
        texts.update({id: text for id, (text, _until) in come.items()})
        selection = self.selection.with_changes(gone, _candidates(come))
        return Snapshot(revision, selection, keys, texts)


EVENTS = json.dumps(EVENT_KINDS).encode()


def build(revision: int, live: Mapping[str, tuple[Prepared, float]], keys: Keys) -> Snapshot:
    """`live`: by publication, its text and the Unix time at which it gives way."""
    texts = {id: text for id, (text, _until) in live.items()}
    return Snapshot(revision, Selection(_candidates(live)), keys, texts)


def _candidates(live: Mapping[str, tuple[Prepared, float]]) -> Iterable[Candidate]:
    return [text.candidate.until(until) for text, until in live.values()]


def prepare(
    content: Mapping[str, Any],
    *,
    publication: str,
    version: str,
    sha256: str,
    published: str,
    signatures: Iterable[tuple[str, str]],
    trusted: Keyring,
) -> Prepared:
    """`published`: as it was signed. `signatures`: (key, signature), the best first.

    Raises Unproved where the content is not the one that was approved, or no trusted key signed that.
    """
    if digest(content) != sha256:
        raise Unproved("the text does not match its SHA-256")
    said = document(content, publication=publication, version=version, sha256=sha256, published_at=published)
    for key, signature in signatures:
        signed = {**said, "typ": TYP, "key": key}
        if key in trusted.public:
            try:
                verify(signed, signature, typ=TYP, keys=trusted.public)
            except BadSignature as problem:
                raise Unproved(str(problem)) from None
            return prepared(signed, signature, content["texts"])
    raise Unproved("no key that is trusted has signed it")


def prepared(signed: Mapping[str, Any], signature: str, texts: Mapping[str, Any]) -> Prepared:
    """Of a publication whose signature and texts have been verified."""
    written = canonical(signed)
    return Prepared(
        signed=b'"publication":%s,"signature":"%s"' % (written, signature.encode()),
        sha256=hashlib.sha256(written).hexdigest(),
        tags={tag.lower(): tag for tag in texts},
        agency={tag: json.dumps(name, ensure_ascii=False) for tag, name in signed["agency"]["name"].items()},
        texts={
            tag: json.dumps(text, ensure_ascii=False, separators=(",", ":")).encode()
            for tag, text in texts.items()
        },
        candidate=candidate(signed),
    )
