"""`make bench`: starts throwaway servers, runs every benchmark, prints its ratios and keeps them as JSON.

ARGS="audit" runs that one alone, ARGS="delivery.recall" one part of one. Each runs in a process and on
servers of its own: what one leaves behind is nothing to the next.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.figures import line
from portal.embedded import environment
from portal.embedded.servers import servers

CHECKOUT = Path(__file__).resolve().parent.parent
RESULTS = CHECKOUT / "var" / "bench"
# In order, and where each is.
BENCHMARKS = {
    "delivery": "benchmarks.delivery.parts",
    "ingest": "benchmarks.ingest",
    "audit": "benchmarks.audit",
    "pages": "benchmarks.pages",
    "coverage": "benchmarks.coverage",
}


def main(names: list[str]) -> int:
    if len(names) != 1:
        return max(
            subprocess.run([sys.executable, "-m", "benchmarks", name], cwd=CHECKOUT).returncode
            for name in names or BENCHMARKS
        )
    name, _, part = names[0].partition(".")
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as made:
        directory = Path(made)
        # Durable servers: a benchmark of writing that skips the disk would flatter itself.
        with servers(directory / "servers", throwaway=False) as urls:
            os.environ.update(urls.environment())
            os.environ.update(environment.for_tests(environment.make_var(directory / "var")))
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            benchmark = import_module(BENCHMARKS[name])
            found = benchmark.run(directory, part) if part else benchmark.run(directory)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{names[0]}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    report(found)
    return 1 if found.get("failed") else 0


def report(found: dict[str, Any]) -> None:
    print(f"\n{found['name']}: {found['what']}")
    for note in found["notes"]:
        print(f"  {note}")
    for problem in found.get("failed", []):
        print(f"  FAILED {problem}")
    width = max(map(len, found["figures"]), default=0)
    print(f"  {'':{width}} {'median':>9} {'min':>9} {'max':>9}  {'target':>8}")
    for label, figure in found["figures"].items():
        print(line(label, figure, width))


if __name__ == "__main__":
    # Whoever is asked to end takes down first what was started.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
