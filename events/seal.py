"""Signed checkpoints of the log, kept outside the database, and signed statements."""

import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidSignature
from django.conf import settings

from events import clock, store
from events.keys import base64url, has_ended, keyring, published
from events.receipts import public_key

LATEST = "latest.json"
BLOCKS = "SELECT epoch, last_position, number, encode(hash, 'hex') FROM events_block"


class KeyEnded(ValueError):
    """A published key signed a statement when its life had ended: whoever stole it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log's end as somebody outside the database remembers it; `hash` is its last block's."""

    epoch: int
    position: int
    block: int
    hash: str


def current(connection: psycopg.Connection[Any] | None = None) -> Checkpoint | None:
    """Return the checkpoint of the last sealed block, None while the log is empty."""
    connection = connection or store.session("projector")
    row = connection.execute(f"{BLOCKS} ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else _checkpoint(row)


def after(connection: psycopg.Connection[Any], block: int, limit: int) -> list[Checkpoint]:
    """Return the checkpoints of the blocks after one, in order, at most `limit`."""
    rows = connection.execute(
        f"{BLOCKS} WHERE number > %s ORDER BY number LIMIT %s", [block, limit]
    )
    return [_checkpoint(row) for row in rows]


def _checkpoint(row: Sequence[Any]) -> Checkpoint:
    return Checkpoint(epoch=row[0], position=row[1], block=row[2], hash=row[3])


def write(checkpoint: Checkpoint, name: str = LATEST) -> Path:
    """Sign a checkpoint and keep it in CHECKPOINT_DIR (fsynced, replaced atomically)."""
    return keep(name, {"checkpoint": statement_of(checkpoint), **asdict(checkpoint)})


def keep(name: str, content: Mapping[str, Any]) -> Path:
    """Keep a JSON object in CHECKPOINT_DIR (fsynced, replaced atomically); return its path."""
    directory = Path(settings.CHECKPOINT_DIR)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = directory / f".{name}.{os.getpid()}"
    with making.open("w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    making.replace(directory / name)
    sync_folder(directory)
    return directory / name


def sync_folder(directory: Path) -> None:
    """Make the names in a folder as lasting as the files."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def latest() -> Checkpoint | None:
    """Return the last checkpoint kept, None if there is none. Raises ValueError."""
    statement = latest_statement()
    return None if statement is None else opened(statement)


def latest_statement() -> str | None:
    """Return the last checkpoint kept as it was signed, unchecked. Raises ValueError."""
    path = Path(settings.CHECKPOINT_DIR) / LATEST
    return _statement_in(path) if path.exists() else None


def read(path: Path) -> Checkpoint:
    """Return the checkpoint in a file, its signature checked. Raises ValueError."""
    return opened(_statement_in(path))


def _statement_in(path: Path) -> str:
    try:
        return str(json.loads(path.read_text())["checkpoint"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is not a checkpoint") from error


def statement_of(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as a signed statement."""
    return sign(asdict(checkpoint))


def opened(statement: str) -> Checkpoint:
    """Return the checkpoint in a statement of this site. Raises ValueError."""
    try:
        return Checkpoint(**believed(statement))
    except TypeError as error:
        raise ValueError("the statement is not a checkpoint") from error


def sign(content: Mapping[str, Any]) -> str:
    """Return `<content>.<signature>`, both base64url, signed and dated by this node's log key."""
    said = {**content, "key": keyring().log_key_id, "signed_at": clock.now().isoformat()}
    body = json.dumps(said, sort_keys=True).encode()
    return f"{base64url(body)}.{base64url(keyring().log.sign(body))}"


def believed(statement: str) -> dict[str, Any]:
    """Return what a statement says that a published key signed while it was in its life.

    Of another key than ours too: while keys are exchanged, services sign with both. Nothing but the
    published file makes a key count. Raises ValueError, KeyEnded.
    """
    content = claimed(statement)
    named = content.pop("key", None)
    signed_at = _instant(content.pop("signed_at", None))
    for one in published():
        # One that names no key may be of any that is alive.
        is_meant = one["key"] == named if named else not has_ended(one, clock.now())
        if is_meant and _is_signed(statement, one["public"]):
            if signed_at is not None and has_ended(one, signed_at):
                raise KeyEnded(f"key {one['key']} had ended when it signed the statement")
            return content
    raise ValueError("the signature does not match a published key")


def _instant(text: str | None) -> datetime | None:
    """Return when a statement was signed, None of one that was signed before they were dated."""
    # It counts as signed in its key's life: a thief could date back anyway, and to forget those would
    # make a restore to before the exchange of a key a changed log.
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, OverflowError) as error:
        raise ValueError("the statement has no date") from error


@lru_cache(maxsize=1024)
def _is_signed(statement: str, public: str) -> bool:
    body, _, signature = statement.partition(".")
    try:
        public_key(public).verify(_bytes(signature), _bytes(body))
    except (InvalidSignature, ValueError):
        return False
    return True


def claimed(statement: str) -> dict[str, Any]:
    """Return what a statement says without asking who signed it. Raises ValueError."""
    content = json.loads(_bytes(statement.partition(".")[0]))
    if not isinstance(content, dict):
        raise ValueError("the statement says nothing")  # noqa: TRY004  its reader expects one error
    return content


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
