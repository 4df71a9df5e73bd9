"""manage.py signing_key: make a signatory's key, or say what there is."""

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from accounts.models import Role, User
from compassionate import signing_keys
from compassionate.signing_keys import SigningKey
from events import intake
from events.errors import Refused
from events.management.operator import DONE, OperatorCommand

DAYS = 3 * 365


class Command(OperatorCommand):
    """Makes the key under a code that the signatory types herself; the code is shown nowhere."""

    help = (
        "Make a signatory's key (RSA, 3072 bits) with a certificate that it signs itself, and print its\n"
        "file: SIGNING_KEYS_DIR/<public id of the account>.p12. Where the agency's own authority certifies\n"
        "keys, put the PKCS#12 file that it gave there instead, under the name that --show prints. Copy the\n"
        "folder to every web node."
    )
    examples = (
        "  manage.py signing_key signataire             asks for the code, twice\n"
        '  printf %s "$CODE" | manage.py signing_key signataire --days 365\n'
        "  manage.py signing_key signataire --show      prints the file's path and, with the code,\n"
        "                                               the certificate"
    )

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add whose key, how long it is good for, and whether to look at it only."""
        parser.add_argument("username")
        parser.add_argument("--days", type=int, default=DAYS, help=f"default {DAYS}")
        parser.add_argument(
            "--show",
            action="store_true",
            help="make nothing: print the path, and the certificate where the code is typed",
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Make it, or show what there is; a key that is there is never overwritten."""
        user = User.objects.filter(username=options["username"], role=Role.SIGNATORY).first()
        if user is None:
            raise CommandError(f"{options['username']} is no signatory")
        if options["days"] < 1:
            raise CommandError("--days is 1 at least")
        try:
            found = _shown(user) if options["show"] else _made(user, options["days"])
        except Refused as refused:
            raise CommandError("; ".join(one.detail for one in refused.problems)) from refused
        return {"file": str(signing_keys.file_of(user)), **found}, DONE


def _made(user: User, days: int) -> dict[str, Any]:
    try:
        made = signing_keys.make(user, _code(twice=True), intake.arrived_at(), days)
    except FileExistsError as error:
        raise CommandError(f"there is a key already: {signing_keys.file_of(user)}") from error
    return _told(made)


def _shown(user: User) -> dict[str, Any]:
    """Say whether there is a key; its certificate lies under the code, as the key does."""
    if not signing_keys.has_key(user):
        return {"kept": False}
    code = _code()
    return {"kept": True, **(_told(signing_keys.opened(user, code)) if code else {})}


def _told(found: SigningKey) -> dict[str, Any]:
    return {
        "certificate": found.fingerprint,
        "subject": found.certificate.subject.rfc4514_string(),
        "until": found.certificate.not_valid_after_utc.date().isoformat(),
    }


def _code(*, twice: bool = False) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    code = getpass.getpass("Code: ")
    if twice and getpass.getpass("Code, again: ") != code:
        raise CommandError("the two codes differ")
    return code
