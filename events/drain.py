"""Bring what spools hold into the log: exactly once, the clinically urgent first.

Nothing says of a row that it is drained: each time, what the spools hold is compared with what the log
holds. So a log restored to an earlier point gets back what it lost, and two drainers at once, or one
that is killed at any line, do no harm: every outcome is a command of the log, known by its identifier.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from events import hands, outcomes, segments, spool_reports, store, submission
from events.entry import Header
from events.line import line
from events.newest import Newest, holds, newest
from events.notes import nobodys
from events.outcomes import Outcome
from events.receipts import parse_id
from events.segments import Damaged, Row, Segment

log = logging.getLogger(__name__)

BATCH = 500
# Of one command, or of one look at five hundred: an outage is noticed within this.
ASKED_SECONDS = 10.0
# Well within what a request takes for old: intake.REPORT_IS_OLD.
REPORT_SECONDS = 5.0
GRACE = timedelta(seconds=3)
Mark = tuple[tuple[int, int], ...]
Found = Row | Damaged
Report = Callable[[int, int], None]


class Need(StrEnum):
    """What the log still lacks of a row."""

    NOTHING = "nothing"
    OFFER = "offer"
    JOIN = "join"
    CONFLICT = "conflict"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row that the log lacks, without its sealed body: half a million of them fit in memory."""

    segment: Segment
    n: int
    header: Header
    receipt_id: str
    need: Need

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Return where it stands among the commands of its stream."""
        return self.header.received_at, self.segment.node, self.segment.number, self.n


@dataclass(slots=True)
class Drainer:
    """Goes through the spools that this machine can read, again and again.

    It remembers up to where a segment was found complete in the log as it was then: only so that the
    next look is short. A new process looks at everything, and so does one whose log has another epoch or
    lacks what was its newest event: it was restored. What was received less than `grace` ago is still in
    the hands of its request, which may be told that the log refuses it.
    """

    grace: timedelta = GRACE
    complete: dict[Segment, tuple[int, Mark | None]] = field(default_factory=dict)
    epoch: int = 0
    newest: Newest | None = None
    seen: dict[Segment, int] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)

    def once(self, *, seconds: float | None = None, report: Report = lambda *_: None) -> Counts:
        """Offer everything that the log lacks, for at most so many seconds.

        `report(done, total)` is called after each row. Raises LogAway where the log can't be asked, LogHalted.
        """
        until = None if seconds is None else time.monotonic() + seconds
        waiting, damaged = self._look()
        # Said before the long part too: who asks meanwhile must not be told that nothing waits.
        self._report(waiting, damaged)
        done: Counter[Outcome] = Counter()
        remaining = {(row.segment, row.n): row for row in waiting}
        told = time.monotonic()
        crew, held = settings.INTAKE_CONNECTIONS, set[str]()
        offered = hands.many(by_urgency(waiting), partial(self._one, until, held), crew)
        for count, (row, outcome) in enumerate(offered if waiting else (), 1):
            done[outcome] += 1
            if outcome not in STAYS:
                del remaining[row.segment, row.n]
            if time.monotonic() - told > REPORT_SECONDS:
                self._report(remaining.values(), damaged)
                told = time.monotonic()
            report(count, len(waiting))
        self._report(remaining.values(), damaged)
        return Counts(
            drained=done[Outcome.RECORDED],
            joined=done[Outcome.JOINED],
            set_aside=done[Outcome.SET_ASIDE],
            left=len(remaining),
            damaged=damaged.total(),
        )

    def waiting(self) -> int:
        """Return how many commands the log lacks. Raises LogAway."""
        return len(self._look()[0])

    def _look(self) -> tuple[list[Waiting], Counter[str]]:
        """Return what `_survey` does, of a log that was the same from the first to the last row."""
        with _the_log():
            epoch = store.head().epoch
            same = epoch == self.epoch and holds(self.newest)
        if not same:
            self.complete.clear()
        self.epoch, self.newest = epoch, None
        try:
            found = self._survey()
            with _the_log():
                self.newest = newest()
        except BaseException:
            self.complete.clear()
            raise
        return found

    def _survey(self) -> tuple[list[Waiting], Counter[str]]:
        """Return what the log lacks, and by node how many rows nobody can read."""
        waiting: list[Waiting] = []
        damaged: Counter[str] = Counter()
        told = Settled()
        for segment in segments.found(settings.SPOOL_DIRS):
            mark = segments.signature(segment)
            after, complete_at = self.complete.get(segment, (0, None))
            if complete_at == mark:
                continue
            is_quiet = _has_settled(mark)
            if after and not segments.contents(segment, after - 1):
                # It was cut: what is left of it is looked at from its beginning.
                after = 0
            whole, last = True, after
            for rows in _batches(segments.read(segment, after=after)):
                readable = [row for row in rows if isinstance(row, Row)]
                damaged[segment.node] += len(rows) - len(readable)
                lacking = list(_lacking(segment, readable, told))
                waiting += [one for one in lacking if not self._is_in_flight(one)]
                whole = whole and not lacking and len(readable) == len(rows)
                after, last = readable[-1].n if whole else after, rows[-1].n
            # Rows at the end of which no trace is left are known by having been there.
            lost = max(self.seen.get(segment, 0) - last, 0)
            damaged[segment.node] += lost
            self.seen[segment] = last + lost
            self.complete[segment] = (after, mark if whole and is_quiet and not lost else None)
        # A long look: what was told to a sender meanwhile was noted after its segment was read.
        told = Settled()
        held = [row for row in waiting if row.receipt_id not in told.of(row.segment.node)]
        return held, damaged

    def _is_in_flight(self, row: Waiting) -> bool:
        age = timezone.now() - row.header.received_at  # noqa: TID251  the age of a row
        return timedelta(0) <= age < self.grace

    def _one(self, until: float | None, held: set[str], row: Waiting) -> Outcome:
        """Bring one row; what follows in a stream one of whose rows stays is in `held`, and stays too."""
        if (until is not None and time.monotonic() > until) or row.header.stream in held:
            return Outcome.LEFT
        entry = segments.entry_at(row.segment, row.n)
        if entry is None:
            return Outcome.LEFT
        with _the_log():
            outcome = BRING[row.need](entry, tried=self.tries[row.receipt_id])
        self.tries[row.receipt_id] += outcome is Outcome.FAILED
        if outcome in HOLDS:
            held.add(row.header.stream)
        return outcome

    def _report(self, waiting: Iterable[Waiting], damaged: Counter[str]) -> None:
        """Tell the other nodes what this machine's spools still hold."""
        by_node: dict[str, list[Header]] = defaultdict(list)
        for row in waiting:
            by_node[row.segment.node].append(row.header)
        opening = submission.opening()
        nodes = {one.node for one in segments.found(settings.SPOOL_DIRS)}
        for node in nodes | {settings.NODE_NAME}:
            found = by_node[node]
            with _the_log():
                spool_reports.report(
                    node,
                    waiting=len(found),
                    opening=sum(one.kind in opening for one in found),
                    damaged=damaged[node],
                    oldest=min((one.received_at for one in found), default=None),
                )


