"""Give a person's software a token."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from accounts.actions import InactiveError, LifeError, UnknownScopeError, issue_token
from accounts.models import TokenScope, User


class Command(BaseCommand):
    """Issue an API token; it is shown once and never kept."""

    help = (
        "Issue an API token for a person; it is printed once.\n"
        "Examples:\n"
        "  manage.py api_token dr.martin --scope declarations:write --days 30\n"
        "  manage.py api_token dr.martin --scope declarations:write "
        "--scope declarations:read --json"
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER", help="user name")
        parser.add_argument(
            "--scope",
            action="append",
            metavar="S",
            help=f"one of {', '.join(TokenScope.values)}; may be repeated (default: both of "
            "declarations)",
        )
        parser.add_argument("--days", type=int, default=90, metavar="N", help="valid for N days")
        parser.add_argument("--label", default="", help="what uses it, for the list of tokens")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token, or refuse with exit code 2."""
        scopes = options["scope"] or [
            TokenScope.DECLARATIONS_READ,
            TokenScope.DECLARATIONS_WRITE,
        ]
        try:
            user = User.objects.get(username=options["user"])
            token, secret = issue_token(user, scopes, days=options["days"], label=options["label"])
        except User.DoesNotExist as error:
            raise CommandError(f"no such user: {options['user']}", returncode=2) from error
        except UnknownScopeError as error:
            raise CommandError(f"unknown scope: {error}", returncode=2) from error
        except LifeError as error:
            raise CommandError(f"--days: {error}", returncode=2) from error
        except InactiveError as error:
            raise CommandError(f"{error} may not sign in", returncode=2) from error
        if options["json"]:
            answer = {
                "token": secret,
                "user": user.get_username(),
                "scopes": token.scopes,
                "expires_at": token.expires_at.isoformat(),
            }
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(secret)
