"""Every end of the log that was ever reached, remembered outside the database.

CHECKPOINT_DIR/history holds one signed statement a line, one for each block, appended and fsynced before anybody acts
on the positions that it covers. `latest.json` is the same statement again, for whoever copies one
file to another place.
"""

import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from itertools import chain, islice
from pathlib import Path

from django.conf import settings

from events import seal
from events.seal import Checkpoint

FILE = "history"
# Processes that number at the same moment may write their lines the other way round.
WINDOW = 16


def append(checkpoints: Sequence[Checkpoint]) -> None:
    """Remember ends of the log, on the disk before this returns.

    One write, begun on a new line: what a crash cut short spoils no other.
    """
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        lines = "\n".join(map(seal.statement_of, checkpoints))
        os.write(descriptor, f"\n{lines}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        seal.sync_folder(path.parent)


def newest_first() -> Iterator[Checkpoint]:
    """Yield what is remembered, the newest first; only what a key of this site has signed counts.

    A line that cannot be read is left out: it can only make the memory shorter, and the log may
    always be longer than the memory. Raises ValueError when `latest.json` cannot be read.
    """
    latest = _latest()
    lines = chain([] if latest is None else [latest], _backwards())
    while group := list(islice(lines, WINDOW)):
        for line in sorted(group, key=_claimed_age, reverse=True):
            with suppress(ValueError):
                yield seal.opened(line)


def holds(checkpoint: Checkpoint) -> bool:
    """Return whether exactly this end of the log is remembered."""
    told = asdict(checkpoint)
    for line in _backwards():
        with suppress(ValueError):
            if told.items() <= seal.claimed(line).items() and seal.opened(line) == checkpoint:
                return True
    return False


def is_empty() -> bool:
    """Return whether nothing was ever remembered here."""
    return not _path().exists() and _latest() is None


def newest_epoch() -> int:
    """Return the highest epoch that is remembered, 0 where nothing is."""
    newest = next(newest_first(), None)
    return 0 if newest is None else newest.epoch


def _latest() -> str | None:
    """Return the statement in `latest.json`; none where a key signed it that had ended.

    That file is written anew, and to take it away would do as much. Raises ValueError.
    """
    statement = seal.latest_statement()
    try:
        if statement is not None:
            seal.opened(statement)
    except seal.KeyEnded:
        return None
    return statement


def _claimed_age(line: str) -> tuple[int, int]:
    try:
        said = seal.claimed(line)
        return int(said["epoch"]), int(said["position"])
    except (ValueError, KeyError, TypeError):
        return 0, 0


def _backwards() -> Iterator[str]:
    path = _path()
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file, closing(_mapped(file.fileno())) as text:
        end = len(text)
        while end > 0:
            start = text.rfind(b"\n", 0, end) + 1
            if line := text[start:end].strip():
                yield line.decode(errors="replace")
            end = start - 1


def _mapped(descriptor: int) -> mmap.mmap:
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _path() -> Path:
    return Path(settings.CHECKPOINT_DIR) / FILE
