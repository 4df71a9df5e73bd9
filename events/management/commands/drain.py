"""manage.py drain: bring what this machine's spools hold into the log."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from typing_extensions import override

from events.drain import Counts, drainer
from events.errors import LogAway
from events.local_rounds import LocalRounds
from events.management.operator import DONE, PARTIAL, OperatorCommand
from events.retiring import retiring

PAUSE = 1.0
# Then what was received meanwhile is looked at: a death does not wait for an outage's whole backlog.
ROUND_SECONDS = 2.0
RETIRE_SECONDS = 3600.0


class Retirement:
    """Unlinks what is old and whole in the log, every hour.

    Here, because only this process is on every node and may write to all of its spools. One segment
    a round: what was received now does not wait for what was received a month ago.
    """

    def __init__(self) -> None:
        self._due = 0.0
        self._under_way: Iterator[int] = iter(())

    def step(self) -> int:
        """Look at the next old segment; return how many went. Raises LogAway."""
        gone = next(self._under_way, None)
        if gone is None and time.monotonic() >= self._due:
            self._due = time.monotonic() + RETIRE_SECONDS
            self._under_way = retiring(timezone.now())  # noqa: TID251  the age of a file
            gone = next(self._under_way, None)
        return gone or 0


class Command(OperatorCommand):
    """Offer to the log every kept command that it lacks, the clinically urgent first.

    Safe at any time, twice at once, and to be interrupted: what is in the log is known there. Where it
    watches, it also brings the journal of this machine's beacon into the log.
    """

    help = __doc__ or ""
    examples = """\
  manage.py drain --once
  manage.py drain --watch
  SPOOL_DIRS=/mnt/rescued/spool manage.py drain --once --json
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add whether it goes on."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="one round, the default")
        how.add_argument("--watch", action="store_true", help="round after round until Ctrl-C")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Drain; exit 3 when something is left or can't be read."""
        if options["watch"]:
            self._watch()
        with self.progress() as report:
            counts = drainer.once(report=lambda done, total: report("drain", done, total))
        return asdict(counts), PARTIAL if counts.left or counts.damaged else DONE

    def _watch(self) -> None:
        """Go round until interrupted; a log that is away is asked again. Says what changes."""
        before: Counts | None = None
        is_away, retirement, beside = False, Retirement(), LocalRounds()
        while True:
            began = time.monotonic()
            try:
                counts = drainer.once(seconds=ROUND_SECONDS)
                if gone := retirement.step():
                    self.stderr.write(f"retired {gone}")
            except LogAway:
                if not is_away:
                    self.stderr.write("the log does not answer; asking again")
                is_away, before = True, None
                drainer.survey.read_ahead()
            else:
                if counts != before:
                    self.stderr.write(" ".join(f"{k} {v}" for k, v in asdict(counts).items()))
                is_away, before = False, counts
                beside.run_if_due()
            if time.monotonic() - began < ROUND_SECONDS:
                time.sleep(PAUSE)
