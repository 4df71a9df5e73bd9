"""When a decision is notified: where it lies, and when its addressee reads it for the first time.

An individual decision is opposable from its notification (CRPA L221-8); what lies in the téléservice is
deemed received on its first reading; unread for fifteen days, on the day of its deposit (R112-20): both days
are events.
"""

from datetime import datetime
from uuid import UUID

from accounts import compassionate as may
from accounts.access import Someone
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import DepositDecision, NoteFirstReading
from compassionate.giving import CLOCK, allowed, noted
from compassionate.streams import request_facts, request_stream
from compassionate.submissions import holder_of


def deposit(request_id: UUID, documents: tuple[str, ...], now: datetime) -> bool:
    """Note that a decision lies where its addressee reads it, by the SHA-256 of each document."""
    command = DepositDecision(by=CLOCK.id, occurred_at=now, received_at=now, documents=documents)
    return noted(REQUEST, request_stream(request_id), command, "deposit", list(documents))


def note_first_reading(user: Someone, request_id: UUID, now: datetime) -> bool:
    """Note that its prescriber or pharmacist reads a decision for the first time; return if it was."""
    facts = request_facts(request_id)
    holder = holder_of(facts)
    addressed = may.may_answer(user, holder) and not may.may_see_queue(user)
    if not addressed or facts.deposited_at is None or facts.read_at is not None:
        return False
    actor = allowed(user, addressed).actor()
    command = NoteFirstReading(by=actor.id, occurred_at=now, received_at=now)
    return noted(REQUEST, request_stream(request_id), command, "read", actor.id, actor)
