"""manage.py outbox: the messages that wait for a person."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from events import outbox
from events.management.operator import DONE, PARTIAL, OperatorCommand


class Command(OperatorCommand):
    """List messages held after a restore, failed or in doubt; send them again or give them up."""

    help = __doc__ or ""
    examples = """\
  manage.py outbox                  what waits for a person (exit code 3 if anything does)
  manage.py outbox --send 12 13     put these back in the queue
  manage.py outbox --drop 14        give this one up
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add what to do."""
        parser.add_argument("--send", type=int, nargs="+", metavar="ID", default=[])
        parser.add_argument("--drop", type=int, nargs="+", metavar="ID", default=[])

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Settle what was named, then list what is left."""
        if set(options["send"]) & set(options["drop"]):
            raise CommandError("the same message cannot be both sent and dropped")
        sent = outbox.settle(options["send"], send=True)
        dropped = outbox.settle(options["drop"], send=False)
        waiting = outbox.unsettled()
        answer = {"sent": sent, "dropped": dropped, "waiting": waiting}
        return answer, PARTIAL if waiting else DONE
