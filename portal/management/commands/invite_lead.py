"""Lets the first two compliance leads of a new installation in; one then invites, the other confirms."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from portal.agencies.roster.house import heads
from portal.agencies.roster.invitations import flows, links
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import Invalid
from portal.models import Invitation

FIRST = 2


class Command(BaseCommand):
    help = (
        "Invites one of the first two compliance leads, and prints the link or (--mail) has it mailed."
        " Refused while two get in, for then one invites and the other confirms. Repeated for the same"
        " address it makes a new link; the old one is dead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--language", default=settings.LANGUAGE_CODE)
        parser.add_argument("--mail", action="store_true", help="mail the link instead of printing it")

    @transaction.atomic
    def handle(self, *args: Any, email: str, name: str, language: str, mail: bool, **options: Any) -> None:
        actor, now = Actor.system("invite_lead"), timezone.now()
        open_ones = Invitation.objects.open().filter(role=Role.COMPLIANCE_LEAD, invited_by=None)
        for earlier in open_ones.filter(email=email.strip().lower()).select_for_update():
            flows.replace_by_job(earlier, actor=actor, now=now)
        if len(heads(None, now)) + open_ones.filter(expires_at__gt=now).count() >= FIRST:
            raise CommandError("Two leads are here or invited: one invites the next, the other confirms.")
        try:
            invitation = flows.invite(
                actor=actor, now=now, email=email, name=name, role=Role.COMPLIANCE_LEAD, agency_id=None,
                language=language, why="One of the first compliance leads of this installation.",
            )  # fmt: skip
        except Invalid as refused:
            texts = [f"{field}: {text}" for field, texts in refused.errors.items() for text in texts]
            raise CommandError("\n".join(texts)) from None
        if mail:
            self.stdout.write(f"The worker mails the link to {invitation.email}.")
            return
        url = links.address_of(links.new_token(invitation, now=now))
        self.stdout.write(url)
        self.stderr.write(
            f"For {invitation.email} alone, once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC."
        )
