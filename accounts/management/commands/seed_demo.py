"""Seed the demo people, and demo cases where the log is still empty."""

import json
import os
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from accounts.demo import DEFAULT_PASSWORD, seed_institutions, seed_people


class Command(BaseCommand):
    """Create invented people and institutions; running it again changes nothing."""

    help = (
        "Create the demo people and institutions (invented data).\n"
        "Example: DEMO=1 manage.py seed_demo\n"
        "The password is DEMO_PASSWORD, or the one printed on the sign-in page."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, or refuse with exit code 2 outside a demonstration."""
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError("seed_demo needs DEMO=1: it opens known accounts.", returncode=2)
        password = os.environ.get("DEMO_PASSWORD") or DEFAULT_PASSWORD
        people = seed_people(seed_institutions(), make_password(password))
        if options["json"]:
            names = [user.get_username() for user in people]
            self.stdout.write(json.dumps({"people": names}))
            return
        for user in people:
            self.stdout.write(f"{user.get_username():<12} {user.get_role_display()}")
        # A password of the site's own is known to whoever set it.
        shown = "DEMO_PASSWORD" if os.environ.get("DEMO_PASSWORD") else DEFAULT_PASSWORD
        self.stdout.write(f"Password of all: {shown}")
