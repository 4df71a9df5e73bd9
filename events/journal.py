"""The messages that went, kept outside the database: a restored one cannot send again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings


class Journal:
    """A file of message identifiers in JOURNAL_DIR."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, message_id: str) -> None:
        """Remember a message, on the disk before this returns."""
        with self._open() as file:
            file.execute("INSERT OR IGNORE INTO sent VALUES (?)", [message_id])

    def has(self, message_id: str) -> bool:
        """Return whether a message went."""
        with self._open() as file:
            found = file.execute("SELECT 1 FROM sent WHERE message_id = ?", [message_id])
            return found.fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=10)) as file:
            file.execute("PRAGMA synchronous = FULL")
            file.execute("CREATE TABLE IF NOT EXISTS sent (message_id TEXT PRIMARY KEY)")
            with file:
                yield file


def journal() -> Journal:
    """Return this site's journal."""
    return Journal(Path(settings.JOURNAL_DIR) / "sent.sqlite3")
