"""What a restored database must not forget, kept outside it: messages that went, people erased."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from django.conf import settings

SENT = "CREATE TABLE IF NOT EXISTS sent (message_id TEXT PRIMARY KEY)"
ERASED = """
    CREATE TABLE IF NOT EXISTS erased (
        stream TEXT, role TEXT, basis TEXT, at TEXT, PRIMARY KEY (stream, role))
"""


class Journal:
    """A file of message identifiers in JOURNAL_DIR."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, message_id: str) -> None:
        """Remember a message, on the disk before this returns."""
        with _opened(self._path, SENT) as file:
            file.execute("INSERT OR IGNORE INTO sent VALUES (?)", [message_id])

    def has(self, message_id: str) -> bool:
        """Return whether a message went."""
        with _opened(self._path, SENT) as file:
            found = file.execute("SELECT 1 FROM sent WHERE message_id = ?", [message_id])
            return found.fetchone() is not None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An erasure: whom it made unreadable, on what ground, and when (ISO 8601)."""

    stream: str
    role: str
    basis: str
    at: str


class Tombstones:
    """A file of erasures in JOURNAL_DIR; it names streams and roles, and nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, tombstone: Tombstone) -> None:
        """Remember an erasure, on the disk before this returns; the first one stays."""
        with _opened(self._path, ERASED) as file:
            file.execute("INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?)", astuple(tombstone))

    def all(self) -> list[Tombstone]:
        """Return every erasure."""
        with _opened(self._path, ERASED) as file:
            return [Tombstone(*row) for row in file.execute("SELECT * FROM erased ORDER BY at")]


@contextmanager
def _opened(path: Path, table: str) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=10)) as file:
        file.execute("PRAGMA synchronous = FULL")
        file.execute(table)
        with file:
            yield file


def journal() -> Journal:
    """Return this site's journal."""
    return Journal(Path(settings.JOURNAL_DIR) / "sent.sqlite3")


def tombstones() -> Tombstones:
    """Return this site's erasures."""
    return Tombstones(Path(settings.JOURNAL_DIR) / "erased.sqlite3")
