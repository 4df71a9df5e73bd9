"""The files of a spool: `<directory>/<node>/<8-digit number>.db`, each written by one process only.

SQLite in WAL mode. `entry` holds the entries under consecutive numbers from 1, `contents` the
command of each and the place of its receipt in the segment's chain (none where it was kept for
another node), `note` what was told otherwise. Rows are only ever added; a whole segment is retired
by unlinking its files.
"""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from events import entry as entries, receipts, salvage
from events.disks import sync_folder
from events.entry import Entry, EntryDamaged
from events.keys import published_before
from events.notes import HELD

SCHEMA = """
    BEGIN;
    CREATE TABLE entry (n INTEGER PRIMARY KEY, record BLOB NOT NULL, mark BLOB NOT NULL);
    CREATE TABLE contents (n INTEGER PRIMARY KEY, command BLOB NOT NULL, seq INTEGER);
    CREATE TABLE note (n INTEGER PRIMARY KEY, receipt TEXT NOT NULL, outcome TEXT NOT NULL);
    COMMIT;
"""
# The file itself and its three empty tables.
EMPTY_PAGES = 4
LEAST_RECORD = 250
QUIET_SECONDS = 10.0
_NAME = re.compile(r"(\d{8})\.db")
_PAGE_ROWS = 64
# A hurt file's own words, in SQLite's complaint about it, need not be text.
UNREADABLE = (sqlite3.Error, OSError, UnicodeDecodeError)
# As SQLite begins it on a little-endian machine; the last bit tells the other kind.
_WAL_MAGIC = bytes.fromhex("377f0682")[:3]


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file of a node's spool; numbers grow with time, over all directories of the node."""

    node: str
    number: int
    path: Path

    @property
    def wal(self) -> Path:
        """Return the path of its write-ahead log."""
        return self.path.with_name(self.path.name + "-wal")

    @property
    def shared(self) -> Path:
        """Return the path of the index of its write-ahead log."""
        return self.path.with_name(self.path.name + "-shm")

    def issued(self, entry: Entry) -> bool:
        """Return whether an entry's receipt was given here, not kept for another node."""
        receipt = receipts.decode(entry.receipt)
        return (receipt.node, receipt.segment) == (self.node, self.number)


@dataclass(frozen=True, slots=True)
class Row:
    """The entry under number `n` of its segment, its checksum and receipt checked; `seen` is its sum."""

    n: int
    entry: Entry
    seen: bytes


@dataclass(frozen=True, slots=True)
class Damaged:
    """Number `n` cannot be believed: `reason` is a code, `record` what is left of its bytes.

    Reasons: those of EntryDamaged, `lost` (the number is missing), `rest` (what comes from `n` on
    cannot be known).
    """

    n: int
    reason: str
    record: bytes = b""


def found(dirs: Iterable[Path], node: str | None = None) -> list[Segment]:
    """Return the segments in these directories, of one node or of all, oldest first.

    A directory that cannot be listed has none.
    """
    places = [place for folder in dirs for place in ([folder / node] if node else _listed(folder))]
    return sorted(
        Segment(place.name, int(named[1]), path)
        for place in places
        for path in _listed(place)
        if (named := _NAME.fullmatch(path.name))
    )


def read(segment: Segment, after: int = 0) -> Iterator[Row | Damaged]:
    """Yield what stands in a segment behind number `after`, in order. Never raises.

    Nothing of the file is held open or locked between two rows. While the keys cannot be read, what no
    key that is known has signed is shown as damaged.
    """
    keys = published_before()
    last = after
    try:
        for n, record, mark in _rows(segment, after):
            if n != last + 1:
                break
            yield _checked(n, record, mark, keys)
            last = n
        else:
            if not _more_was_there(segment):
                return
    except (*UNREADABLE, EntryDamaged):
        pass
    yield from _saved(segment, last, keys)


@contextlib.contextmanager
def warm(these: Iterable[Segment]) -> Iterator[None]:
    """Keep what SQLite knows of these segments' logs while a block lasts, for all readers of a process.

    Of a log whose writer was killed each opening would make it anew: 40 ms for 5,000 entries.
    """
    with contextlib.ExitStack() as kept:
        for segment in these:
            with contextlib.suppress(*UNREADABLE):
                kept.enter_context(opened(segment)).execute("SELECT max(n) FROM entry").fetchone()
        yield


