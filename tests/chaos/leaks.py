"""I6: what was declared is searched for wherever it must not be, decoded as each place encodes it."""

import base64
import binascii
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.chaos.field import Field
from tests.chaos.load import CANARY
from tests.chaos.stack import queues

FOLDERS = ("log", "beacon", "journal", "checkpoints")


def nothing_leaks(field: Field) -> list[str]:
    """I6: no word of any body in logs, pids, broker, journals, letters or the spools' own files."""
    found = _in_files(field)
    if any(CANARY in told for text in field.sink.texts for told in letter_as_read(text)):
        found.append("a letter")
    try:
        with field.stack.admin("broker") as connection:
            for name in queues(connection):
                rows = connection.execute(f"SELECT message FROM pgmq.q_{name}").fetchall()
                if any(CANARY in told for (message,) in rows for told in message_as_read(message)):
                    found.append(f"queue {name}")
    except psycopg.Error as failure:
        found.append(f"the queues, maybe: {type(failure).__name__}")
    return [f"{CANARY} in {name}" for name in found]


def _in_files(field: Field) -> list[str]:
    places = [*(field.stack.folder / name for name in FOLDERS), *field.stack.ground.spools]
    found = [f"{place.name}, maybe: it is not there" for place in places if not place.is_dir()]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    files += [field.stack.folder / "pids.json", field.stack.log]
    return [*found, *(path.name for path in files if _holds(path))]


def _holds(path: Path) -> bool:
    try:
        return CANARY.encode() in path.read_bytes()
    except FileNotFoundError:
        # A segment that was drained meanwhile.
        return False


def message_as_read(message: dict[str, Any]) -> Iterator[str]:
    """Yield a message as it lies there, and its body decoded: kombu keeps it in base64."""
    yield json.dumps(message, ensure_ascii=False)
    body = message.get("body") if isinstance(message, dict) else None
    if isinstance(body, str):
        try:
            yield base64.b64decode(body, validate=True).decode(errors="replace")
        except (binascii.Error, ValueError):
            return


def letter_as_read(text: str) -> Iterator[str]:
    """Yield a letter's headers and parts as whoever gets it reads them."""
    letter = email.message_from_string(text, policy=email.policy.default)
    yield from (str(value) for value in letter.values())
    for part in letter.walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            yield payload.decode(errors="replace") if isinstance(payload, bytes) else ""