def _has_settled(mark: Mark) -> bool:
    """Say whether a look tells all: `segments.read` knows a hurt log from one being written by then.

    And two changes within one tick of the file system look like one.
    """
    return time.time_ns() - max(changed for changed, _ in mark) > segments.QUIET_SECONDS * 1e9


class Settled:
    """The receipts of each node that nobody holds; a note may lie in a newer segment."""

    def __init__(self) -> None:
        self._told: dict[str, set[str]] = {}

    def of(self, node: str) -> set[str]:
        """Return the ids of a node's receipts for which the sender was told something else."""
        if node not in self._told:
            own = segments.found(settings.SPOOL_DIRS, node)
            self._told[node] = nobodys(segments.settled(one) for one in own)
        return self._told[node]


def _lacking(segment: Segment, rows: Sequence[Row], told: Settled) -> Iterator[Waiting]:
    """Yield the rows whose receipt the log does not account for."""
    with _the_log():
        known = store.known([one for row in rows for one in outcomes.commands_of(row.entry)])
    for row in rows:
        need = _need(row, known)
        if need is not Need.NOTHING and row.entry.receipt_id not in told.of(segment.node):
            yield Waiting(
                segment=segment,
                n=row.n,
                header=row.entry.header,
                receipt_id=row.entry.receipt_id,
                need=need,
            )


