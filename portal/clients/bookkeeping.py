"""Beside the answers, never in their way: settles rates once a second, notes last uses once a minute.

Rates go through Valkey: each process reports what it let through, and learns what the common account holds
and how many share it. Without Valkey each goes on by its own share. Uses go to PostgreSQL in one UPDATE.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import connection

from portal.clients.known import Usage, meters, usages
from portal.clients.meter import Meter
from portal.clients.networks import read_address

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 1.0
FIRST_SECONDS = 0.05
NOTE_SECONDS = 60.0
AT_ONCE = 500
PREFIX = "portal:rate:"

# KEYS: the processes, then one account per client. ARGV: this process, then limit and use per client.
# An account holds what is left, and of that what each process may still give out (its lease). So all of them
# together let through what is left and no more, but for one second's worth that each may have while anything
# is left, lest a process that has just joined find all of it leased: that is owed. By the server's clock, so
# that machines need not agree. An account that is not there is full; what one owes is at most its limit, and
# is paid back within a minute.
SETTLE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 5)
redis.call('EXPIRE', KEYS[1], 60)
local alive, processes = {}, redis.call('ZRANGE', KEYS[1], 0, -1)
for _, process in ipairs(processes) do alive[process] = true end
local answer = {tostring(#processes)}
for i = 2, #KEYS do
  local limit, used = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  local left, at, leased = limit, now, 0
  local held = redis.call('HGETALL', KEYS[i])
  for field = 1, #held, 2 do
    local name, value = held[field], tonumber(held[field + 1])
    if name == 'left' then left = value
    elseif name == 'at' then at = value
    elseif not alive[name] then redis.call('HDEL', KEYS[i], name)
    elseif name ~= ARGV[1] then leased = leased + value end
  end
  left = math.min(limit, left + math.max(0, now - at) * limit / 60)
  left = math.max(-limit, left - used)
  local share = left / #processes
  local lease = math.max(math.min(share, left - leased), math.min(share, limit / 60))
  if lease < 1 then lease = left >= 1 and 1 or 0 end
  redis.call('HSET', KEYS[i], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now),
    ARGV[1], string.format('%.6f', lease))
  redis.call('EXPIRE', KEYS[i], 130)
  answer[i] = string.format('%.6f %.6f', left, lease)
end
return answer
"""

# Locked in the order of their ids: several processes note the same keys.
NOTE = """
WITH used AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[], %(ips)s::text[], %(calls)s::bigint[])
        AS u(id, at, ip, calls)
), locked AS (
    SELECT k.id FROM portal_clientkey k JOIN used USING (id) ORDER BY k.id FOR NO KEY UPDATE OF k
)
UPDATE portal_clientkey k SET
    calls = k.calls + u.calls,
    last_used_ip = CASE WHEN k.last_used_at > u.at THEN k.last_used_ip ELSE u.ip::inet END,
    last_used_at = greatest(k.last_used_at, u.at)
FROM used u JOIN locked l USING (id) WHERE k.id = u.id
"""


class Bookkeeper:
    """One thread per process that answers clients. What it could not do it does at the next turn."""

    def __init__(self, meters: Mapping[str, Meter] = meters) -> None:
        self._meters = meters  # by client id
        self._process = ""
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._valkey: redis.Redis | None = None
        self._away = False

    def start(self) -> None:
        """Begin, once per process."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep, name="client-bookkeeper", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)

    def _keep(self) -> None:
        noted_at = time.monotonic()
        # The first settlement as soon as clients are known: until then nobody knows how many share.
        while not self._meters and not self._stopping.wait(FIRST_SECONDS):
            pass
        self.settle()
        while not self._stopping.wait(SETTLE_SECONDS):
            self.settle()
            if time.monotonic() - noted_at >= NOTE_SECONDS:
                noted_at = time.monotonic()
                self.note()

    def settle(self) -> None:
        """Exchange with the other processes what was let through. Raises nothing: answers must go on."""
        every = iter(list(self._meters.items()))
        try:
            while batch := list(islice(every, AT_ONCE)):
                self._settle(batch)
        except Exception as error:
            if not self._away:
                log.warning("rates cannot be settled: each process goes by its own share", problem=str(error))
            self._away = True
        else:
            self._away = False

    def _settle(self, batch: list[tuple[str, Meter]]) -> None:
        if self._valkey is None:
            self._process = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}"
            self._valkey = redis.Redis.from_url(
                settings.CACHES["default"]["LOCATION"], socket_timeout=0.5, socket_connect_timeout=0.5
            )
        given: list[int] = []
        for _, meter in batch:
            given += (meter.limit, meter.used())
        names = [f"{PREFIX}processes", *(f"{PREFIX}{client}" for client, _ in batch)]
        answer: Any = self._valkey.eval(SETTLE, len(names), *names, self._process, *given)
        processes, *accounts = answer
        for (_, meter), used, account in zip(batch, given[1::2], accounts, strict=True):
            left, lease = map(float, account.split())
            meter.settle(used, left, lease, int(processes))

    def note(self) -> None:
        """Write which keys were used since the last time. Raises nothing, and loses nothing but time."""
        used = [(id, usage, usage.calls, usage.at, usage.address) for id, usage in _used()]
        if not used:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    NOTE,
                    {
                        "ids": [id for id, *_ in used],
                        "at": [datetime.fromtimestamp(at, UTC) for *_, at, _ in used],
                        "ips": [_inet(address) for *_, address in used],
                        "calls": [calls - usage.noted for _, usage, calls, _, _ in used],
                    },
                )
        except Exception:
            log.exception("last uses of client keys could not be noted")
        else:
            for _, usage, calls, _, _ in used:
                usage.noted = calls
        finally:
            if threading.current_thread() is self._thread:
                connection.close()


def _used() -> Iterator[tuple[str, Usage]]:
    return ((id, usage) for id, usage in list(usages.items()) if usage.calls > usage.noted)


def _inet(address: str) -> str | None:
    read = read_address(address)
    return str(read) if read else None


bookkeeper = Bookkeeper()
