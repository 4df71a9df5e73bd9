"""The keys under which sign-ins and tokens are signed."""

import json
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from accounts import claim_keys


class Command(BaseCommand):
    """List the keys of KEYS_DIR/claims, or change them without signing anybody out."""

    help = (
        "List the keys that sign claims, or change them; copy KEYS_DIR/claims to every web node.\n"
        "Examples:\n"
        "  manage.py claim_keys\n"
        "  manage.py claim_keys --add          (then copy the file to every node)\n"
        "  manage.py claim_keys --use 1a2b3c4d (then copy the file to every node)\n"
        "  manage.py claim_keys --drop 5e6f7a8b  what it signed is refused from then on"
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--add", action="store_true", help="a new key, which only verifies yet")
        act.add_argument("--use", metavar="KEY", help="sign with this key from now on")
        act.add_argument("--drop", metavar="KEY", help="refuse what this key signed")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Change what is asked and print the keys, or refuse with exit code 2."""
        try:
            if options["add"]:
                claim_keys.add_key()
            elif options["use"]:
                claim_keys.sign_with(options["use"])
            elif options["drop"]:
                claim_keys.drop_key(options["drop"])
            keys = claim_keys.claim_keys()
        except (LookupError, ImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({"signs": keys.signs, "keys": list(keys.known)}))
            return
        for key in keys.known:
            self.stdout.write(f"{key} {'signs' if key == keys.signs else 'verifies'}")
