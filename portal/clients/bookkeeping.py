"""Beside the answers, never in their way: settles rates once a second, notes last uses once a minute.

Rates go through Valkey: each process reports what it let through, and learns what the common account holds
and how many share it. Without Valkey each goes on by its own share. Uses go to PostgreSQL in one UPDATE.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
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
NOTE_SECONDS = 60.0
AT_ONCE = 500
PREFIX = "portal:rate:"

# KEYS: the processes, then one account per client. ARGV: this process, then limit and use per client.
# By the server's clock, so that machines need not agree. An account that is not there is full; one in debt
# owes at most one limit, which is paid back within a minute.
SETTLE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 5)
redis.call('EXPIRE', KEYS[1], 60)
local answer = {tostring(redis.call('ZCARD', KEYS[1]))}
for i = 2, #KEYS do
  local limit, used = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  local held = redis.call('HMGET', KEYS[i], 'left', 'at')
  local left = limit
  if held[1] then
    left = math.min(limit, tonumber(held[1]) + math.max(0, now - tonumber(held[2])) * limit / 60)
  end
  left = math.max(-limit, left - used)
  if held[1] or used > 0 then
    redis.call('HSET', KEYS[i], 'left', string.format('%.6f', left), 'at', string.format('%.6f', now))
    redis.call('EXPIRE', KEYS[i], 130)
  end
  answer[i] = string.format('%.6f', left)
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

    def __init__(self) -> None:
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
        while not self._stopping.wait(SETTLE_SECONDS):
            self.settle()
            if time.monotonic() - noted_at >= NOTE_SECONDS:
                noted_at = time.monotonic()
                self.note()

    def settle(self) -> None:
        """Exchange with the other processes what was let through. Raises nothing: answers must go on."""
        every = iter(list(meters.items()))
        try:
            while batch := list(islice(every, AT_ONCE)):
                self._settle(batch)
        except redis.RedisError as error:
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
        processes, *left = answer
        for (_, meter), used, rest in zip(batch, given[1::2], left, strict=True):
            meter.settle(used, float(rest), int(processes))

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
