"""The same live campaign in databases of their own, each with another number of campaigns beside it.

`python -m benchmarks.delivery.databases FIRST LAST` lays campaigns into the database that DATABASE_URL names:
a process is set up for one database.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pycountry
from django.db import connections
from psycopg import sql

from benchmarks.serving import CHECKOUT
from portal.embedded.places import secret
from portal.embedded.postgres import ADMINISTRATOR, DATABASE, OWNER

# What is measured is asked in this one, which always has the same one answer.
REGION = "HK"


def regions() -> Sequence[str]:
    """Every code that others may have, in one order: the subdivisions first, then the countries."""
    codes = sorted(each.code for each in pycountry.subdivisions)
    codes += sorted(each.alpha_2 for each in pycountry.countries if each.alpha_2 != REGION)
    return codes


def grown(directory: Path, campaigns: int) -> dict[str, str]:
    """The environment of a copy of our database, with so many live campaigns in all."""
    name = f"live_{campaigns}"
    environment = dict(os.environ)
    for setting in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        environment[setting] = urlsplit(environment[setting])._replace(path=f"/{name}").geturl()
    environment["PORTAL_DELIVERY_DIR"] = str(directory / name)
    _copy(directory, name)
    command = [sys.executable, "-m", "benchmarks.delivery.databases", "1", str(campaigns)]
    subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment


def _copy(directory: Path, name: str) -> None:
    """PostgreSQL copies a database that nobody is connected to, and our roles may not ask it to."""
    connections.close_all()
    where = urlsplit(os.environ["DATABASE_URL"]).query.partition("host=")[2]
    password = secret(directory / "servers" / f"{ADMINISTRATOR}.password")
    with psycopg.connect(
        host=where, user=ADMINISTRATOR, password=password, dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                *map(sql.Identifier, (name, DATABASE, OWNER))
            )
        )


def connected(environment: Mapping[str, str]) -> "psycopg.Connection[tuple]":
    return psycopg.connect(environment["DATABASE_URL"], autocommit=True)


def main(first: int, last: int) -> None:
    import django

    django.setup()
    from benchmarks.grown import SERVED_ALONE, grow
    from campaigns.models import Version

    grow(Version.objects.get(), first, last, regions(), SERVED_ALONE)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