def entry_at(segment: Segment, n: int, seen: bytes | None = None) -> Entry | None:
    """Return the entry under number `n`, None where it is damaged or not what was seen. Never raises.

    The very bytes that were `seen` (Row.seen) had their receipt checked, and need it no more.
    """
    if seen is not None:
        with contextlib.suppress(*UNREADABLE, EntryDamaged):
            with opened(segment) as connection:
                row = connection.execute("SELECT record FROM entry WHERE n = ?", [n]).fetchone()
            if row and isinstance(row[0], bytes) and entries.sum_of(row[0]) == seen:
                return entries.unpack(row[0])
    first = next(read(segment, n - 1), None)
    if not isinstance(first, Row) or first.n != n or seen not in {None, first.seen}:
        return None
    return first.entry


def settled(segment: Segment) -> dict[str, str]:
    """Return the receipt ids that nobody holds, with what was told instead. Never raises.

    A note may concern an entry of an older segment of the same node.
    """
    try:
        with opened(segment) as connection:
            rows = connection.execute("SELECT n, receipt, outcome FROM note ORDER BY n").fetchall()
        if _is_quiet(segment) and not _shows_all(segment, *signature(segment)):
            # From the first hurt frame on SQLite shows no note, and says nothing.
            rows += _saved_notes(segment)
    except UNREADABLE:
        rows = _saved_notes(segment)
    told: dict[str, str] = {}
    for row in rows:
        if len(row) == 3 and all(type(x) is str for x in row[1:]) and told.get(row[1]) != HELD:
            told[row[1]] = row[2]
    return told


def _saved_notes(segment: Segment) -> list[tuple[Any, ...]]:
    return [(n, *values[1:]) for n, values in salvage.rows(*_files(segment))]


def contents(segment: Segment, after: int = 0) -> list[tuple[int, bytes]]:
    """Return (number, command id) of the entries behind number `after`. Never raises."""
    try:
        with opened(segment) as connection:
            rows = connection.execute(
                "SELECT n, command FROM contents WHERE n > ? ORDER BY n", [after]
            ).fetchall()
    except UNREADABLE:
        good = (row for row in read(segment, after) if isinstance(row, Row))
        return [(row.n, row.entry.header.command_id.bytes) for row in good]
    return [(n, command) for n, command in rows if isinstance(command, bytes)]


def unlink(segment: Segment) -> None:
    """Remove a segment's files; the oldest segment first: a note may lie in a newer one than its entry.

    Raises OSError.
    """
    for path in (segment.path, segment.wal, segment.shared):
        path.unlink(missing_ok=True)
    sync_folder(segment.path.parent)


def inode(path: Path) -> int | None:
    """Return the number of the file of this name, None where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def signature(segment: Segment) -> tuple[tuple[int, int], ...]:
    """Return what changes whenever a segment does, but for changes within one tick."""
    return (_stat(segment.path), _stat(segment.wal))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


@contextlib.contextmanager
def opened(segment: Segment) -> Iterator[sqlite3.Connection]:
    """Open a segment for reading only: a reader's end must not write into another's file."""
    if not _size(segment.path):
        # Beside an empty file, SQLite removes the write-ahead log, even when it only reads.
        raise FileNotFoundError(segment.path)
    # Where nobody writes any more, SQLite would leave an index beside the file.
    mode = "mode=ro" if _size(segment.wal) else "mode=ro&immutable=1"
    connection = sqlite3.connect(
        f"{segment.path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=1
    )
    try:
        yield connection
    finally:
        connection.close()


def _rows(segment: Segment, after: int) -> Iterator[tuple[int, bytes, bytes]]:
    many = 1
    while True:
        with opened(segment) as connection:
            page = connection.execute(
                "SELECT n, record, mark FROM entry WHERE n > ? ORDER BY n LIMIT ?", [after, many]
            ).fetchall()
        if not page:
            return
        yield from page
        after, many = page[-1][0], min(2 * many, _PAGE_ROWS)


def _checked(n: int, record: Any, mark: Any, keys: Iterable[Mapping[str, Any]]) -> Row:
    if not isinstance(record, bytes) or mark != entries.mark_of(n, record):
        raise EntryDamaged("changed")
    return Row(n, entries.checked(record, keys), entries.sum_of(record))


def _more_was_there(segment: Segment) -> bool:
    """Return whether the files hold, or held, more entries than SQLite shows."""
    with opened(segment) as connection:
        tops = connection.execute(
            "SELECT (SELECT max(n) FROM contents), (SELECT max(n) FROM entry)"
        ).fetchone()
        (is_proven,) = connection.execute("PRAGMA user_version").fetchone()
    listed, shown = (top or 0 for top in tops)
    if listed > shown or _size(segment.path) < EMPTY_PAGES * salvage.PAGE:
        # It was never smaller than at its making: it was cut.
        return True
    if not _is_quiet(segment):
        return False
    if not shown and not is_proven and not _has_log(segment):
        # Its writer's first commit is nowhere: the log that held it is lost, and who knows what else.
        return True
    # From the first hurt frame on, SQLite takes a log's rest for a commit that never ended.
    return not _shows_all(segment, *signature(segment))


def _has_log(segment: Segment) -> bool:
    """Return whether a write-ahead log is there: its writer's first act is a commit."""
    if _size(segment.wal) < salvage.WAL_HEADER + salvage.FRAME:
        return False
    try:
        with segment.wal.open("rb") as log:
            return log.read(len(_WAL_MAGIC)) == _WAL_MAGIC
    except OSError:
        return False


