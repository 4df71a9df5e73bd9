"""What this node knows to be taken back."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils import timezone
from typing_extensions import override

from accounts import revocation


class Command(BaseCommand):
    """Compare this node's list of revocations with the database, or show how old it is."""

    help = (
        "Show this node's list of ended sign-ins, tokens and changed people.\n"
        "Examples:\n"
        "  manage.py revocations\n"
        "  manage.py revocations --refresh   compare it with the database now\n"
        "Exit code 1: the list is older than ten minutes, or the database is away."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--refresh", action="store_true", help="compare it with the database")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the age and size of the list; exit code 1 where it is aged."""
        now = timezone.now()  # noqa: TID251  its age is as of now
        try:
            known = revocation.refresh(now) if options["refresh"] else revocation.revoked()
        except (Error, OSError) as error:
            raise CommandError(f"not refreshed: {type(error).__name__}", returncode=1) from error
        answer = {
            "as_of": known.as_of.isoformat() if known.as_of else None,
            "aged": known.is_aged(now),
            "claims": len(known.claims),
            "people": len(known.people.keys() | known.sign_ins.keys()),
        }
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(
                f"as of {answer['as_of'] or 'never'}: {answer['claims']} claims, "
                f"{answer['people']} people"
            )
        if answer["aged"]:
            raise CommandError("the list is aged: what is sent is marked for review", returncode=1)
