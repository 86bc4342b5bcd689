"""What a process that answers clients knows of them: every key by its digest, read in one look.

Meters and usages outlive a reading: they belong to the process, and a new reading finds them again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from portal.clients.meter import Meter
from portal.clients.networks import Network, lies_in, read_address

# Judged addresses that a client keeps; more than these means a proxy that names a new one each time.
MOST_JUDGED = 1024


@dataclass(slots=True)
class Usage:
    """Calls with one key that this process has answered, and the last of them (Unix seconds, address)."""

    calls: int = 0
    noted: int = 0  # of them already in the database
    at: float = 0.0
    address: str = ""


@dataclass(frozen=True, slots=True)
class KnownClient:
    id: str
    name: str
    scopes: frozenset[str]
    closed: bool
    networks: tuple[Network, ...]
    meter: Meter
    _judged: dict[str, bool] = field(default_factory=dict)

    def allows(self, address: str) -> bool:
        """Whether calls may come from there; the same address is judged once."""
        verdict = self._judged.get(address)
        if verdict is None:
            verdict = lies_in(read_address(address), self.networks)
            if len(self._judged) >= MOST_JUDGED:
                self._judged.clear()
            self._judged[address] = verdict
        return verdict


@dataclass(slots=True)
class Key:
    """`expires`: Unix seconds. `ends`: from when on it opens nothing, whatever of these is the reason."""

    id: str
    client: KnownClient
    expires: float
    revoked: bool
    usage: Usage
    ends: float = field(init=False)

    def __post_init__(self) -> None:
        self.ends = float("-inf") if self.revoked or self.client.closed else self.expires


Keys = Mapping[str, Key]

CLIENTS = """
SELECT id::text, name, scopes::text[], closed_at IS NOT NULL, networks::text[], per_minute FROM portal_client
"""
# Long gone keys need not be told from unknown ones, and the table only grows.
KEYS = """
SELECT key_sha256, id::text, client_id::text, extract(epoch FROM expires_at)::float8, revoked_at IS NOT NULL
FROM portal_clientkey
WHERE least(revoked_at, expires_at) > now() - interval '400 days'
"""

meters: dict[str, Meter] = {}
usages: dict[str, Usage] = {}


def read(connection: Any) -> dict[str, Key]:
    """By the digest of the key. `connection` is psycopg's own, in the transaction of the caller's choice."""
    return _known(connection.execute(CLIENTS), connection.execute(KEYS))


def written(keys: Keys) -> dict[str, list[list[Any]]]:
    """What is known, to be kept as JSON and read by `restored`. No key is in it, only digests."""
    clients = {key.client.id: key.client for key in keys.values()}
    return {
        "clients": [
            [
                each.id,
                each.name,
                sorted(each.scopes),
                each.closed,
                list(map(str, each.networks)),
                each.meter.limit,
            ]
            for each in clients.values()
        ],
        "keys": [[digest, key.id, key.client.id, key.expires, key.revoked] for digest, key in keys.items()],
    }


def restored(kept: Mapping[str, Any]) -> dict[str, Key]:
    return _known(kept["clients"], kept["keys"])


def _known(client_rows: Iterable[Any], key_rows: Iterable[Any]) -> dict[str, Key]:
    clients = {row[0]: _client(*row) for row in client_rows}
    keys, seen = {}, set()
    for digest, key_id, client_id, expires, revoked in key_rows:
        usage = usages.setdefault(key_id, Usage())
        keys[digest] = Key(key_id, clients[client_id], expires, revoked, usage)
        seen.add(key_id)
    _forget(meters, clients.keys())
    _forget(usages, seen)
    return keys


def _client(
    id: str, name: str, scopes: list[str], closed: bool, networks: list[str], per_minute: int
) -> KnownClient:
    meter = meters.get(id)
    if meter is None:
        meter = meters[id] = Meter(per_minute)
    meter.resize(per_minute)
    return KnownClient(id, name, frozenset(scopes), closed, tuple(map(ip_network, networks)), meter)


def _forget(held: dict[str, Any], known: Any) -> None:
    for name in held.keys() - known:
        held.pop(name, None)
