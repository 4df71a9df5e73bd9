"""When a decision is notified: where it lies, and when its addressee reads it for the first time.

An individual decision is opposable from its notification (CRPA L221-8); what lies in the téléservice is
deemed received on its first reading, else after fifteen days (R112-20): both days are events.
"""

from datetime import datetime
from uuid import UUID, uuid5

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import DepositDecision, NoteFirstReading
from compassionate.giving import allowed
from compassionate.streams import request_facts, request_stream
from compassionate.submissions import holder_of
from events.errors import Refused, VersionConflict
from events.event import Actor
from events.handle import Envelope, handle

CLOCK = Actor(id="clock", role="system")
NOTES = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b05")


def deposit(request_id: UUID, documents: tuple[str, ...], now: datetime) -> bool:
    """Note that a decision lies where its addressee reads it, by the SHA-256 of each document."""
    stream = request_stream(request_id)
    command = DepositDecision(by=CLOCK.id, occurred_at=now, received_at=now, documents=documents)
    envelope = Envelope.of(uuid5(NOTES, f"{stream}/deposit"), list(documents), CLOCK)
    try:
        return not handle(REQUEST, stream, command, envelope).again
    except (Refused, VersionConflict):
        return False


def note_first_reading(user: Someone, request_id: UUID, now: datetime) -> bool:
    """Note that its prescriber or pharmacist reads a decision for the first time; return if it was."""
    facts = request_facts(request_id)
    holder = holder_of(facts)
    addressed = may.may_answer(user, holder) and not may.may_see_queue(user)
    if not addressed or facts.deposited_at is None or facts.read_at is not None:
        return False
    actor = allowed(user, addressed).actor()
    command = NoteFirstReading(by=actor.id, occurred_at=now, received_at=now)
    stream = request_stream(request_id)
    envelope = Envelope.of(uuid5(NOTES, f"{stream}/read"), actor.id, actor)
    try:
        return not handle(REQUEST, stream, command, envelope).again
    except (Refused, VersionConflict):
        return False