def _need(row: Row, known: Mapping[UUID, store.Known]) -> Need:
    entry = row.entry
    command, joined, aside = (known.get(one) for one in outcomes.commands_of(entry))
    if joined is not None or aside is not None:
        return Need.NOTHING
    if command is None:
        return Need.OFFER
    if command.digest != entry.header.digest:
        return Need.CONFLICT
    return Need.NOTHING if command.receipt == entry.receipt_id else Need.JOIN


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


def retire(now: datetime) -> int:
    """Unlink the segments that are older than SPOOL_DAYS and whole in the log; return how many.

    Raises LogAway.
    """
    return sum(retiring(now))


def retiring(now: datetime) -> Iterator[int]:
    """Look at one old segment after the other, oldest first; yield how many went. Raises LogAway.

    Each goes as soon as it was looked at: whatever ends this has freed what came before.
    """
    there = segments.found(settings.SPOOL_DIRS)
    old = Old(now - timedelta(days=settings.SPOOL_DAYS), there)
    for segment in there:
        if old.is_unchanged(segment):
            yield sum(1 for _ in takewhile(old.unlink, old.going_with(segment)))


class Old:
    """Of the segments that are `there`: those unchanged since `before`, with nothing left to do."""

    def __init__(self, before: datetime, there: Iterable[Segment]) -> None:
        self._before = before
        self._told = Settled()
        self._marks: dict[Segment, Mark | None] = {}
        self._named: dict[tuple[str, int], list[Segment]] = defaultdict(list)
        for segment in there:
            self._named[segment.node, segment.number].append(segment)

    def is_unchanged(self, segment: Segment) -> bool:
        """Say whether its files are old: a row, or a note on a younger one, may be written now."""
        newest = max(changed for changed, _ in segments.signature(segment))
        return 0 < newest < self._before.timestamp() * 1e9

    def going_with(self, segment: Segment) -> list[Segment]:
        """Return it behind those that its notes are about, none where one of these must stay.

        Without its note, what was refused to its sender's face would be offered to the log again.
        """
        going: list[Segment] = []
        todo = [segment]
        while todo:
            one = todo.pop()
            if one in going or segments.inode(one.path) is None:
                continue
            if not self._may_go(one):
                return []
            going.append(one)
            for receipt in segments.settled(one):
                # What hurt pages give back need not be the id of a receipt.
                with suppress(ValueError):
                    todo += self._named[parse_id(receipt)[:2]]
        return going[::-1]

    def unlink(self, segment: Segment) -> bool:
        """Remove a segment unless it changed since it was looked at; say whether it is gone."""
        if segments.signature(segment) != self._marks[segment]:
            return False
        try:
            segments.retire(segment)
        except OSError as failure:
            log.error("an old segment can't be removed: %s", type(failure).__name__)  # noqa: TRY400
            return False
        return True

    def _may_go(self, segment: Segment) -> bool:
        if segment not in self._marks:
            mark = segments.signature(segment)
            over = self.is_unchanged(segment) and _is_over(segment, self._before, self._told)
            self._marks[segment] = mark if over else None
        return self._marks[segment] is not None


def _is_over(segment: Segment, before: datetime, told: Settled) -> bool:
    """Say whether every row is older, readable and accounted for."""
    for rows in _batches(segments.read(segment)):
        readable = [row for row in rows if isinstance(row, Row)]
        young = any(row.entry.header.received_at >= before for row in readable)
        if young or len(readable) < len(rows) or any(_lacking(segment, readable, told)):
            return False
    return True


def _batches(rows: Iterable[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _the_log() -> AbstractContextManager[Any]:
    """Lend this thread a connection on which nothing waits for ever. Raises LogAway."""
    return line().borrowed(time.monotonic() + ASKED_SECONDS)


drainer = Drainer()
