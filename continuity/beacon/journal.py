"""The beacon's own journal: lines that are added under a lock, synced, each holding the last's hash.

It is a file of this node, so that it can be written when nothing else works, by the beacon and by
`manage.py incident`. A line that a power cut tore in two is passed over.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from continuity.beacon.watch import Entry, Kind

FIRST = "0" * 64


class Line(NamedTuple):
    """One whole line of a journal as it lies on the disk.

    `digest` is of its bytes, `previous` the digest that it holds of the line before. None in
    `previous`: not a line of a journal; None in `entry`: of a kind that this software cannot read.
    """

    number: int
    digest: str
    previous: str | None
    entry: Entry | None


def lines(path: Path) -> Iterator[Line]:
    """Yield every whole line; what follows the last line break is not one yet.

    Under a shared lock, so that what is written in one go is read in one go.
    """
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield _line(number, line)


def _line(number: int, line: bytes) -> Line:
    digest = hashlib.sha256(line).hexdigest()
    try:
        read = json.loads(line)
        previous = str(read["previous"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Line(number, digest, None, None)
    return Line(number, digest, previous, _entry(read))


def _entry(read: Any) -> Entry | None:
    try:
        at, kind, data = datetime.fromisoformat(read["at"]), Kind(read["kind"]), read["data"]
        entry = Entry(kind=kind, at=at, data=dict(data))
    except (ValueError, KeyError, TypeError):
        return None
    return entry if at.tzinfo else None


def _written(entry: Entry, previous: str) -> bytes:
    made = {
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "data": dict(entry.data),
        "previous": previous,
    }
    return json.dumps(made, ensure_ascii=False).encode() + b"\n"


def _write_all(file: FileIO, content: bytes) -> None:
    # A disk that has room for half of it takes half of it.
    while content:
        content = content[file.write(content) or 0 :]


class Journal:
    """The journal of one folder; `entries` reads only what was added since the last call."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "journal.jsonl"
        self._alive = folder / "alive"
        self._read_to = 0
        self._last = FIRST
        self.altered = False

    def entries(self) -> Iterator[Entry]:
        """Yield what was added since the last call; `altered` tells that the chain is broken."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read_to += len(line)
                entry = self._parse(line)
                if entry is not None:
                    yield entry

    def _parse(self, line: bytes) -> Entry | None:
        read = _line(0, line)
        if read.previous is None:
            return None
        # Told and not raised: a page that says so is worth more than no page.
        self.altered = self.altered or read.previous != self._last
        self._last = read.digest
        return read.entry

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """Write entries and sync; return them after what others had written meanwhile.

        Raises OSError; then nothing was written and nothing counts as read.
        """
        before = self._read_to, self._last, self.altered
        try:
            with self._locked() as file:
                return [*self._others(file), *self._appended(file, list(entries))]
        except OSError:
            self._read_to, self._last, self.altered = before
            raise

    def _others(self, file: FileIO) -> list[Entry]:
        seen = list(self.entries())
        if self._read_to < file.seek(0, os.SEEK_END):
            # Half a line, cut off by a power failure: ended, so that it stays one bad line.
            file.write(b"\n")
            seen += self.entries()
        return seen

    def _appended(self, file: FileIO, entries: list[Entry]) -> list[Entry]:
        end, last, written = file.seek(0, os.SEEK_END), self._last, b""
        for entry in entries:
            line = _written(entry, last)
            last, written = hashlib.sha256(line).hexdigest(), written + line
        try:
            _write_all(file, written)
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(end)
            raise
        self._last, self._read_to = last, end + len(written)
        return entries

    @contextmanager
    def _locked(self) -> Iterator[FileIO]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with FileIO(descriptor, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def last_seen(self) -> datetime | None:
        """Return when the beacon last looked, however it ended."""
        try:
            return datetime.fromisoformat(self._alive.read_text())
        except (OSError, ValueError):
            return None

    def alive(self, at: datetime) -> None:
        """Note that the beacon looked."""
        making = self._alive.with_suffix(".new")
        making.write_text(at.isoformat())
        making.replace(self._alive)
