"""What loading costs: all of it first, one changed row later, and a start from what is kept on disk.

`python -m benchmarks.delivery.loading DIRECTORY` measures in a process of its own, on the database that
DATABASE_URL names, and prints JSON: the collector then has only as much to walk as in a delivery process.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.serving import CHECKOUT

CHANGES = 7


def measured(environment: Mapping[str, str], directory: Path) -> dict[str, list[float]]:
    """Seconds, by what was measured: whole, changed, with_changes, select, held."""
    command = [sys.executable, "-m", "benchmarks.delivery.loading", str(directory)]
    said = subprocess.check_output(command, cwd=CHECKOUT, env=environment, text=True)
    found: dict[str, list[float]] = json.loads(said.splitlines()[-1])
    return found


def main(directory: Path) -> None:
    import django

    django.setup()
    import psycopg
    from django.conf import settings
    from django.db import transaction

    from benchmarks.delivery.databases import REGION
    from campaigns.delivery import held, load
    from campaigns.delivery.publish import announce
    from campaigns.models import Publication

    found: dict[str, list[float]] = {name: [] for name in ("changed", "with_changes", "select")}
    with psycopg.connect(settings.DELIVERY_DATABASE_URL, autocommit=True) as connection:
        began = time.perf_counter()
        snapshot, refused = load.load(connection)
        found["whole"] = [time.perf_counter() - began]
        if refused or len(snapshot.texts) != Publication.objects.count():
            raise RuntimeError(f"{len(snapshot.texts)} are loaded, {len(refused)} are left out")
        gc.collect()
        gc.freeze()  # as the follower does after its first load
        others = Publication.objects.exclude(campaign__regions__contains=[REGION])
        for publication in others[:CHANGES]:
            with transaction.atomic():
                announce([publication.pk])
            before = snapshot
            began = time.perf_counter()
            snapshot, refused = load.load(connection, before)
            found["changed"].append(time.perf_counter() - began)
            if refused or snapshot.revision != before.revision + 1:
                raise RuntimeError("the change was not loaded")
            id = str(publication.pk)
            come = {id: (before.texts[id], float("inf"))}
            began = time.perf_counter()
            before.with_changes(snapshot.revision, {id}, come, before.keys)
            found["with_changes"].append(time.perf_counter() - began)
            one = [before.selection.candidates[id]]
            began = time.perf_counter()
            before.selection.with_changes({id}, one)
            found["select"].append(time.perf_counter() - began)
    directory.mkdir(parents=True, exist_ok=True)
    held.write(directory, snapshot, time.time())
    began = time.perf_counter()
    again, _confirmed_at = held.read(directory)
    found["held"] = [time.perf_counter() - began]
    if again.texts.keys() != snapshot.texts.keys():
        raise RuntimeError("what was kept is not what was read")
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
