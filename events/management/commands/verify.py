"""manage.py verify: is the log what its blocks say?"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from typing_extensions import override

from events import quarantine, seal
from events.management.operator import DONE, FAILED, PARTIAL, OperatorCommand
from events.verify import Verdict, verify_log


class Command(OperatorCommand):
    """Recompute every leaf, root and hash of the log; compare with a checkpoint from outside."""

    help = __doc__ or ""
    examples = """\
  manage.py verify
  manage.py verify --from 100000
  manage.py verify --checkpoint .data/checkpoints/latest.json
  manage.py verify --park                       no decisions on streams of blocks that do not hold;
                                                an incident tells of them
  manage.py verify --accept 12 --reason "…"     a person takes block 12 as it is now
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add where to begin and what to compare with."""
        parser.add_argument("--from", type=int, default=1, dest="first", metavar="P")
        parser.add_argument("--checkpoint", type=Path, metavar="FILE")
        parser.add_argument("--park", action="store_true", help="park streams of bad blocks")
        parser.add_argument("--accept", type=int, metavar="BLOCK", help="take it as it is now")
        parser.add_argument("--reason", metavar="TEXT", help="with --accept: who, and why")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Verify; exit 1 when something does not hold, 3 when the streams of all of it are parked."""
        if (options["accept"] is None) != (options["reason"] is None):
            raise CommandError("--accept and --reason go together")
        verdict = self._verify(options)
        if options["accept"] is not None:
            self._accept(verdict, options["accept"], options["reason"])
            verdict = self._verify(options)
        waiting = [block for block in verdict.bad if block.number not in verdict.accepted]
        streams = quarantine.streams_of(waiting)
        if options["park"]:
            quarantine.park(waiting)
            quarantine.tell(verdict.findings)
        answer = {
            "ok": verdict.ok,
            "events": verdict.events,
            "blocks": verdict.blocks,
            "first_bad": verdict.first_bad,
            "bad": [
                {"block": one.number, "why": one.why, "streams": streams[one.number]}
                for one in waiting
            ],
            "accepted": list(verdict.accepted),
            "parked": quarantine.parked("projector"),
        }
        if verdict.ok:
            return answer, DONE
        # No block to park, or more than blocks: decisions go on, on a log that does not hold.
        return answer, PARTIAL if options["park"] and not verdict.beyond else FAILED

    def _verify(self, options: dict[str, Any]) -> Verdict:
        file = options["checkpoint"]
        with self.progress() as report:
            return verify_log(
                first=options["first"],
                checkpoint=seal.read(file) if file else None,
                report=lambda done, total: report("verify", done, total),
            )

    def _accept(self, verdict: Verdict, number: int, reason: str) -> None:
        found = next((block for block in verdict.bad if block.number == number), None)
        if found is None:
            raise CommandError(f"block {number} holds: there is nothing to accept")
        quarantine.park([found])
        quarantine.accept(found, reason)
