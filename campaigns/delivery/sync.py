"""A snapshot for clients that evaluate by themselves: all that is live in the regions they ask for, signed.

The manifest names each publication and its SHA-256 with the revision, so that nothing can be left out, put in
or brought back unseen; the publications carry their own signatures.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from campaigns.client.canonical import canonical
from campaigns.client.snapshot import TYP
from campaigns.delivery.answers import Answer, prepared_answer
from campaigns.delivery.snapshot import Snapshot
from portal.kernel.regions import with_country
from portal.keyring import delivery_keyring

# Sets of regions whose answers a snapshot keeps; each client asks for its own, always the same.
MOST_KEPT = 32


def snapshot_answer(snapshot: Snapshot, regions: frozenset[str] | None) -> Answer:
    """Of all regions, or of those named, with the countries they belong to and the parts they have."""
    kept: dict[frozenset[str] | None, Answer] = snapshot.synced
    answer = kept.get(regions)
    if answer is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        answer = kept[regions] = _compose(snapshot, regions)
    return answer


def _compose(snapshot: Snapshot, regions: frozenset[str] | None) -> Answer:
    ids = sorted(_ids(snapshot, regions))
    manifest, signature = delivery_keyring().sign(
        TYP,
        {
            "form": 1,
            "revision": snapshot.revision,
            "regions": None if regions is None else sorted(regions),
            "publications": [_named(snapshot, id) for id in ids],
        },
    )
    body = b'{"snapshot":%s,"signature":"%s","publications":[%s]}' % (
        canonical(manifest),
        signature.encode(),
        b",".join(b"{%s}" % snapshot.texts[id].members for id in ids),
    )
    return prepared_answer(body, compressed=True)


def _ids(snapshot: Snapshot, regions: frozenset[str] | None) -> Iterable[str]:
    if regions is None:
        return snapshot.texts.keys()
    wanted = {code for region in regions for code in with_country(region)}
    return {
        each.id
        for region, candidates in snapshot.selection.regions.items()
        if region in wanted or region.partition("-")[0] in regions
        for each in candidates
    }


def _named(snapshot: Snapshot, id: str) -> dict[str, Any]:
    ends = snapshot.selection.candidates[id].ends
    until = None if ends == float("inf") else datetime.fromtimestamp(ends, UTC).isoformat()
    return {"publication": id, "sha256": snapshot.texts[id].sha256, "until": until}
