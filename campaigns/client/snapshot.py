"""All that a client needs to answer by itself, verified as a whole before any of it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .canonical import digest
from .publication import Publication, candidate, seconds
from .selection import Selection
from .signing import BadSignature, Keys, verify

TYP = "portal/snapshot"
# Keys with this purpose in the JWK set sign snapshots.
PURPOSE = "snapshots"


class WentBack(BadSignature):
    """A snapshot that is older than one that was seen before: somebody plays an old one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Publications that were proved together, and what is selected among them; made by `verified` alone."""

    revision: int
    publications: Mapping[str, Publication]  # by id
    selection: Selection = field(default_factory=Selection)

    @classmethod
    def verified(
        cls, given: Mapping[str, Any], *, documents: Keys, snapshots: Keys, least: int = 0
    ) -> "Snapshot":
        """Of the body of /snapshot. `least`: the highest revision seen so far.

        Raises BadSignature unless the manifest and all it names are proved, and nothing stands there besides.
        """
        try:
            manifest = given["snapshot"]
            verify(manifest, given["signature"], typ=TYP, keys=snapshots)
            if manifest["revision"] < least:
                raise WentBack(f"revision {manifest['revision']} comes before {least}")
            named = {each["publication"]: each for each in manifest["publications"]}
            found = [Publication.verified(each, documents) for each in given["publications"]]
            publications = {each.document["id"]: each for each in found}
            if len(found) != len(named) or publications.keys() != named.keys():
                raise BadSignature("the snapshot does not hold what its manifest names")
            for id, publication in publications.items():
                if digest(publication.document) != named[id]["sha256"]:
                    raise BadSignature(f"publication {id} is not the one that the manifest names")
                if publication.texts.keys() != publication.document["texts"].keys():
                    raise BadSignature(f"publication {id} lacks a text")
            candidates = [
                candidate(each.document).until(seconds(named[id]["until"]))
                for id, each in publications.items()
            ]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, BadSignature):
                raise
            raise BadSignature("not a snapshot") from None
        return cls(manifest["revision"], publications, Selection(candidates))
