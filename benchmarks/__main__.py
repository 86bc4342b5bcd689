"""`make bench`: starts throwaway servers, runs every benchmark, prints its ratios and keeps them as JSON.

ARGS="audit" runs that one alone.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from portal.embedded import environment
from portal.embedded.servers import servers

CHECKOUT = Path(__file__).resolve().parent.parent
RESULTS = CHECKOUT / "var" / "bench"


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        directory = Path(name)
        # Durable servers: a benchmark of writing that skips the disk would flatter itself.
        with servers(directory / "servers", throwaway=False) as urls:
            os.environ.update(urls.environment())
            os.environ.update(environment.for_tests(environment.make_var(directory / "var")))
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            from benchmarks import audit, delivery, ingest, pages

            RESULTS.mkdir(parents=True, exist_ok=True)
            known = {"delivery": delivery, "ingest": ingest, "audit": audit, "pages": pages}
            for benchmark in [known[name] for name in sys.argv[1:]] or known.values():
                found = benchmark.run(directory)
                (RESULTS / f"{found['name']}.json").write_text(
                    json.dumps(found, indent=2) + "\n", encoding="utf-8"
                )
                report(found)
    return 0


def report(found: dict) -> None:
    print(f"\n{found['name']}: {found['what']}")
    for note in found["notes"]:
        print(f"  {note}")
    print(f"  {'':44} {'median':>9} {'min':>9} {'max':>9}")
    for label, values in found["figures"].items():
        middle, low, high = values["median"], values["min"], values["max"]
        print(f"  {label:44} {middle:9.3f} {low:9.3f} {high:9.3f}")


if __name__ == "__main__":
    sys.exit(main())
