"""manage.py erase: destroy the keys of a person in one stream, and in every other that tells of her."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from events import erasure
from events.event import Actor
from events.management.operator import DONE, PARTIAL, OperatorCommand


class Command(OperatorCommand):
    """Make the personal data of one person unreadable, for ever."""

    help = __doc__ or ""
    examples = """\
  manage.py erase declaration-0190… --subject patient --basis "RGPD art. 17"
  manage.py erase --again        after a restore: destroy what had been destroyed before
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the person and the ground."""
        parser.add_argument("stream", nargs="?", metavar="STREAM")
        parser.add_argument("--subject", default="patient", metavar="ROLE")
        parser.add_argument("--basis", metavar="TEXT", help="the legal ground")
        parser.add_argument("--again", action="store_true", help="repeat all recorded erasures")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Erase; safe to repeat."""
        actor = Actor(id="operator", role="operator")
        if options["again"]:
            destroyed, unknown = erasure.erase_again(actor)
            return {"destroyed": destroyed, "unknown": unknown}, PARTIAL if unknown else DONE
        if not options["stream"] or not options["basis"]:
            raise CommandError("STREAM and --basis are needed, or --again")
        destroyed = erasure.erase(
            options["stream"],
            options["subject"],
            basis=options["basis"],
            actor=actor,
            now=datetime.now(UTC),  # noqa: TID251  a command is an edge of the house
        )
        return {"destroyed": destroyed}, DONE
