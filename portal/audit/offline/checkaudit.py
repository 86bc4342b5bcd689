#!/usr/bin/env python3
"""Verifies signed heads and exports of the portal's audit trail, without the portal.

    python checkaudit.py head audit-head-2026-11-22.json [more heads …] --keys keys.json
    python checkaudit.py export audit-trail.zip --keys keys.json [--heads DIRECTORY]

Needs Python 3.9 or newer and the package "cryptography". Take keys.json from the portal's
/.well-known/jwks.json once, keep it, and compare the key ids by another way: a signature is worth as much as
where its key came from. Ends with 0 if everything holds, else with 1, and says what does not.
"""

# ruff: noqa: T201 - it speaks to whoever runs it; UP - it runs on older Pythons too
from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

HEAD = "portal/audit-head"
EXPORT = "portal/audit-export"
GENESIS = "0" * 64


class Wrong(Exception):
    """What was looked at does not hold."""


def canonical(document: dict) -> bytes:
    """RFC 8785, for what these documents hold: texts, whole numbers, and names in ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def once(pairs: list) -> dict:
    """A name that stands twice could mean one thing here and another elsewhere."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Wrong("a name stands twice in it")
    return found


def parsed(text: str, what: str) -> dict:
    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Wrong(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise Wrong(f"{what} is not what it should be")
    return found


def keys_of(text: str) -> dict[str, bytes]:
    """{key id: public key}, the id computed (RFC 7638) and not believed."""
    found = {}
    for each in parsed(text, "the set of keys").get("keys", []):
        # Keys of other purposes are in the set too, and sign nothing of the trail.
        if (each.get("kty"), each.get("crv"), each.get("purpose", "documents")) == (
            "OKP",
            "Ed25519",
            "documents",
        ):
            name = canonical({"crv": "Ed25519", "kty": "OKP", "x": each["x"]})
            found[base64.urlsafe_b64encode(hashlib.sha256(name).digest()).rstrip(b"=").decode()] = decoded(
                each["x"]
            )
    return found


def verified(envelope: dict, part: str, typ: str, keys: dict[str, bytes]) -> dict:
    """The document inside, once its signature holds."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    document, signature = envelope.get(part), envelope.get("signature")
    if not isinstance(document, dict) or not isinstance(signature, str) or document.get("typ") != typ:
        raise Wrong(f"this is no {typ}")
    key = keys.get(str(document.get("key")))
    if key is None:
        raise Wrong(f"signed by a key that is not in the set: {document.get('key')}")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(decoded(signature), canonical(document))
    except (InvalidSignature, ValueError):
        raise Wrong("the signature does not fit") from None
    return document


def head_of(text: str, keys: dict[str, bytes]) -> dict:
    return verified(parsed(text, "the head"), "head", HEAD, keys)


def check_heads(files: list[Path], keys: dict[str, bytes]) -> list[str]:
    wrong, held = [], []
    for file in files:
        try:
            head = head_of(file.read_text(encoding="utf-8"), keys)
        except (Wrong, OSError, UnicodeDecodeError) as problem:
            wrong.append(f"{file.name}: {problem}")
            continue
        held.append(head)
        print(f"{file.name}: {head['rows']} rows up to {head['seq']}, {head['hash']}; by {head['key']}")
    held.sort(key=lambda head: head["signed_at"])
    for before, after in zip(held, held[1:]):  # noqa: B905, RUF007 - older Pythons
        if after["seq"] < before["seq"]:
            wrong.append(f"the trail was shorter on {after['date']} than on {before['date']}")
        elif after["seq"] == before["seq"] and after["hash"] != before["hash"]:
            wrong.append(f"row {after['seq']} was another on {after['date']} than on {before['date']}")
    return wrong


def rows_of(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """(hash, sealed text) of each row."""
    if name.endswith(".jsonl"):
        start = len('{"hash": "') + 64 + len('", "row": ')
        for line in io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n"):
            yield line[len('{"hash": "') :][:64], line[start:-2]
    else:
        csv.field_size_limit(10_000_000)
        for row in csv.DictReader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")):
            yield row["hash"], row["sealed"]


def check_export(archive: Path, keys: dict[str, bytes], directory: Path | None) -> list[str]:
    with zipfile.ZipFile(archive) as parts:
        if not keys:
            keys = keys_of(parts.read("keys.json").decode())
            print("The keys are the archive's own. Compare their ids with those you know:", *keys)
        envelope = parsed(parts.read("manifest.json").decode(), "the manifest")
        manifest = verified(envelope, "manifest", EXPORT, keys)
        heads = {"head.json": head_of(parts.read("head.json").decode(), keys)}
        data = parts.read(manifest["file"])
    wrong = []
    if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
        wrong.append("the rows are not those that the manifest names")
    for file in sorted(directory.glob("*.json")) if directory else []:
        try:
            heads[file.name] = head_of(file.read_text(encoding="utf-8"), keys)
        except (Wrong, OSError, UnicodeDecodeError) as problem:
            wrong.append(f"{file.name}: {problem}")
    at = {head["seq"]: (name, head["hash"]) for name, head in heads.items()}
    count, links, seq, before = 0, 0, 0, GENESIS
    for digest, sealed in rows_of(data, manifest["file"]):
        count += 1
        if hashlib.sha256(sealed.encode()).hexdigest() != digest:
            wrong.append(f"line {count}: the row does not fit its hash")
        row = parsed(sealed, f"line {count}")
        if row["seq"] <= seq:
            wrong.append(f"row {row['seq']} is out of order")
        elif row["seq"] == seq + 1:
            links += 1
            if row["previous_hash"] != before:
                wrong.append(f"row {row['seq']} does not name the hash of the row before it")
        if row["seq"] in at and at[row["seq"]][1] != digest:
            wrong.append(f"row {row['seq']} is not the one that {at[row['seq']][0]} tells of")
        seq, before = row["seq"], digest
    if count != manifest["rows"]:
        wrong.append(f"{count} rows instead of {manifest['rows']}")
    print(f"{count} rows read, {links} of them follow the row before; search: {manifest['search']}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["head", "export"])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--keys", type=Path, help="the public keys, as a JWK set")
    parser.add_argument("--heads", type=Path, help="a directory of signed heads that you kept")
    given = parser.parse_args()
    if given.what == "head" and not given.keys:
        parser.error("a head is verified with keys: --keys keys.json")
    wrong = []
    try:
        keys = keys_of(given.keys.read_text(encoding="utf-8")) if given.keys else {}
        if given.what == "head":
            wrong = check_heads(given.files, keys)
        else:
            for archive in given.files:
                wrong += check_export(archive, keys, given.heads)
    except (Wrong, OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as problem:
        wrong.append(str(problem) or repr(problem))
    for each in wrong:
        print("WRONG:", each)
    if not wrong:
        print("Everything holds.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
