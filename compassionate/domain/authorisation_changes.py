"""When an authorisation was granted, suspended or withdrawn, and when it ended: what the lists count.

The ministers publish the lists of authorisations granted, ended, suspended and withdrawn (R5121-74-10).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.vocabulary import AuthorisationState
from events.days import day_of


class Change(StrEnum):
    """What a list counts: each authorisation once in a period."""

    GRANTED = "granted"
    ENDED = "ended"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


def changes_of(facts: AuthorisationFacts) -> Iterator[tuple[Change, date]]:
    """Yield what happened to an authorisation, and the first day on which it is so.

    A renewal is an authorisation of its own (R5121-74-4): that which it replaces ends on its first day.
    The day of an end may be to come; whoever counts leaves out what is later than today.
    """
    if facts.issued_at is None:
        return
    yield Change.GRANTED, day_of(facts.issued_at)
    for one in facts.suspensions:
        yield Change.SUSPENDED, one.first
    if facts.state is AuthorisationState.WITHDRAWN and facts.ended_on is not None:
        yield Change.WITHDRAWN, facts.ended_on
        return
    after = facts.ends_on + timedelta(days=1) if facts.ends_on else None
    ends = [day for day in (facts.ended_on, facts.replaced_on, after) if day is not None]
    if ends:
        yield Change.ENDED, min(ends)
