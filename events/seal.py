"""Signed checkpoints of the log, kept outside the database, and signed statements."""

import json
import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from events import store
from events.keys import base64url, keyring

LATEST = "latest.json"
BLOCKS = "SELECT epoch, last_position, number, encode(hash, 'hex') FROM events_block"


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
    path = Path(settings.CHECKPOINT_DIR) / LATEST
    return read(path) if path.exists() else None


def read(path: Path) -> Checkpoint:
    """Return the checkpoint in a file, its signature checked. Raises ValueError."""
    try:
        return opened(json.loads(path.read_text())["checkpoint"])
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is not a checkpoint") from error


def statement_of(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as a signed statement."""
    return sign(asdict(checkpoint))


def opened(statement: str) -> Checkpoint:
    """Return the checkpoint in a statement of this site. Raises ValueError."""
    try:
        return Checkpoint(**open_statement(statement, keyring().log_public))
    except TypeError as error:
        raise ValueError("the statement is not a checkpoint") from error


def sign(content: Mapping[str, Any]) -> str:
    """Return `<content>.<signature>`, both base64url, signed by this node's log key."""
    body = json.dumps({**content, "key": keyring().log_key_id}, sort_keys=True).encode()
    return f"{base64url(body)}.{base64url(keyring().log.sign(body))}"


def open_statement(statement: str, public: bytes) -> dict[str, Any]:
    """Return what a signed statement says. Raises ValueError when the signature is not `public`'s."""
    body, _, signature = statement.partition(".")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(_bytes(signature), _bytes(body))
    except (InvalidSignature, ValueError) as error:
        raise ValueError("the signature does not match") from error
    content = claimed(statement)
    content.pop("key")
    return content


def claimed(statement: str) -> dict[str, Any]:
    """Return what a statement says without asking who signed it. Raises ValueError."""
    content: dict[str, Any] = json.loads(_bytes(statement.partition(".")[0]))
    return content


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
