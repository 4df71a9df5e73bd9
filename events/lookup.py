"""Which commands lie in one directory of a spool, remembered by their first eight bytes.

Segments only grow: each is read on from where the last look ended, and only if its files changed.
"""

import threading
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from events import segments
from events.entry import Entry, Header
from events.segments import Segment

T = TypeVar("T")
# A file system tells changes apart by a clock that ticks every few milliseconds.
_TICK_NS = 50_000_000
_PREFIX = 8
_STRETCH = 256


@dataclass(slots=True)
class _Known:
    """What one segment was seen to hold: numbers by the start of their command's identifier."""

    signature: tuple[tuple[int, int], ...] = ()
    last: tuple[int, bytes] = (0, b"")
    numbers: dict[bytes, list[int]] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)


class Lookup:
    """Finds entries of one node in one directory; a directory that does not answer has none."""

    def __init__(self, folder: Path, node: str) -> None:
        self._folder, self._node = folder, node
        self._known: dict[Segment, _Known] = {}
        self._lock = threading.Lock()
        self._hangs = False

    def entries(self, command_id: UUID, seconds: float) -> list[Entry]:
        """Return the entries of one command, oldest first; none after `seconds`."""
        return self.answered(command_id, seconds) or []

    def answered(self, command_id: UUID, seconds: float) -> list[Entry] | None:
        """Return the same, None where the directory did not answer or can't be listed."""
        nothing: list[Entry] | None = None
        return self._within(seconds, lambda: self._listed_entries(command_id), nothing)

    def notes(self, seconds: float) -> list[dict[str, str]]:
        """Return the notes of each segment: by receipt id, what its sender was told instead."""
        return self._within(seconds, self._notes, [])

    def took(
        self, stream: str, kinds: Container[str], lately: float, seconds: float
    ) -> bool | None:
        """Say whether a command of these kinds for a stream was kept within `lately` seconds.

        None where the directory does not answer within `seconds`.
        """
        since = datetime.now(UTC) - timedelta(seconds=lately)  # noqa: TID251  the age of a file
        return self._within(seconds, lambda: self._took(stream, kinds, since), None)

    def _listed_entries(self, command_id: UUID) -> list[Entry] | None:
        found = self._entries(command_id)
        return found if found or _can_be_listed(self._folder / self._node) else None

    def _entries(self, command_id: UUID) -> list[Entry]:
        start = command_id.bytes[:_PREFIX]
        found = []
        for segment in self._look():
            for n in self._known[segment].numbers.get(start, ()):
                entry = segments.entry_at(segment, n)
                if entry is not None and entry.header.command_id == command_id:
                    found.append(entry)
        return found

    def _notes(self) -> list[dict[str, str]]:
        return [dict(self._known[segment].settled) for segment in self._look()]

    def _took(self, stream: str, kinds: Container[str], since: datetime) -> bool:
        return any(
            header.stream == stream and header.kind in kinds
            for segment in segments.found([self._folder], self._node)
            if max(changed for changed, _ in segments.signature(segment)) > since.timestamp() * 1e9
            for header in _kept_since(segment, since)
        )

    def _look(self) -> list[Segment]:
        there = segments.found([self._folder], self._node)
        self._known = {segment: self._known.get(segment) or _Known() for segment in there}
        for segment, known in self._known.items():
            signature = segments.signature(segment)
            if signature != known.signature:
                _read_on(segment, known)
                # A later change within the same tick would look like no change.
                newest = max(changed for changed, _ in signature)
                known.signature = signature if time.time_ns() - newest > _TICK_NS else ()
        return there

    def _within(self, seconds: float, ask: Callable[[], T], nothing: T) -> T:
        """Return what `ask` says, or `nothing` when the disk keeps us waiting."""
        answers: list[T] = []

        def asking() -> None:
            with self._lock:
                answers.append(ask())
            self._hangs = False

        if self._hangs and self._lock.locked():
            return nothing
        thread = threading.Thread(target=asking, name="spool lookup", daemon=True)
        thread.start()
        thread.join(seconds)
        self._hangs = not answers
        return answers[0] if answers else nothing


def _kept_since(segment: Segment, since: datetime) -> Iterator[Header]:
    """Yield the headers of what was received since an instant, a stretch at a time from the end."""
    end = max((n for n, _ in segments.contents(segment)), default=0)
    while end > 0:
        start = max(end - _STRETCH, 0)
        rows = [row for row in segments.read(segment, start) if isinstance(row, segments.Row)]
        headers = [row.entry.header for row in rows if row.n <= end]
        yield from headers
        if any(header.received_at < since for header in headers):
            return
        end = start


def _can_be_listed(place: Path) -> bool:
    """Return whether what lies there can be known; a node that never wrote there has no folder."""
    try:
        next(place.iterdir(), None)
    except FileNotFoundError:
        return place.parent.is_dir()
    except OSError:
        return False
    return True


def _read_on(segment: Segment, known: _Known) -> None:
    last, command = known.last
    rows = segments.contents(segment, max(last - 1, 0))
    if last and rows[:1] != [(last, command)]:
        # Another file of the same name.
        known.numbers, known.settled = {}, {}
        rows = segments.contents(segment)
    for n, name in rows if rows[:1] != [known.last] else rows[1:]:
        known.numbers.setdefault(name[:_PREFIX], []).append(n)
    known.last = rows[-1] if rows else (0, b"")
    known.settled.update(segments.settled(segment))
