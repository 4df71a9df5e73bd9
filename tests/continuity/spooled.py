"""Rows of a spool as the drain hands them over, sealed by a lock of the tests' own."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from accounts.models import User
from continuity import set_aside, set_aside_queries
from continuity.domain.set_aside_events import Reason
from events.errors import UnreadableEvent
from events.event import identifier_of
from events.kept import to_bytes
from pharmacovigilance.domain.intake import IntakeCommand, kind_of, priority
from tests.domain.samples import SERIOUS, declare

RECEIVED = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
LOCK = b"key of the drain"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in clear."""

    command: IntakeCommand
    command_id: UUID
    received_at: datetime = RECEIVED

    stream = property(lambda self: f"declaration-{self.command.declaration_id}")
    kind = property(lambda self: kind_of(self.command).name)
    schema = property(lambda self: kind_of(self.command).schema)
    priority = property(lambda self: int(priority(self.command)))


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    name: str = "1"
    command: IntakeCommand = field(default_factory=lambda: declare(SERIOUS))
    received_at: datetime = RECEIVED
    node: str = "n1"

    @property
    def header(self) -> Header:
        """Return its header."""
        return Header(self.command, uuid5(NAMESPACE_URL, self.name), self.received_at)

    @property
    def header_bytes(self) -> bytes:
        """Return what the sealed command is bound to."""
        return f"{self.header.command_id}".encode()

    @property
    def receipt_id(self) -> str:
        """Return the id of its receipt."""
        return f"{self.node}-1-{self.name}-{self.header.command_id.hex[:26]}"

    @property
    def receipt(self) -> str:
        """Return its receipt."""
        return "AEAQCAIBAEAQ"

    @property
    def sealed(self) -> bytes:
        """Return the command as nobody without the lock reads it."""
        body: dict[str, Any] = {
            "command": msgspec.Raw(to_bytes(self.command)),
            "actor": {"id": "x", "role": "doctor"},
            "sender": {},
        }
        return LOCK + b64encode(self.header_bytes + msgspec.json.encode(body))


def unseal(header: bytes, sealed: bytes, private: bytes) -> bytes:
    """Open what a row holds, under its own header only."""
    if not sealed.startswith(private):
        raise UnreadableEvent("another reader's")
    clear = b64decode(sealed[len(private) :])
    if not clear.startswith(header):
        raise UnreadableEvent("another header's")
    return clear[len(header) :]


def with_key(monkeypatch: Any, key: bytes | None = LOCK) -> None:
    """Let this machine have the key of the drain, or none."""
    opener = (unseal, key) if key is not None else None
    monkeypatch.setattr(set_aside_queries, "unsealer", lambda: opener)


def put_aside(
    row: Row, reason: Reason = Reason.REFUSED, sender: User | None = None, **more: Any
) -> UUID:
    """Set a row aside as the drain does; return the identifier of its page."""
    set_aside.set_aside(
        row,
        reason.value,
        command_id=uuid5(NAMESPACE_URL, f"aside/{row.receipt_id}"),
        actor=sender.actor() if sender else None,
        **more,
    )
    return identifier_of(set_aside.stream_of(row.receipt_id))
