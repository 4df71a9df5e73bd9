"""Bring what spools hold into the log: exactly once, the clinically urgent first.

Nothing says of a row that it is drained: each time, what the spools hold is compared with what the log
holds. So a log restored to an earlier point gets back what it lost, and two drainers at once, or one
that is killed at any line, do no harm: every outcome is a command of the log, known by its identifier.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.conf import settings

from events import hands, outcomes, segments, spool_reports, submission
from events.entry import Header
from events.outcomes import Outcome
from events.survey import GRACE, Need, Survey, Waiting, the_log

# Well within what a request takes for old: spool_reports.REPORT_IS_OLD.
REPORT_SECONDS = 5.0
# Of segments at once: each takes three open files.
MOST_WARM = 100
Report = Callable[[int, int], None]


BRING = {
    Need.OFFER: outcomes.offer,
    Need.JOIN: outcomes.join,
    Need.CONFLICT: outcomes.conflict,
}
STAYS = {Outcome.LEFT, Outcome.FAILED, Outcome.AWAITS_TARGET}
# Behind a stranger's command, which waits for what it is about, nobody of the stream waits.
HOLDS = {Outcome.LEFT, Outcome.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one round did; `left` is what a later one takes up, `damaged` what nobody can read.

    Receipts issued = recorded + joined + set aside + left: nothing else exists.
    """

    drained: int = 0
    joined: int = 0
    set_aside: int = 0
    left: int = 0
    damaged: int = 0


@dataclass(slots=True)
class Drainer:
    """Goes through the spools that this machine can read, again and again; `grace` is the survey's."""

    grace: timedelta = GRACE
    tries: Counter[str] = field(default_factory=Counter)
    survey: Survey = field(init=False)

    def __post_init__(self) -> None:
        """Begin without any memory: the first look is at everything."""
        self.survey = Survey(grace=self.grace)

    def once(self, *, seconds: float | None = None, report: Report = lambda *_: None) -> Counts:
        """Offer everything that the log lacks; begin nothing more after so many seconds of it.

        `report(done, total)` is called after each row. Raises LogAway where the log can't be asked, LogHalted.
        """
        waiting, damaged = self.survey.look()
        # Said before the long part too: who asks meanwhile must not be told that nothing waits.
        _tell(waiting, damaged)
        done: Counter[Outcome] = Counter()
        remaining = {row.key: row for row in waiting}
        told = time.monotonic()
        for count, (row, outcome) in enumerate(self._each(waiting, seconds), 1):
            done[outcome] += 1
            if outcome not in STAYS:
                del remaining[row.key]
            if time.monotonic() - told > REPORT_SECONDS:
                _tell(remaining.values(), damaged)
                told = time.monotonic()
            report(count, len(waiting))
        _tell(remaining.values(), damaged)
        return Counts(
            drained=done[Outcome.RECORDED],
            joined=done[Outcome.JOINED],
            set_aside=done[Outcome.SET_ASIDE],
            left=len(remaining),
            damaged=damaged.total(),
        )

    def waiting(self) -> int:
        """Return how many commands the log lacks. Raises LogAway."""
        return len(self.survey.look()[0])

    def _each(
        self, waiting: Sequence[Waiting], seconds: float | None
    ) -> Iterator[tuple[Waiting, Outcome]]:
        """Yield each row with what became of it, several streams at once."""
        if not waiting:
            return
        until = None if seconds is None else time.monotonic() + seconds
        fullest = Counter(row.segment for row in waiting).most_common(MOST_WARM)
        with segments.warm(segment for segment, _ in fullest):
            work = partial(self._one, until, set[str]())
            yield from hands.many(by_urgency(waiting), work, settings.INTAKE_CONNECTIONS)

    def _one(self, until: float | None, held: set[str], row: Waiting) -> Outcome:
        """Bring one row; what follows in a stream one of whose rows stays is in `held`, and stays too."""
        if until is not None and time.monotonic() > until:
            return Outcome.LEFT
        outcome = Outcome.LEFT if row.header.stream in held else self._brought(row)
        if outcome in HOLDS:
            held.add(row.header.stream)
        return outcome

    def _brought(self, row: Waiting) -> Outcome:
        self.survey.touched(row)
        entry = segments.entry_at(row.segment, row.n, row.seen)
        if entry is None:
            self.survey.doubt(row.segment)
            return Outcome.LEFT
        with the_log():
            outcome = BRING[row.need](entry, tried=self.tries[row.receipt_id])
        if outcome is Outcome.FAILED:
            self.tries[row.receipt_id] += 1
        elif outcome not in STAYS:
            self.tries.pop(row.receipt_id, None)
        return outcome


def _tell(waiting: Iterable[Waiting], damaged: Counter[str]) -> None:
    """Tell the other nodes what this machine's spools still hold."""
    by_node: dict[str, list[Header]] = defaultdict(list)
    for row in waiting:
        by_node[row.segment.node].append(row.header)
    opening = submission.opening()
    nodes = {one.node for one in segments.found(settings.SPOOL_DIRS)}
    for node in nodes | {settings.NODE_NAME}:
        found = by_node[node]
        with the_log():
            spool_reports.report(
                node,
                waiting=len(found),
                opening=sum(one.kind in opening for one in found),
                damaged=damaged[node],
                oldest=min((one.received_at for one in found), default=None),
                streams=[one.stream for one in found],
            )


def by_urgency(waiting: Iterable[Waiting]) -> list[list[Waiting]]:
    """Return streams, the most urgent first; a stream is as urgent as its most urgent command.

    Inside a stream everything keeps the order in which it was received.
    """
    streams: dict[str, list[Waiting]] = defaultdict(list)
    for row in waiting:
        streams[row.header.stream].append(row)
    ordered = [sorted(rows, key=lambda row: row.place) for rows in streams.values()]
    return sorted(
        ordered, key=lambda rows: (min(row.header.priority for row in rows), rows[0].place)
    )


drainer = Drainer()