def _is_quiet(segment: Segment) -> bool:
    newest = max(_stat(path)[0] for path in (segment.path, segment.wal))
    return time.time_ns() - newest > QUIET_SECONDS * 1e9


@lru_cache(maxsize=1024)
def _shows_all(segment: Segment, *_signature: tuple[int, int]) -> bool:
    """Return whether SQLite shows every entry that stands in these very files, or stood there."""
    database, wal = _files(segment)
    # Of an entry whose frame was overwritten nothing may be left but the hurt.
    if salvage.is_hurt(wal):
        return False
    shown = {n for n, _ in contents(segment)}
    return all(n in shown for n, *_ in _cells(database, salvage.unended(wal)))


def _stat(path: Path) -> tuple[int, int]:
    """Return a file's last change (ns) and size; zeros where there is none."""
    try:
        told = path.stat()
    except OSError:
        return (0, 0)
    return (told.st_mtime_ns, told.st_size)


def _size(path: Path) -> int:
    return _stat(path)[1]


def _saved(
    segment: Segment, last: int, keys: Iterable[Mapping[str, Any]]
) -> Iterator[Row | Damaged]:
    """Yield what can be read behind number `last` without SQLite, and what cannot."""
    records: dict[int, list[tuple[bytes, bytes]]] = {}
    database, wal = _files(segment)
    for n, record, mark in _cells(database, wal):
        records.setdefault(n, []).append((record, mark))
    listed, is_whole = _listed_top(segment)
    genuine = (
        n for n, kept in records.items() if any(m == entries.mark_of(n, r) for r, m in kept)
    )
    top = max([last, listed, *genuine])
    found = [_best(n, records.get(n, []), keys) for n in range(last + 1, top + 1)]
    yield from found
    told = any(isinstance(one, Damaged) for one in found)
    # Of what stood in a hurt frame behind the last that can be read, nothing may be left.
    if not is_whole or top == last or (salvage.is_hurt(wal) and not told):
        yield Damaged(top + 1, "rest")


def _best(
    n: int, kept: Iterable[tuple[bytes, bytes]], keys: Iterable[Mapping[str, Any]]
) -> Row | Damaged:
    worst = Damaged(n, "lost")
    for record, mark in kept:
        try:
            return _checked(n, record, mark, keys)
        except EntryDamaged as damage:
            worst = Damaged(n, damage.code, record)
    return worst


def _listed_top(segment: Segment) -> tuple[int, bool]:
    """Return the last number of the table of contents, and whether that table could be read.

    A number for which the files are too small is no number.
    """
    most = (_size(segment.path) + _size(segment.wal)) // LEAST_RECORD
    try:
        with opened(segment) as connection:
            (top,) = connection.execute("SELECT max(n) FROM contents").fetchone()
    except UNREADABLE:
        return 0, False
    return (top, True) if top and top <= most else (0, False)


def _cells(database: bytes, wal: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number, record and mark of every entry that salvage finds, each perhaps repeatedly."""
    for n, values in salvage.rows(database, wal):
        match values:
            case [_, bytes() as record, bytes() as mark] if record.startswith(entries.RECORD):
                yield n, record, mark


def _files(segment: Segment) -> tuple[bytes, bytes]:
    """Return what stands in the file and in its write-ahead log.

    A file as small as at its making holds no entry and is not opened: closing it would let go of
    the locks that SQLite holds on it for this process (fcntl(2)), were it the one written here.
    """
    wal = _content(segment.wal)
    if wal and _size(segment.path) <= EMPTY_PAGES * salvage.PAGE:
        return b"", wal
    return _content(segment.path), wal


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
