"""The node's spool: what was received stands on a disk before anybody is told so.

Two directories, the second for when the first fails. Each process writes segments of its own and
reads those of all.
"""

import contextlib
import os
import weakref
from collections.abc import Container, Sequence
from concurrent.futures import Future, as_completed
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import TypeVar
from uuid import UUID

from django.conf import settings

from events import (
    clock,
    disks,
    entry as entries,
    open_segment,
    receipts,
    sealing,
    segment_heads,
    segments,
)
from events.entry import Entry, Header
from events.errors import SpoolFull
from events.keys import published
from events.lookup import Lookup
from events.notes import nobodys
from events.open_segment import OpenSegment
from events.receipts import parse_id
from events.writer import DirectoryFailed, Kept, Note, Submitted, Task, Writer

__all__ = ["Entry", "Header", "Spool", "SpoolFull", "spool"]

DEADLINE_SECONDS = 2.0
PATIENCE_SECONDS = 0.5
LATELY_SECONDS = 15.0
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_T = TypeVar("_T", bound=Task)


class Spool:
    """One node's spool as one process uses it; threads start with the first entry.

    `on_any` allows folders that do not survive a power cut.
    """

    def __init__(self, node: str, dirs: Sequence[Path], *, on_any: bool = False) -> None:
        self.node = node
        self.dirs = tuple(dirs)
        self._on_any = on_any
        self.start_anew()
        _all.add(self)

    def start_anew(self) -> None:
        """Forget threads and segments: those of a parent process stay the parent's."""
        self._writers = [
            Writer(folder.name, partial(self._new_segment, folder)) for folder in self.dirs
        ]
        self._lookups = [Lookup(folder, self.node) for folder in self.dirs]
        self._probes: dict[Path, Future[bool]] = {}
        self._probing = Lock()

    def put(self, header: Header, body: bytes, *, deadline: float = DEADLINE_SECONDS) -> Entry:
        """Seal and keep a submission; return it with its receipt once it is on a disk.

        Each directory is waited for `deadline` seconds at most. Raises SpoolFull.
        """
        header_bytes = header.encoded()
        sealed = sealing.seal(header_bytes, body)
        return self._written(Submitted(header, header_bytes, sealed), deadline).entry

    def keep(self, entry: Entry, *, deadline: float = DEADLINE_SECONDS) -> None:
        """Keep, once, an entry of another node or one that its holder handed back.

        Raises ReceiptInvalid where its receipt is none of ours, EntryDamaged where it is not this
        entry's, SpoolFull.
        """
        receipts.check_signature(receipts.as_bytes(entry.receipt), published())
        genuine = entries.unpack(entries.pack(entry.header_bytes, entry.sealed, entry.receipt))
        if genuine not in self._entries(genuine.header.command_id, deadline):
            self._written(Kept(genuine), deadline)

    def settle(self, receipt_id: str, outcome: str, *, deadline: float = DEADLINE_SECONDS) -> bool:
        """Note that the sender was told `outcome` instead: nobody holds this receipt, or HELD.

        Best effort: without the note, the submission is offered to the log again. Return whether it
        was noted.
        """
        try:
            self._written(Note(receipt_id, outcome), deadline)
        except SpoolFull:
            return False
        return True

    def find(self, command_id: UUID, *, deadline: float = DEADLINE_SECONDS) -> list[Entry]:
        """Return this node's entries of a command, all processes', oldest first.

        Those whose receipt nobody holds are left out, as is a directory that does not answer.
        """
        found = self._entries(command_id, deadline)
        if not found:
            return []
        gone = nobodys(note for one in self._lookups for note in one.notes(deadline))
        held = [entry for entry in found if entry.receipt_id not in gone]
        return sorted(held, key=lambda entry: entry.header.received_at)

    def find_receipt(self, receipt_id: str) -> Entry | None:
        """Return the entry that a receipt acknowledged, settled or not; None where it is not here."""
        try:
            *_, command_id = parse_id(receipt_id)
        except ValueError:
            return None
        found = self._entries(command_id, DEADLINE_SECONDS)
        return next((entry for entry in found if entry.receipt_id == receipt_id), None)

    def knows(self, receipt_id: str) -> bool:
        """Return whether every directory answers when it is asked for a receipt's command."""
        *_, command_id = parse_id(receipt_id)
        return all(
            lookup.answered(command_id, DEADLINE_SECONDS) is not None for lookup in self._lookups
        )

    def took_lately(self, stream: str, kinds: Container[str], *, deadline: float) -> bool:
        """Return whether a command of these kinds for a stream was kept within LATELY_SECONDS.

        By any process of this node. What is older, and not in the log yet, the drain has reported.
        True also where a directory does not answer within `deadline`: it may lie there.
        """
        return any(
            one.took(stream, kinds, LATELY_SECONDS, deadline) is not False for one in self._lookups
        )

    def writes(self, patience: float = PATIENCE_SECONDS) -> bool:
        """Return whether one of the directories keeps a few bytes now, asked with patience."""
        probes = [self._probe(folder) for folder in self.dirs]
        with contextlib.suppress(TimeoutError):
            return any(probe.result() for probe in as_completed(set(probes), patience))
        return False

    def _probe(self, folder: Path) -> "Future[bool]":
        """Return the probe of a directory that is under way, or a new one.

        A disk that hangs holds one thread, and nobody else, however often it is asked for.
        """
        with self._probing:
            probe = self._probes.get(folder)
            if probe is None or probe.done():
                probe = self._probes[folder] = Future()
                Thread(target=_keeps, args=(folder, probe), daemon=True).start()
            return probe

    def heads(self) -> list[tuple[int, int, str]]:
        """Return (segment, seq, hash) of the last receipt of each of this node's segments."""
        return [
            (head.segment, head.seq, head.hash)
            for head in segment_heads.heads(self.dirs, self.node)
        ]

    def _entries(self, command_id: UUID, deadline: float) -> list[Entry]:
        return [
            entry for lookup in self._lookups for entry in lookup.entries(command_id, deadline)
        ]

    def _written(self, task: _T, deadline: float) -> _T:
        """Write to the first directory that takes it; to one that rests, where all others fail."""
        resting = [writer for writer in self._writers if writer.has_failed]
        ready = [writer for writer in self._writers if writer not in resting]
        for writer in [*ready, *resting]:
            try:
                writer.write(task, deadline, insist=writer in resting)
            except DirectoryFailed:
                task = task.again()
            else:
                return task
        raise SpoolFull

    def _new_segment(self, folder: Path) -> OpenSegment:
        """Make a segment; its number tells directories and, by the minute, times apart."""
        place = folder / self.node
        disks.make_folder(place)
        if not self._on_any:
            disks.must_be_a_disk(place)
        last = max((segment.number for segment in segments.found([folder], self.node)), default=0)
        minutes = (clock.now() - _BEGINNING) // timedelta(minutes=1)
        many, kind = len(self.dirs), sorted(self.dirs).index(folder)
        first = max(last + 1, minutes)
        return open_segment.make(place, first + (kind - first) % many, many)


def _keeps(folder: Path, told: "Future[bool]") -> None:
    kept = False
    try:
        kept = disks.keeps(folder)
    finally:
        told.set_result(kept)


_all: "weakref.WeakSet[Spool]" = weakref.WeakSet()
_made: dict[tuple[str, tuple[Path, ...], bool], Spool] = {}


def spool() -> Spool:
    """Return this process's spool, from NODE_NAME, SPOOL_DIRS and SPOOL_ON_ANY."""
    wanted = (settings.NODE_NAME, tuple(settings.SPOOL_DIRS), settings.SPOOL_ON_ANY)
    if wanted not in _made:
        node, dirs, on_any = wanted
        # Two threads at once may both make one: the first stays.
        _made.setdefault(wanted, Spool(node, dirs, on_any=on_any))
    return _made[wanted]


def _after_a_fork() -> None:
    for known in list(_all):
        known.start_anew()


os.register_at_fork(after_in_child=_after_a_fork)
