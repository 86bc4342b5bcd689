"""What the demo does to its database before it serves: tables, then made-up people."""

from __future__ import annotations

from portal.build import MANAGE, Step
from portal.demo.environment import Places


def data(where: Places, seed: bool) -> list[Step]:
    found = [Step("Migrating the database", "migrate", (*MANAGE, "migrate", "--noinput"))]
    if seed:
        found.append(Step("Seeding", "seed", (*MANAGE, "seed", "--output", str(where.people))))
    return found
