"""What the clocks look at: requests that may become late, decisions to deposit, data that come due."""

from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from compassionate.domain.follow_up import FollowUpFacts
from compassionate.domain.lateness import delays
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import RequestState
from compassionate.projections import ONLY, FollowUps, Known, Requests
from events.projection import Projection, Row, Table

DELAYS = Table("access_delays", ("at", "given_at"))
DEPOSITS = Table("access_deposits", ("decided_at", "leaves"))
REMINDERS = Table("follow_up_reminders", ("number", "due_on"))
DECIDED = frozenset({RequestState.GRANTED, RequestState.REFUSED, RequestState.IMPLICIT})


class RequestClocks(Requests):
    """A row for each request with which the house may be late, and for each decision to deposit."""

    name = "access_clocks"
    tables = (DELAYS, DEPOSITS)

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return the next delay, and what is to be deposited, where there is something."""
        facts: RequestFacts = state.facts
        left = delays(facts)
        given_at = facts.first_given.at if facts.first_given else None
        late = ((ONLY, left[0].at, given_at),) if left else ()
        waits = facts.state in DECIDED and facts.deposited_at is None
        leaves = facts.signature is not None and facts.signature.leaves
        return (late, ((ONLY, state.decided_at, leaves),) if waits else ())

    @override
    def placeholder(self, stream: str) -> Sequence[Sequence[Row]]:
        """Return nothing: no clock looks at what cannot be read."""
        return ((), ())


class FollowUpReminders(FollowUps):
    """One row for each day on which data come due that nobody was reminded of."""

    name = "follow_up_reminders"
    tables = (REMINDERS,)

    @override
    def rows(self, stream: str, state: Known) -> Sequence[Sequence[Row]]:
        """Return the days, each with the number of the authorisation."""
        facts: FollowUpFacts = state.facts
        number = facts.begun.number if facts.begun else ""
        return (tuple((day.isoformat(), number, day) for day in facts.reminders()),)


CLOCK_PROJECTIONS: tuple[Projection[Any], ...] = (RequestClocks(), FollowUpReminders())
