"""`manage.py compile_messages`: the translations compiled, or with --check judged, without GNU gettext."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import messages


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po where stale; --check reports what is incomplete instead."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        messages.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if messages.run(options["check"]):
            raise CommandError("The translations are not complete.")
