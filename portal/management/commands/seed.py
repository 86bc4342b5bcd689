"""Fills an empty database with the demonstration and writes who can sign in. Safe to run again."""

import json
import os
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from casesupport.sowing import sow as sow_requests
from portal.access import scope_of
from portal.agencies.application import flows as agencies
from portal.clients.actor import actor_of
from portal.demo import applications, campaigns, credentials, roster, standing, vetting
from portal.demo.people import AGENCIES, PEOPLE, DemoPerson
from portal.identity.people import actor_for
from portal.kernel.actor import Actor, Role
from portal.models import Agency, Client, User

SYSTEM = Actor.system("demo")


class Command(BaseCommand):
    help = "Seeds the demonstration (demo mode only) and writes its accounts and API clients to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--output", type=Path, required=True, help="the JSON file to write, readable by its owner only"
        )

    def handle(self, *args: Any, output: Path, **options: Any) -> None:
        if settings.MODE not in ("demo", "test"):
            raise CommandError("Seeds are for the demonstration only (PORTAL_MODE=demo).")
        known = self._read(output)
        if known and User.objects.filter(
            email__in=[each["email"] for each in known["accounts"]]
        ).count() == len(PEOPLE):
            self._write(output, {**known, "base_url": settings.BASE_URL})
            return
        with scope_of(SYSTEM), transaction.atomic():
            document = self._sow()
        self._write(output, document)

    def _sow(self) -> dict[str, Any]:
        """Everything in one transaction: a demo that was interrupted begins anew, never half-made."""
        now = timezone.now().replace(microsecond=0)
        begins = now - timedelta(days=120)
        empty = not Agency.objects.exists()
        if empty:
            self._people(begins)
        clients = credentials.issue_clients(begins, now)
        if empty:
            client = Client.objects.get(name=clients[0]["name"])
            self._content(actor_of(client), now)
            roster.leave_open(now)
        accounts = []
        for person in PEOPLE:
            user = User.objects.get(email=person.email)
            accounts.append(credentials.enrol(user, credentials.new_password()))
        return {"base_url": settings.BASE_URL, "accounts": accounts, "clients": clients}

    def _people(self, begins: Any) -> None:
        """The exchange's people first: two of them stand behind every agency."""
        ids: dict[str, Any] = {}
        for person in PEOPLE:
            if not person.agency:
                self._join(person, ids, begins)
        vetter, decider = roster.actor_of(vetting.REVIEWER), roster.actor_of(vetting.LEAD)
        for each in AGENCIES:
            agency = agencies.enter(
                actor=SYSTEM, now=begins, names=each.names, slug=each.slug, country=each.country,
                regions=each.regions, languages=each.languages, time_zone=each.time_zone,
                domains=[each.domain], switchboard=each.switchboard,
                switchboard_source=each.switchboard_source, is_training=each.is_training,
            )  # fmt: skip
            begun = vetting.Vetting(agency, vetter, begins + timedelta(hours=4)).begin()
            begun.check_everything().approve(decider)
            ids[each.slug] = agency.pk
        for person in PEOPLE:
            if person.agency:
                self._join(person, ids, begins + timedelta(days=3))
        for email, name in roster.COLLEAGUES.items():
            roster.join(
                actor=SYSTEM, now=begins + timedelta(days=5), email=email, name=name, role=Role.OFFICER,
                agency_id=ids["hong-kong"], password=credentials.new_password(),
            )  # fmt: skip
        roster.attest_everyone(begins, begins + timedelta(days=120))

    def _join(self, person: DemoPerson, ids: dict[str, Any], now: Any) -> None:
        roster.join(
            actor=SYSTEM, now=now, email=person.email, name=person.name, role=person.role,
            agency_id=ids.get(person.agency), password=credentials.new_password(), language=person.language,
        )  # fmt: skip

    def _content(self, client: Actor, now: Any) -> None:
        actors: dict[str, Actor] = {}
        first: dict[tuple[str, Role], Actor] = {}
        for person in PEOPLE:
            actor = actor_for(User.objects.get(email=person.email))
            assert actor is not None  # noqa: S101 - appointed above
            actor = actors[person.email] = replace(actor, is_fresh=True)
            first.setdefault((person.agency, person.role), actor)
        reviewer = first["", Role.COMPLIANCE_REVIEWER]
        cast = {
            agency.slug: campaigns.Cast(
                first[agency.slug, Role.OFFICER], first[agency.slug, Role.SUPERVISOR], reviewer
            )
            for agency in AGENCIES
        }
        _honest, impostor = applications.sow(now)
        vetting.leave_on_their_way(actors, impostor, now)
        campaigns.sow(cast, client, now)
        sow_requests(
            officers=[
                each.officer for slug, each in cast.items() if slug not in ("training", standing.AGENCY)
            ],
            supervisors={
                each.supervisor.agency_id: each.supervisor
                for each in cast.values()
                if each.supervisor.agency_id is not None
            },
            analysts=[actors[person.email] for person in PEOPLE if person.role == Role.CASE_ANALYST],
            now=now,
        )
        standing.sow(cast, now)

    def _read(self, output: Path) -> dict[str, Any] | None:
        try:
            return json.loads(output.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def _write(self, output: Path, document: dict[str, Any]) -> None:
        output.parent.mkdir(parents=True, exist_ok=True)
        fresh = output.with_suffix(".new")
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(document, file, ensure_ascii=False, indent=2)
            file.write("\n")
        fresh.replace(output)
