"""Django's migrate, as the owner of the schema and as nobody else."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from typing_extensions import override


class Command(migrate.Command):
    """Default to the owner's alias and refuse without it.

    On another alias the router lets nothing through: Django would record every migration as done
    and make no table.
    """

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    @override
    def execute(self, *args: Any, **options: Any) -> str | None:
        if "owner" not in settings.DATABASES:
            message = "migrate needs DATABASE_OWNER_URL: the other roles may not change the schema"
            raise CommandError(message, returncode=2)
        if options["database"] != "owner":
            message = f"migrate runs as the owner, not on {options['database']!r}"
            raise CommandError(message, returncode=2)
        return super().execute(*args, **options)
