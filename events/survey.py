"""What spools hold and the log lacks: an anti-join, done anew each time, that reads each row once."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from typing_extensions import TypeIs

from events import outcomes, segments, store
from events.entry import Header
from events.line import line
from events.newest import Newest, holds, newest
from events.notes import nobodys
from events.segments import Damaged, Row, Segment

BATCH = 500
# Of one command, or of one look at five hundred: an outage is noticed within this.
ASKED_SECONDS = 10.0
GRACE = timedelta(seconds=3)
Mark = tuple[tuple[int, int], ...]


class Need(StrEnum):
    """What the log still lacks of a row."""

    NOTHING = "nothing"
    OFFER = "offer"
    JOIN = "join"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row that the log lacks, without its sealed body: half a million of them fit in memory.

    `seen` is the sum of the bytes that were checked.
    """

    segment: Segment
    n: int
    header: Header
    receipt_id: str
    seen: bytes
    need: Need

    @property
    def place(self) -> tuple[datetime, str, int, int]:
        """Return where it stands among the commands of its stream."""
        return self.header.received_at, self.segment.node, self.segment.number, self.n

    @property
    def key(self) -> tuple[Segment, int]:
        """Return where it lies."""
        return self.segment, self.n


Found: TypeAlias = Row | Waiting | Damaged
_NEVER: tuple[int, Mark | None] = (0, None)


@dataclass(slots=True)
class Survey:
    """Compares what the spools hold with what the log holds, again and again.

    It remembers up to where a segment was read, and what the log lacked of it: only so that the next
    look is short. A new process looks at everything, and so does one whose log has another epoch or
    lacks what was its newest event: it was restored. What was received less than `grace` ago is still in
    the hands of its request, which may be told that the log refuses it.
    """

    grace: timedelta = GRACE
    _read: dict[Segment, tuple[int, Mark | None]] = field(default_factory=dict)
    _ahead: dict[Segment, list[Waiting]] = field(default_factory=dict)
    _waiting: dict[tuple[Segment, int], Waiting] = field(default_factory=dict)
    _touched: set[tuple[Segment, int]] = field(default_factory=set)
    _doubted: set[Segment] = field(default_factory=set)
    _seen: dict[Segment, int] = field(default_factory=dict)
    _epoch: int = 0
    _newest: Newest | None = None

    def look(self) -> tuple[list[Waiting], Counter[str]]:
        """Return what the log lacks, and by node how many rows nobody can read. Raises LogAway.

        The log was the same from the first to the last row.
        """
        with the_log():
            epoch = store.head().epoch
            same = epoch == self._epoch and holds(self._newest)
        if not same:
            self._begin_anew()
        self._epoch, self._newest = epoch, None
        try:
            damaged = self._compared()
            with the_log():
                self._newest = newest()
        except BaseException:
            self._begin_anew()
            raise
        # A long look: what was told to a sender meanwhile was noted after its segment was read.
        told = Settled()
        rows = [row for row in self._waiting.values() if not told.has(row)]
        there = set(segments.found(settings.SPOOL_DIRS))
        # Of a file that was taken away they are what nobody can read, until it is back.
        damaged.update(row.segment.node for row in rows if row.segment not in there)
        return [row for row in rows if row.segment in there], damaged

    def read_ahead(self) -> None:
        """Check what was kept since the last look, up to the first row that nobody can read.

        Done while the log is away: once it is back there is only to ask what it lacks.
        """
        for segment in segments.found(settings.SPOOL_DIRS):
            after, whole_at = self._read.get(segment, _NEVER)
            if whole_at == segments.signature(segment):
                continue
            ahead = self._ahead.setdefault(segment, [])
            with segments.warm([segment]):
                for row in segments.read(segment, after=ahead[-1].n if ahead else after):
                    if not _is_readable(row):
                        break
                    ahead.append(_kept(segment, row))
            if ahead:
                self._seen[segment] = max(self._seen.get(segment, 0), ahead[-1].n)

    def touched(self, row: Waiting) -> None:
        """Take note that a row is offered: whatever came of it, the next look asks the log what it lacks.

        Until then it is not taken for recorded: the log may lose it before it is known to have held it.
        """
        self._touched.add(row.key)

    def doubt(self, segment: Segment) -> None:
        """Take note that bytes which were read are there no more: the next look begins this file anew."""
        self._doubted.add(segment)

    def _begin_anew(self) -> None:
        """Take nothing for accounted for any more: all is read again, and what waits is asked for again."""
        for segment in list(self._read):
            self._reread(segment)
        self._touched |= self._waiting.keys()

    def _reread(self, segment: Segment) -> None:
        self._read.pop(segment, None)
        self._ahead.pop(segment, None)

    def _forget(self, segment: Segment) -> None:
        self._reread(segment)
        for key in [key for key in self._waiting if key[0] == segment]:
            del self._waiting[key]

    def _compared(self) -> Counter[str]:
        found = segments.found(settings.SPOOL_DIRS)
        there = set(found)
        doubted, self._doubted = self._doubted, set()
        for segment in doubted & there:
            self._forget(segment)
        for segment in (self._read.keys() | self._ahead.keys()) - there:
            self._reread(segment)
        # What waits in a file that was taken away may be brought from elsewhere.
        self._touched |= {key for key in self._waiting if key[0] not in there}
        told = Settled()
        self._ask_again()
        damaged: Counter[str] = Counter()
        for segment in found:
            mark = segments.signature(segment)
            if self._read.get(segment, _NEVER)[1] != mark:
                with segments.warm([segment]):
                    damaged[segment.node] += self._look_into(segment, mark, told)
        return damaged

    def _ask_again(self) -> None:
        """Compare anew what was touched: it is there now, or another one put it before a person."""
        for rows in batches([row for key, row in self._waiting.items() if key in self._touched]):
            found = {row.key: row for row in lacking(rows)}
            for row in rows:
                del self._waiting[row.key]
            self._waiting |= found
        self._touched.clear()

    def _look_into(self, segment: Segment, mark: Mark, told: "Settled") -> int:
        """Read on where the last look ended; return how many rows nobody can read."""
        after, _ = self._read.get(segment, _NEVER)
        is_quiet = _has_settled(mark)
        ahead = self._ahead.pop(segment, [])
        start = ahead[-1].n if ahead else after
        if start and not segments.contents(segment, start - 1):
            # It was cut: what is left of it is looked at from its beginning.
            self._forget(segment)
            ahead, after, start = [], 0, 0
        last, count, rest, is_firm = start, 0, 0, True
        for rows in batches(chain(ahead, segments.read(segment, after=start))):
            good = [_kept(segment, row) for row in rows if _is_readable(row)]
            hurt = [row for row in rows if not _is_readable(row)]
            rest += sum(map(_is_rest, hurt))
            count += sum(not _is_rest(row) for row in hurt)
            found = list(lacking(good))
            # Also of those whose sender was told something else: a moment later somebody may hold them.
            flying = {row.n for row in found if self._is_in_flight(row)}
            due = (row for row in found if row.n not in flying and not told.has(row))
            self._waiting |= {row.key: row for row in due}
            for row in rows:
                is_firm = is_firm and _is_readable(row) and row.n not in flying
                after = row.n if is_firm else after
            last = max([last, *(row.n for row in rows if not _is_rest(row))])
        # Rows at the end of which no trace is left are known by having been there.
        lost = max(self._seen.get(segment, 0) - last, 0)
        self._seen[segment] = last + lost
        self._read[segment] = (after, mark if is_firm and is_quiet and not lost else None)
        # What cannot be known from some row on is at least that which was seen there.
        return count + max(lost, rest)

    def _is_in_flight(self, row: Waiting) -> bool:
        age = timezone.now() - row.header.received_at  # noqa: TID251  the age of a row
        return timedelta(0) <= age < self.grace


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

    def has(self, row: Waiting) -> bool:
        """Say whether the sender of this row was told something else."""
        return row.receipt_id in self.of(row.segment.node)


