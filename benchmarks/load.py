"""Drives an HTTP server as hard as it goes: by wrk where it is installed, else by sockets of our own."""

import contextlib
import multiprocessing
import multiprocessing.synchronize
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.figures import percentile
from benchmarks.sockets import closed

SECONDS = 2
CONNECTIONS = 16
THREADS = 2
# A page that is asked for as hard as it goes may take long; only one that hangs is an error.
TIMEOUT_SECONDS = 20
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
SIZES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}


@dataclass(frozen=True, slots=True)
class Load:
    """What one slice found. Latencies in milliseconds; `read` are bytes, heads and bodies."""

    rate: float
    p50: float
    p99: float
    requests: int
    read: float


def loader() -> str:
    return "wrk" if shutil.which("wrk") else "our own sockets (wrk is not installed)"


def driven(
    url: str,
    headers: dict[str, str],
    *,
    connections: int = CONNECTIONS,
    seconds: float = SECONDS,
    size: int = 0,
) -> Load:
    """Raises RuntimeError on any answer that is not 2xx, on any broken connection, and where the answers are
    smaller than `size` bytes on the whole."""
    if shutil.which("wrk"):
        command = _wrk(url, headers, connections, seconds)
        found = parsed(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    else:
        found = _sockets(url, headers, connections, seconds)
    return whole(found, size, connections)


def whole(found: Load, size: int, connections: int) -> Load:
    """Raises RuntimeError where so many answers of so many bytes were not read."""
    # Answers that are on their way when the time is up were read in part, or not counted.
    if size and found.read < 0.9 * size * (found.requests - connections):
        raise RuntimeError(f"{found.read:.0f} bytes are too few for {found.requests} answers of {size}")
    return found


@contextlib.contextmanager
def saturating(url: str, headers: dict[str, str], connections: int) -> Iterator[None]:
    """As hard as it goes for as long as the block lasts; raises as `driven` does when it is over."""
    if shutil.which("wrk"):
        process = subprocess.Popen(
            _wrk(url, headers, connections, 3600), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)  # it then says what it found
            said, problem = process.communicate(timeout=30)
        if not parsed(said).requests:
            raise RuntimeError(f"nothing was asked: {said}{problem}")
        return
    stop = multiprocessing.Event()
    workers = [
        multiprocessing.Process(target=_ask_until, args=(stop, url, headers, connections // THREADS))
        for _ in range(THREADS)
    ]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join(timeout=30)
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("the load ended with an error")


def _wrk(url: str, headers: dict[str, str], connections: int, seconds: float) -> list[str]:
    given = [f"-H{name}: {value}" for name, value in headers.items()]
    return [
        "wrk", f"-t{THREADS}", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency",
        "--timeout", f"{TIMEOUT_SECONDS}s", *given, url,
    ]  # fmt: skip


def parsed(said: str) -> Load:
    """What wrk --latency says; raises RuntimeError where it tells of errors, or says something else."""
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    count = re.search(r"(\d+) requests in [\d.]+\w+, ([\d.]+)(\w+) read", said)
    shares = {int(share): _milliseconds(time) for share, time in re.findall(r"\s(\d\d)%\s+([\d.]+\w+)", said)}
    if rate is None or count is None or not {50, 99} <= shares.keys():
        raise RuntimeError(said)
    return Load(float(rate[1]), shares[50], shares[99], int(count[1]), float(count[2]) * SIZES[count[3]])


def _milliseconds(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)([a-z]+)", text)
    if found is None or found[2] not in UNITS:
        raise RuntimeError(f"wrk said {text}, which is no time")
    return float(found[1]) * UNITS[found[2]]


def _sockets(url: str, headers: dict[str, str], connections: int, seconds: float) -> Load:
    with multiprocessing.Pool(THREADS) as pool:
        parts = pool.starmap(closed, [(url, headers, connections // THREADS, seconds)] * THREADS)
    latencies = [each * 1000 for part in parts for each in part.latencies]
    return Load(
        len(latencies) / seconds,
        percentile(latencies, 0.5),
        percentile(latencies, 0.99),
        len(latencies),
        float(sum(part.bytes for part in parts)),
    )


def _ask_until(stop: multiprocessing.synchronize.Event, url: str, headers: dict[str, str], many: int) -> None:
    while not stop.is_set():
        closed(url, headers, many, 0.5)
