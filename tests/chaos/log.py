"""What the log says of the receipts that clients hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg

from events.outcomes import commands_about
from tests.chaos.ledger import Answer

COMMANDS = "SELECT command_id, encode(digest, 'hex'), receipt FROM events_command WHERE command_id = ANY(%s)"
EVENTS = """
    SELECT command_id, stream, version, type, received_at, metadata->'actor'->>'id'
    FROM events_event WHERE command_id = ANY(%s) ORDER BY command_id, command_index
"""


@dataclass
class Log:
    """What the log says of some commands."""

    digests: dict[UUID, tuple[str, str | None]] = field(default_factory=dict)
    events: dict[UUID, list[tuple[Any, ...]]] = field(default_factory=dict)

    @staticmethod
    def about(connection: psycopg.Connection[Any], answers: Iterable[Answer]) -> "Log":
        """Ask for the commands of these receipts, their joins and what was set aside."""
        wanted = [
            one
            for answer in answers
            for one in commands_about(UUID(answer.command_id), answer.receipt_id)
        ]
        found = Log()
        for command_id, digest, receipt in connection.execute(COMMANDS, [wanted]):
            found.digests[command_id] = digest, receipt
        for row in connection.execute(EVENTS, [wanted]):
            found.events.setdefault(row[0], []).append(row)
        return found

    def accounts_for(self, answer: Answer) -> bool:
        """Say whether this receipt led to an event, was joined to one, or lies before a person."""
        own, joined, aside = commands_about(UUID(answer.command_id), answer.receipt_id)
        if joined in self.digests or aside in self.digests:
            return True
        return own in self.digests and self.digests[own][1] == answer.receipt_id

    def is_aside(self, answer: Answer) -> bool:
        """Say whether it lies before a person."""
        return commands_about(UUID(answer.command_id), answer.receipt_id)[2] in self.digests
