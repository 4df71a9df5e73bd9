"""What a clinician sends: a command with its sender, as it is kept in a spool and read back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from events.decider import Decider
from events.entry import Header
from events.errors import UnknownCommand, UnreadableCommand
from events.event import Actor
from events.handle import Envelope, Handled, handle, handle_together, open_stream

Claims = Mapping[str, Any]
"""What was proved of the sender when it was received: plain data, no name that is not needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of command that is received through an outage.

    `opens` says that it begins a stream. `write` and `read` turn it into bytes and back; `read` takes
    the schema version that the bytes were written in. `prepare(command, sender, state)` completes
    it and raises NotAllowed or UnknownTarget where the sender has no right to this object. `join`
    makes the command that puts an earlier receipt beside the one that was recorded.
    """

    name: str
    schema: int
    decider: Decider[Any, Any, Any]
    opens: bool
    write: Callable[[Any], bytes]
    read: Callable[[int, bytes], Any]
    prepare: Callable[[Any, Claims, Any], Any]
    join: Callable[["Joined"], Any]
    together: Callable[["Submission"], "Together"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The streams that one command is given to, its own first, and what is asked of each.

    `give` sees the state of every stream, and raises NotAllowed, UnknownTarget or Refused.
    """

    deciders: Mapping[str, Decider[Any, Any, Any]]
    give: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A receipt that was given for what the log holds under another one.

    `of_version` is the version at which `stream` took the command that both are for.
    """

    stream: str
    of_version: int
    receipt_id: str
    node: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A command on its way in; `priority` 0 is a death, `number` the 60 bits that people are told.

    `stamped_at` is the instant at which it was received here, also where the command itself says
    that a letter was received before.
    """

    kind: Kind
    stream: str
    command: Any
    envelope: Envelope
    sender: Claims
    priority: int
    number: int
    stamped_at: datetime

    def body(self) -> bytes:
        """Return what is sealed: nothing of it can be read without a private key."""
        return msgspec.json.encode(
            _Body(
                command=msgspec.Raw(self.kind.write(self.command)),
                actor=self.envelope.actor,
                sender=dict(self.sender),
                seen_version=self.envelope.expected_version,
            )
        )

    def offer(self) -> Handled[Any]:
        """Give the command to the log, with whatever receipt its envelope carries.

        Raises what `handle` raises, NotAllowed and UnknownTarget.
        """
        if self.kind.together is not None:
            asked = self.kind.together(self)
            return handle_together(asked.deciders, asked.give, self.envelope)[self.stream]
        if self.kind.opens:
            return open_stream(self.kind.decider, self.stream, self.command, self.envelope)
        return handle(
            self.kind.decider,
            self.stream,
            self.command,
            self.envelope,
            lambda command, state: self.kind.prepare(command, self.sender, state),
        )

    def under(self, receipt: str, receipt_id: str) -> "Submission":
        """Return the same submission with the receipt that was given for it."""
        envelope = replace(self.envelope, receipt=receipt, receipt_id=receipt_id)
        return replace(self, envelope=envelope)


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """The sealed part; `seen_version` is what the sender had read, kept and not enforced."""

    command: msgspec.Raw
    actor: Actor
    sender: dict[str, Any]
    seen_version: int | None = None


_kinds: dict[str, Kind] = {}


def register(kinds: Sequence[Kind]) -> None:
    """Add kinds of submissions; contexts do so when Django starts."""
    for kind in kinds:
        _kinds[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return the kind of that name. Raises UnknownCommand."""
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownCommand(f"unknown command {name}", kind=name) from None


def opening() -> frozenset[str]:
    """Return the names of the kinds that begin a stream."""
    return frozenset(name for name, kind in _kinds.items() if kind.opens)


def read_back(header: Header, body: bytes) -> Submission:
    """Return what a spool kept, in the newest shape.

    Raises UnknownCommand (kind or schema newer than this software), UnreadableCommand.
    """
    kind = kind_of(header.kind)
    try:
        kept = msgspec.json.decode(body, type=_Body)
    except msgspec.MsgspecError:
        # Without what was read: the message of such an error quotes the patient's data.
        raise UnreadableCommand(kind=header.kind) from None
    return Submission(
        kind=kind,
        stream=header.stream,
        command=kind.read(header.schema, bytes(kept.command)),
        envelope=Envelope(command_id=header.command_id, digest=header.digest, actor=kept.actor),
        sender=kept.sender,
        priority=header.priority,
        number=header.number,
        stamped_at=header.received_at,
    )
