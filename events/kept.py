"""A command as a spool keeps it: kind, schema, bytes; written as JSON and read in the newest shape.

A kind is never renamed or removed; a change of shape raises its schema, adds a step to its context's
COMMAND_UPCASTERS and a golden file (`tests/golden/commands/<kind>.<schema>.json`, never edited).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from events.codec import plain
from events.errors import UnknownCommand, UnreadableCommand

Steps = Mapping[str, Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]]
"""By kind: step `n` turns a payload of schema n into n + 1."""


class Standing(StrEnum):
    """What a signed receipt promises: a report of fact is accepted in every state of its stream.

    A wish may be refused when it reaches the log; both are received on the receipt's date.
    """

    REPORT_OF_FACT = "report_of_fact"
    WISH = "wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of command: its stored name, its newest schema, its class and what reads it."""

    name: str
    schema: int
    standing: Standing
    cls: type[Any]


def to_bytes(command: Any) -> bytes:
    """Return a command as JSON in clear, what is left at its default left out."""
    return msgspec.json.encode(plain(command), order="deterministic")


def read_kept(
    name: str, schema: int, kept: bytes, *, kinds: Mapping[str, Kind], upcasters: Steps
) -> Any:
    """Return the command kept as a kind and schema, brought to the newest shape.

    Raises UnknownCommand (newer software reads it: it stays where it is), UnreadableCommand.
    """
    kind = kinds.get(name)
    if kind is None or schema > kind.schema:
        raise UnknownCommand(kind=name, schema=schema)
    try:
        payload = msgspec.json.decode(kept, type=dict)
        for step in range(schema, kind.schema):
            payload = upcasters[name][step](payload)
        return msgspec.convert(payload, kind.cls)
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
        # Without what was read: the message of such an error quotes the patient's data.
        raise UnreadableCommand(kind=name, reason=type(error).__name__) from None
