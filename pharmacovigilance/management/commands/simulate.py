"""Declare many cases, real or made up, as many clients would."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from accounts import access
from accounts.actions import issue_token
from accounts.models import TokenScope, User
from events.management.operator import DONE, PARTIAL, OperatorCommand
from pharmacovigilance.management.demo import demo_cases
from pharmacovigilance.management.load import Ledger, Load, repeated
from pharmacovigilance.management.real_cases import Case, cases
from pharmacovigilance.management.senders import HttpSender, InProcessSender, Sender


class Command(OperatorCommand):
    """Declares cases under keys made of the seed and the case: again declares nothing twice."""

    help = "Declare the cases of a file (VAERS, FAERS or our own shape, one JSON a line)."
    examples = """\
  manage.py simulate                                        the demo cases, once
  manage.py simulate --source vaers-2021.jsonl              every case of a file, flat out
  manage.py simulate --source a.jsonl --count 500 --rate 50 500 cases, 50 a second
  manage.py simulate --via http --clients 8 --ledger acks   eight clients; acknowledgements on disk
  manage.py simulate --seed 2                               the same cases as new declarations"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the options of the contract, and who declares."""
        parser.add_argument("--source", type=Path, help="file of cases; without it the demo cases")
        parser.add_argument(
            "--count", type=int, help="how many cases; more than there are repeats"
        )
        parser.add_argument("--rate", type=float, default=0, help="a second; 0 is flat out")
        parser.add_argument("--seed", type=int, default=1, help="part of every idempotency key")
        parser.add_argument("--via", choices=("http", "inprocess"), default="inprocess")
        parser.add_argument("--clients", type=int, default=1, help="clients at the same time")
        parser.add_argument("--ledger", type=Path, help="one line a case: id key status")
        parser.add_argument("--user", default="dr.martin", help="who declares")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="the portal (--via http)")
        parser.add_argument("--token", help="its API token; without one it is made (--via http)")
        parser.add_argument(
            "--patience", type=float, default=120, help="seconds to ask again for an answer"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Send the cases; exit code 3 where one got no answer."""
        found = _found(options["source"])
        count = len(found) if options["count"] is None else options["count"]
        if count < 0 or options["clients"] < 1 or options["rate"] < 0:
            raise CommandError("--count and --rate are not negative, --clients is 1 or more")
        load = Load(
            repeated(found, count),
            key=lambda case: f"simulate-{options['seed']}-{case.id}",
            rate=options["rate"],
            patience=options["patience"],
        )
        senders = [_sender(options)] * min(options["clients"], max(count, 1))
        ledger = Ledger(options["ledger"])
        try:
            with self.progress() as show:
                elapsed = load.run(senders, ledger, lambda done: show("cases", done, count))
        finally:
            ledger.close()
        return load.tally.answer(elapsed), PARTIAL if load.tally.unanswered else DONE


def _found(source: Path | None) -> list[Case]:
    if source is None:
        return demo_cases()
    if not source.is_file():
        raise CommandError(f"{source}: no such file")
    return list(cases(source))


def _sender(options: dict[str, Any]) -> Callable[[], Sender]:
    """Return a maker of clients that act for the user."""
    if options["via"] == "http" and options["token"]:
        return partial(HttpSender, options["url"], options["token"])
    user = User.objects.filter(username=options["user"], is_active=True).first()
    if user is None:
        raise CommandError(f"nobody is called {options['user']}: name a --user")
    if not access.may_declare(user):
        raise CommandError(f"{options['user']} may not declare")
    if options["via"] == "inprocess":
        return partial(InProcessSender, user)
    _, secret = issue_token(user, [TokenScope.DECLARATIONS_WRITE], days=1, label="simulate")
    return partial(HttpSender, options["url"], secret)
