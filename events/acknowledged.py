"""What a sender is told of what was received."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.event import identifier_of
from events.intake import Received
from events.number import number_of
from events.submission import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What was received, and a signed receipt for it: no patient, no medicine.

    `status` is `recorded`, or `spooled` while the log is away: then no version is known yet, and `level`
    says whether one node keeps it (`spooled1`) or two (`spooled2`). The same command given twice is
    acknowledged under the same receipt; `again` says it was known.
    """

    id: UUID
    number: str
    version: int | None
    received_at: datetime
    status: str
    level: str
    receipt: str
    receipt_id: str
    again: bool


def acknowledged(submission: Submission, received: Received) -> Acknowledged:
    """Return what the sender of a submission is told."""
    handled, command = received.handled, submission.command
    identifier = identifier_of(handled.stream if handled else submission.stream)
    # A letter keeps the day that its transcription states; all else the instant of its receipt.
    stated = command.received_at != submission.stamped_at
    received_at = command.received_at if stated else received.received_at
    return Acknowledged(
        id=identifier,
        number=number_of(identifier),
        version=handled.version if handled else None,
        received_at=handled.events[-1].received_at if handled else received_at,
        status=received.status,
        level=received.level,
        receipt=received.receipt,
        receipt_id=received.receipt_id,
        again=received.again,
    )
