"""When a decision was notified to whoever asked for it (CRPA L221-8, R112-20)."""

from datetime import date
from typing import NamedTuple

from compassionate.domain.deadlines import notified_on, unread_limit
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import RequestState
from events.days import day_of


class Notification(NamedTuple):
    """The day of it, None while there is none; whether by a reading; by when a reading still fixes it."""

    on: date | None
    by_reading: bool
    limit: date


def notification_of(facts: RequestFacts, today: date) -> Notification | None:
    """Return how a decision stands; None before it lies in the téléservice.

    An implied decision has none: it is one by the term that passed.
    """
    deposited_at, read_at = facts.deposited_at, facts.read_at
    if deposited_at is None or facts.state is RequestState.IMPLICIT:
        return None
    on = notified_on(deposited_at, read_at, today)
    by_reading = read_at is not None and on == day_of(read_at)
    return Notification(on=on, by_reading=by_reading, limit=unread_limit(deposited_at))
