"""Django's migrate, as the tables' owner; then the application's role is given what it needs of them."""

from typing import Any

from django.core.management.commands import migrate

from portal.access import scope_of
from portal.database.owner import application_role, as_owner, grant
from portal.kernel.actor import Actor


class Command(migrate.Command):
    help = f"{migrate.Command.help} Runs as DATABASE_OWNER_URL and grants DATABASE_URL's role what it needs."

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Before anything is granted nothing can be asked of the roles: that is done at the end."""
        return {}

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["skip_checks"]:
            self.check()
        # A migration of data sees every row, although the policies bind the owner too.
        with as_owner(), scope_of(Actor.system("migrate")):
            application_role()
            super().handle(*args, **{**options, "skip_checks": True})
            if not (options["plan"] or options["check_unapplied"]):
                grant()
        if not options["skip_checks"]:
            self.check(databases=[options["database"]])
