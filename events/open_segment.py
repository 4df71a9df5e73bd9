"""The segment that a writer is writing: made whole, appended to, and left."""

import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path
from uuid import UUID

from events import entry as entries, receipts, salvage, segments
from events.disks import sync_folder
from events.segments import Segment

LARGEST = 32 * 1024 * 1024
OLDEST_SECONDS = 24 * 3600.0


class OpenSegment:
    """One segment from its making on; every error is the caller's sign to leave it for ever.

    Its rows stay in the write-ahead log until `finish`: a checkpoint in between would fsync the
    file, and SQLite hides that one's errors.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.seq = 0
        self.previous = receipts.NONE_BEFORE
        self._n = 0
        self._bytes = 0
        self._notes = 0
        self._until = time.monotonic() + OLDEST_SECONDS
        self._connection = _connect(str(segment.path))
        # Holds SQLite's shared lock: the writer's connection is never the last, whose end would
        # checkpoint, unless the segment is finished on purpose.
        self._guard = _connect(f"{segment.path.absolute().as_uri()}?mode=ro", uri=True)
        self._inode = segment.path.stat().st_ino
        for setting in ("synchronous = FULL", "wal_autocheckpoint = 0", "user_version = 1"):
            # The last is a commit: it proves the disk before anybody relies on it.
            self._connection.execute(f"PRAGMA {setting}")
        self._guard.execute("SELECT count(*) FROM entry").fetchone()
        sync_folder(segment.path.parent)

    @property
    def must_end(self) -> bool:
        """Return whether the segment is large or old enough, or its name no longer leads to it."""
        return self._bytes >= LARGEST or time.monotonic() >= self._until or self._is_gone

    @property
    def _is_gone(self) -> bool:
        return segments.inode(self.segment.path) != self._inode

    @property
    def _is_empty(self) -> bool:
        return not self._n and not self._notes

    def begin(self) -> None:
        """Begin the transaction that `commit` ends."""
        self._connection.execute("BEGIN IMMEDIATE")

    def add(self, record: bytes, command_id: UUID, link: bytes | None) -> None:
        """Add an entry; `link` is its receipt's where it is the next of this segment's chain."""
        self._n += 1
        self._bytes += len(record)
        if link is not None:
            self.seq += 1
            self.previous = link
        self._connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?)",
            [self._n, record, entries.mark_of(self._n, record)],
        )
        self._connection.execute(
            "INSERT INTO contents VALUES (?, ?, ?)",
            [self._n, command_id.bytes, self.seq if link is not None else None],
        )

    def note(self, receipt_id: str, outcome: str) -> None:
        """Add that nobody holds a receipt, and what was told instead."""
        self._notes += 1
        self._connection.execute(
            "INSERT INTO note VALUES (?, ?, ?)", [self._notes, receipt_id, outcome]
        )

    def commit(self) -> None:
        """Return when all that was added is on the disk."""
        self._connection.execute("COMMIT")
        if self._is_gone:
            raise OSError(f"{self.segment.path.name} was taken away")

    def finish(self) -> None:
        """Move the rows from the write-ahead log into the file, aside; on failure they stay.

        One that never held anything is removed.
        """
        threading.Thread(target=self._finish, name="spool end", daemon=True).start()

    def abandon(self) -> None:
        """Leave the segment without another fsync; one that never held anything is removed."""
        threading.Thread(target=self._abandon, name="spool end", daemon=True).start()

    def _finish(self) -> None:
        if self._is_gone or self._is_empty:
            # SQLite would remove, by its name, the log of whatever has taken the place.
            self._abandon()
            return
        try:
            # The end of the last connection does it too, and a drain that looks has one.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, OSError):
            self._abandon()
            return
        with contextlib.suppress(sqlite3.Error, OSError):
            self._guard.close()
            self._connection.close()

    def _abandon(self) -> None:
        with contextlib.suppress(sqlite3.Error, OSError):
            self._connection.close()
            self._guard.close()
            if self._is_empty and not self._is_gone:
                segments.unlink(self.segment)


def make(place: Path, number: int, step: int) -> OpenSegment:
    """Make an empty segment in a node's folder and open it; nobody sees it before it is whole.

    Of the numbers `number`, `number + step`, … it takes the first that is free. Raises OSError and
    sqlite3.Error.
    """
    making = place / f".{number:08}.{os.getpid()}.{threading.get_ident()}"
    making.unlink(missing_ok=True)
    try:
        os.close(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _make_tables(making)
        while True:
            segment = Segment(place.name, number, place / f"{number:08}.db")
            try:
                os.link(making, segment.path)
                break
            except FileExistsError:
                number += step
    finally:
        making.unlink(missing_ok=True)
    try:
        return OpenSegment(segment)
    except (OSError, sqlite3.Error):
        # It proved nothing and holds nothing: left behind, it would pass for one whose log is lost.
        with contextlib.suppress(OSError):
            segments.unlink(segment)
        raise


def _make_tables(path: Path) -> None:
    connection = _connect(str(path))
    try:
        connection.execute(f"PRAGMA page_size = {salvage.PAGE}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(segments.SCHEMA)
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    # The thread that writes and the one that closes are two, one after the other.
    return sqlite3.connect(name, uri=uri, isolation_level=None, timeout=1, check_same_thread=False)
