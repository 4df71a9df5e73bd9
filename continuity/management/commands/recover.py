"""manage.py recover: from any state of the services to full function, with proof."""

import os
import time
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from continuity import certificate, recovery, recovery_steps
from continuity.queries import current_incident
from continuity.recording import record_journal
from events.management.operator import DONE, FAILED, PARTIAL, OperatorCommand


class Command(OperatorCommand):
    """Compare the log with what is remembered outside, drain the spools, verify, rebuild, compare.

    Safe at any time and to be interrupted: every step may be run again. The intake goes on
    meanwhile. Exit code 0: all holds; 1: a check failed; 3: something was left or parked.
    """

    help = __doc__ or ""
    examples = """\
  manage.py recover --dry-run
  manage.py recover
  manage.py recover --wait 600 --workers 4 --json
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add how long to wait and how many work at once."""
        parser.add_argument("--dry-run", action="store_true", help="say what there is to do")
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="of a rebuild"
        )
        parser.add_argument(
            "--wait", type=float, default=120, metavar="SECONDS", help="for the database to answer"
        )

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Recover; the answer is the certificate."""
        if options["dry_run"]:
            return {"would": recovery_steps.waiting()}, DONE
        began = time.monotonic()
        steps = recovery_steps.steps(
            wait_seconds=options["wait"],
            workers=options["workers"],
            record_journal=record_journal,
        )
        with self.progress() as report:
            ended = recovery.run(steps, report)
        incident = current_incident()
        told = certificate.certificate(
            ended,
            at=timezone.now(),  # noqa: TID251  when it was certified
            seconds=time.monotonic() - began,
            incident=incident.number if incident else None,
        )
        told["kept"] = str(certificate.keep(told))
        return told, _code(ended)


def _code(ended: list[recovery.Ended]) -> int:
    # A drain that ended leaves something behind at worst; one that fell over says nothing of the rest.
    if not all(one.ok or (one.name == "drain" and "left" in one.found) for one in ended):
        return FAILED
    return PARTIAL if any(one.doubts for one in ended) else DONE
