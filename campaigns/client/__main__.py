"""`python -m campaigns_client`: fetch a verified bootstrap for a deployment, or see what a region is shown.

CAMPAIGNS_KEY=lepp_… python -m campaigns_client fetch https://portal.example --out bootstrap.json
python -m campaigns_client show bootstrap.json --region HK --language zh-HK
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import httpx

from . import publication, snapshot, store
from .fetching import Unusable, fetch
from .signing import trusted
from .snapshot import Snapshot


def main(arguments: list[str] | None = None) -> int:
    """The exit status; `arguments`: without them those of the command line."""
    parser = argparse.ArgumentParser(prog="campaigns_client", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    fetching = what.add_parser("fetch", help="write what is live, verified, to a file")
    fetching.add_argument("url")
    fetching.add_argument("--regions", help="ISO 3166 codes with commas; without it all")
    fetching.add_argument("--keys", type=Path, help="a JWK set to trust; without it the portal's own")
    fetching.add_argument("--out", type=Path, required=True)
    showing = what.add_parser("show", help="what a user is shown by a file, as JSON")
    showing.add_argument("file", type=Path)
    showing.add_argument("--region", required=True)
    showing.add_argument("--language")
    given = parser.parse_args(arguments)
    try:
        return _fetch(given) if given.what == "fetch" else _show(given)
    except (httpx.HTTPError, Unusable, ValueError, OSError) as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1


def _verified(body: dict, keys: dict) -> Snapshot:
    documents, snapshots = trusted(keys, publication.PURPOSE), trusted(keys, snapshot.PURPOSE)
    return Snapshot.verified(body, documents=documents, snapshots=snapshots)


def _fetch(given: argparse.Namespace) -> int:
    key = os.environ.get("CAMPAIGNS_KEY", "")
    with httpx.Client(base_url=given.url, headers={"Authorization": f"Bearer {key}"}, timeout=30.0) as http:
        keys = json.loads(given.keys.read_text()) if given.keys else fetch(http, "keys").body or {}
        at = time.time()
        body = fetch(http, "snapshot", {"regions": given.regions} if given.regions else None).body or {}
    found = _verified(body, keys)
    store.write(given.out, store.Kept(body, keys, at))
    print(f"revision {found.revision}, {len(found.publications)} publications, verified: {given.out}")
    return 0


def _show(given: argparse.Namespace) -> int:
    kept = store.read(given.file)
    if kept is None:
        raise ValueError(f"{given.file} holds no snapshot")
    found = _verified(kept.snapshot, kept.keys)
    live = found.selection.live(given.region.upper(), given.language, time.time())
    for chosen in live.chosen:
        each = found.publications[chosen.candidate.id]
        text = next(text for tag, text in each.texts.items() if tag.lower() == chosen.language)
        print(json.dumps({"publication": each.document, "language": chosen.language, "warning": text}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