def lacking(rows: Sequence[Waiting]) -> Iterator[Waiting]:
    """Yield those whose receipt the log does not account for, with what it lacks. Raises LogAway."""
    commands = [outcomes.commands_about(row.header.command_id, row.receipt_id) for row in rows]
    with the_log():
        known = store.known([one for three in commands for one in three])
    for row, three in zip(rows, commands, strict=True):
        need = _need(row, three, known)
        if need is not Need.NOTHING:
            yield row if need is row.need else replace(row, need=need)


def _kept(segment: Segment, row: Row | Waiting) -> Waiting:
    if isinstance(row, Waiting):
        return row
    return Waiting(
        segment=segment,
        n=row.n,
        header=row.entry.header,
        receipt_id=row.entry.receipt_id,
        seen=row.seen,
        need=Need.OFFER,
    )


def _is_readable(row: Found) -> TypeIs[Row | Waiting]:
    return not isinstance(row, Damaged)


def _is_rest(row: Found) -> bool:
    return isinstance(row, Damaged) and row.reason == "rest"


def _need(row: Waiting, commands: Sequence[UUID], known: Mapping[UUID, store.Known]) -> Need:
    command, joined, aside = (known.get(one) for one in commands)
    if joined is not None or aside is not None:
        return Need.NOTHING
    if command is None:
        return Need.OFFER
    if command.digest != row.header.digest:
        return Need.CONFLICT
    return Need.NOTHING if command.receipt == row.receipt_id else Need.JOIN


def _has_settled(mark: Mark) -> bool:
    """Say whether a look tells all: `segments.read` knows a hurt log from one being written by then.

    And two changes within one tick of the file system look like one.
    """
    return time.time_ns() - max(changed for changed, _ in mark) > segments.QUIET_SECONDS * 1e9


def is_whole_in_the_log(segment: Segment, before: datetime, told: Settled) -> bool:
    """Say whether every row is older than `before`, readable and accounted for. Raises LogAway."""
    with segments.warm([segment]):
        for rows in batches(segments.read(segment)):
            good = [_kept(segment, row) for row in rows if _is_readable(row)]
            young = any(row.header.received_at >= before for row in good)
            waits = any(not told.has(row) for row in lacking(good))
            if young or len(good) < len(rows) or waits:
                return False
        return True


def batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield rows as lists of at most BATCH."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def the_log() -> AbstractContextManager[Any]:
    """Lend this thread a connection on which nothing waits for ever. Raises LogAway."""
    return line().borrowed(time.monotonic() + ASKED_SECONDS)
