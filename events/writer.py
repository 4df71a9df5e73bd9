"""One directory of a spool, written by one thread of one process: many entries, one fsync.

After any error nothing more is written to a segment, and no fsync is tried twice: what the kernel
could not write it may have forgotten. The directory rests, then a new segment has to prove it.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Self

from django.core.exceptions import ImproperlyConfigured
from typing_extensions import override

from events import clock, entry as entries, receipts
from events.entry import Entry, Header
from events.keys import ended, keyring
from events.open_segment import OpenSegment
from events.receipts import Receipt

MOST_AT_ONCE = 64
REST_SECONDS = 5.0
# Where there is nowhere else to go, a directory is asked again after so long; who asks waits so long.
LEAST_REST_SECONDS = 0.5
INSIST_SECONDS = 0.2
_log = logging.getLogger(__name__)


class DirectoryFailed(Exception):
    """This directory takes nothing at the moment."""


class Task(ABC):
    """Something to be written, in one transaction with others; somebody waits for `done`."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.has_failed = False

    @abstractmethod
    def write(self, segment: OpenSegment) -> None:
        """Add what is to be written to the open transaction."""

    @abstractmethod
    def again(self) -> Self:
        """Return the same task for another directory."""


class Submitted(Task):
    """A new submission: it gets the next receipt of its segment.

    `given_up` are receipts of earlier attempts elsewhere, which nobody will hold.
    """

    def __init__(self, header: Header, header_bytes: bytes, sealed: bytes) -> None:
        super().__init__()
        self._header, self._header_bytes, self._sealed = header, header_bytes, sealed
        self.given_up: list[str] = []
        self._attempt: Entry | None = None

    @property
    def entry(self) -> Entry:
        """Return what was written; the receipt may be handed out once the task is done."""
        if self._attempt is None:
            raise DirectoryFailed
        return self._attempt

    @override
    def write(self, segment: OpenSegment) -> None:
        receipt = Receipt(
            node=segment.segment.node,
            segment=segment.segment.number,
            seq=segment.seq + 1,
            previous=segment.previous,
            command_id=self._header.command_id,
            digest=self._header.digest,
            received_at=self._header.received_at,
            clock_ms=self._header.clock_ms,
            number=self._header.number,
        )
        signed = receipts.signed(receipt, keyring().log_key_id, keyring().log.sign)
        record = entries.pack(self._header_bytes, self._sealed, signed)
        self._attempt = Entry(
            header=self._header,
            header_bytes=self._header_bytes,
            sealed=self._sealed,
            receipt=receipts.as_text(signed),
            receipt_id=receipt.id,
        )
        # Named before it is written: who leaves later notes that nobody holds it; who has left
        # already could not, so it is not written.
        if self.has_failed:
            raise DirectoryFailed
        segment.add(record, self._header.command_id, receipts.link(signed))
        for receipt_id in self.given_up:
            segment.note(receipt_id, "given_up")
        _tell_of_an_ended_key()

    @override
    def again(self) -> Self:
        other = type(self)(self._header, self._header_bytes, self._sealed)
        # Whether that row is on its disk, nobody knows.
        tried = [self._attempt.receipt_id] if self._attempt else []
        other.given_up = [*self.given_up, *tried]
        return other


def _tell_of_an_ended_key() -> None:
    # Receiving goes on, also where the lives of the keys cannot be read.
    with suppress(ImproperlyConfigured, OSError, ValueError):
        if (name := ended(clock.now())) is not None:
            _tell_once(name)


@cache
def _tell_once(name: str) -> None:
    _log.error(
        "signing key %s has ended, receipts that it signs are not valid:"
        " copy the new one to this machine, and restart",
        name,
    )


