"""Submissions to keep, and spools to keep them in."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from events.spool import Header, Spool

AT = datetime(2026, 11, 23, 22, 59, 50, 123456, tzinfo=UTC)
SECRET = b"Madame Hortense Exemple, 1931"


def header(**changed) -> Header:
    command_id = changed.pop("command_id", None) or uuid4()
    usual: dict[str, Any] = {
        "command_id": command_id,
        "stream": f"declaration-{UUID(int=7)}",
        "kind": "pharmacovigilance.declare_adverse_event",
        "schema": 1,
        "priority": 2,
        "digest": os.urandom(32),
        "received_at": AT,
        "clock_ms": 12,
        "number": 2**60 - 1,
    }
    return Header(**usual | changed)


def body(size: int = 300) -> bytes:
    return (SECRET + b" " * size)[:size]


def spool_in(folder: Path, *names: str, node: str = "n1") -> Spool:
    return Spool(node, [folder / name for name in names or ("a", "b")], on_any=True)
