"""When the house is late with a request, and whoever has to know of it is told (§5.6, §5.7).

No text fixes these: a decision that cannot wait is meant within four hours, a dose or an oral agreement is
regularised within a working day, or within those that a lawyer settled; alarms come once the second, fifth and
fifteenth have passed, none within what is allowed. After an outage only the
latest of several that came is noted (trap T13).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from compassionate.domain.deadlines import (
    GOAL_NOT_DEFERRABLE,
    REGULARISE,
    REGULARISE_ALARM,
    REGULARISE_ESCALATE,
    REGULARISE_LAST,
    goal,
    regularisation_days,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AT_AGENCY, LateClock, RequestState
from events.days import morning_of

HOURS_TO_DECIDE = GOAL_NOT_DEFERRABLE // timedelta(hours=1)


class Delay(NamedTuple):
    """One clock that runs out: at which instant, which one, and its mark (hours, or working days)."""

    at: datetime
    clock: LateClock
    mark: int


def delays(
    facts: RequestFacts, back_at: datetime | None = None, allowed: int = REGULARISE
) -> tuple[Delay, ...]:
    """Return the delays that are not noted yet, the earliest first.

    `back_at`: when the outage ended in which the dose was given or agreed to, from which its days count.
    `allowed`: the working days that were settled when it was.
    """
    found = [*_decision(facts), *_regularisation(facts, back_at, allowed)]
    return tuple(sorted(one for one in found if not _noted(facts, one)))


def delay_on(
    facts: RequestFacts, back_at: datetime | None, now: datetime, allowed: int = REGULARISE
) -> Delay | None:
    """Return the delay to note now: the latest that has come; None where there is none."""
    come = [one for one in delays(facts, back_at, allowed) if one.at <= now]
    return come[-1] if come else None


def _decision(facts: RequestFacts) -> list[Delay]:
    part = facts.prescription
    waits = facts.state in AT_AGENCY and facts.state is not RequestState.INFORMATION_ASKED
    if not waits or facts.received_at is None or (part and part.deferrable):
        return []
    at = goal(facts.received_at, deferrable=False, conforms=None)
    return [Delay(at, LateClock.DECISION, HOURS_TO_DECIDE)]


def _regularisation(facts: RequestFacts, back_at: datetime | None, allowed: int) -> list[Delay]:
    """Until it is regularised: the hospital's part and the agency's."""
    given = facts.first_given
    if given is None or facts.state not in AT_AGENCY | {RequestState.TO_REGULARISE}:
        return []
    days = regularisation_days(given.at, back_at, allowed)
    return [
        Delay(morning_of(day + timedelta(days=1)), LateClock.REGULARISATION, mark)
        for day, mark in (
            (days.alarm, REGULARISE_ALARM),
            (days.escalated, REGULARISE_ESCALATE),
            (days.last, REGULARISE_LAST),
        )
        if days.counts(day)
    ]


def _noted(facts: RequestFacts, one: Delay) -> bool:
    return any(clock is one.clock and mark >= one.mark for clock, mark in facts.delays)
