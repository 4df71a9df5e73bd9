"""The beacon's own journal: lines that are added under a lock, synced, each holding the last's hash.

It is a file of this node, so that it can be written when nothing else works, by the beacon and by
`manage.py incident`. A line that a power cut tore in two is passed over.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from continuity.beacon.watch import Entry, Kind

FIRST = "0" * 64


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
        try:
            read = json.loads(line)
            entry = Entry(
                kind=Kind(read["kind"]), at=datetime.fromisoformat(read["at"]), data=read["data"]
            )
        except (ValueError, KeyError, TypeError):
            return None
        # Told and not raised: a page that says so is worth more than no page.
        self.altered = self.altered or read["previous"] != self._last
        self._last = hashlib.sha256(line).hexdigest()
        return entry

    def add(self, entries: Iterable[Entry]) -> list[Entry]:
        """Write entries and sync; return them after what others had written meanwhile."""
        with self._locked() as file:
            seen = list(self.entries())
            if self._read_to < file.seek(0, os.SEEK_END):
                # Half a line, cut off by a power failure: ended, so that it stays one bad line.
                file.write(b"\n")
                file.flush()
                list(self.entries())
            for entry in entries:
                line = self._line(entry)
                file.write(line)
                self._last = hashlib.sha256(line).hexdigest()
                self._read_to += len(line)
                seen.append(entry)
            file.flush()
            os.fsync(file.fileno())
        return seen

    def _line(self, entry: Entry) -> bytes:
        made = {
            "kind": entry.kind,
            "at": entry.at.isoformat(),
            "data": dict(entry.data),
            "previous": self._last,
        }
        return json.dumps(made, ensure_ascii=False).encode() + b"\n"

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
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