class Kept(Task):
    """An entry with a receipt that was given elsewhere."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self._entry = entry

    @override
    def write(self, segment: OpenSegment) -> None:
        entry = self._entry
        record = entries.pack(entry.header_bytes, entry.sealed, entry.receipt)
        segment.add(record, entry.header.command_id, None)

    @override
    def again(self) -> Self:
        return type(self)(self._entry)


class Note(Task):
    """That nobody holds a receipt, and what its sender was told instead."""

    def __init__(self, receipt_id: str, outcome: str) -> None:
        super().__init__()
        self._receipt_id, self._outcome = receipt_id, outcome

    @override
    def write(self, segment: OpenSegment) -> None:
        segment.note(self._receipt_id, self._outcome)

    @override
    def again(self) -> Self:
        return type(self)(self._receipt_id, self._outcome)


class Writer:
    """Writes tasks to the segments that `make` makes; its thread starts with the first task."""

    def __init__(self, name: str, make: Callable[[], OpenSegment]) -> None:
        self._name = name
        self._make = make
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._running: Sequence[Task] = ()
        self._failed = False
        self._is_wanted = False
        self._thread: threading.Thread | None = None

    @property
    def has_failed(self) -> bool:
        """Return whether the directory rests after a failure."""
        return self._failed

    def write(self, task: Task, seconds: float, *, insist: bool = False) -> None:
        """Return once `task` is on the disk. Raises DirectoryFailed.

        A disk that does not answer within `seconds` is given up for everybody who waits. Whoever
        has nowhere else to go may `insist`: then the rest of a directory is cut short.
        """
        with self._changed:
            if self._failed and insist:
                self._is_wanted = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._failed, min(seconds, INSIST_SECONDS))
            if self._failed:
                raise DirectoryFailed
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._waiting.append(task)
            self._changed.notify_all()
        if not task.done.wait(seconds):
            self._give_up("no answer", unless=task.done)
        if task.has_failed:
            raise DirectoryFailed

    def _run(self) -> None:
        while True:
            segment = None
            try:
                segment = self._make()
                self._open()
                self._serve(segment)
                segment.finish()
            except Exception as failure:  # noqa: BLE001
                self._give_up(f"{type(failure).__name__}: {failure}")
                if segment is not None:
                    segment.abandon()
                self._rest()

    def _rest(self) -> None:
        least = min(LEAST_REST_SECONDS, REST_SECONDS)
        time.sleep(least)
        with self._changed:
            self._changed.wait_for(lambda: self._is_wanted, REST_SECONDS - least)
            self._is_wanted = False

    def _open(self) -> None:
        with self._changed:
            if self._failed:
                _log.warning("spool %s: in use again", self._name)
            self._failed = False
            self._changed.notify_all()

    def _serve(self, segment: OpenSegment) -> None:
        """Write what comes until the segment must end."""
        while True:
            self._until_somebody_waits()
            # Outside the lock, as is all that asks the disk.
            if segment.must_end:
                return
            with self._changed:
                many = min(len(self._waiting), MOST_AT_ONCE)
                batch = self._running = [self._waiting.popleft() for _ in range(many)]
            self._commit(segment, batch)
            with self._changed:
                self._running = ()
                self._must_be_in_use()
                for task in batch:
                    task.done.set()

    def _until_somebody_waits(self) -> None:
        with self._changed:
            while not self._waiting and not self._failed:
                self._changed.wait()
            self._must_be_in_use()

    def _must_be_in_use(self) -> None:
        # While the disk kept us waiting, everybody may have gone elsewhere.
        if self._failed:
            raise DirectoryFailed

    def _commit(self, segment: OpenSegment, batch: Sequence[Task]) -> None:
        segment.begin()
        for task in batch:
            task.write(segment)
        with self._changed:
            # Nobody waits any more for a batch that was given up: it went elsewhere.
            self._must_be_in_use()
        segment.commit()

    def _give_up(self, reason: str, unless: threading.Event | None = None) -> None:
        """Send everybody who waits elsewhere, and whoever comes while the directory rests."""
        with self._changed:
            if unless is not None and unless.is_set():
                return
            if not self._failed:
                _log.error("spool %s: given up (%s)", self._name, reason)
            self._failed = True
            for task in [*self._running, *self._waiting]:
                if not task.done.is_set():
                    task.has_failed = True
                    task.done.set()
            self._running = ()
            self._waiting.clear()
            self._changed.notify_all()
