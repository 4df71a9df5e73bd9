"""On which days a dose may be given under an authorisation, whatever was noted since."""

from datetime import timedelta

import pytest

from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import AuthorisationState as State
from events.errors import Refused
from tests.compassionate.samples import TODAY, noon
from tests.compassionate.test_authorisation import (
    AMM,
    ENDS,
    INTO,
    abrogate,
    after,
    cessation,
    issue,
    lift,
    renewed,
    suspend,
    void,
    withdraw,
)

LATER = TODAY + timedelta(days=20)
IN_FORCE = [
    (INTO[State.ACTIVE], TODAY - timedelta(days=1), False),
    (INTO[State.ACTIVE], TODAY, True),
    (INTO[State.ACTIVE], ENDS, True),
    # No text keeps it alive while a renewal waits, nor until somebody notes that it ended.
    (INTO[State.ACTIVE], ENDS + timedelta(days=1), False),
    (INTO[State.SUSPENDED], TODAY + timedelta(days=30), False),
    (INTO[State.SUSPENDED], TODAY + timedelta(days=31), True),
    (INTO[State.WITHDRAWN], TODAY, False),
    (INTO[State.ABROGATED], TODAY, False),
    ((issue(), cessation()), AMM + timedelta(days=60), True),
    ((issue(), cessation()), AMM + timedelta(days=61), False),
    ((issue(), renewed()), ENDS - timedelta(days=1), True),
    ((issue(), renewed()), ENDS, False),
    ((issue(), renewed(), void()), ENDS, True),
    ((issue(), renewed(), void()), ENDS + timedelta(days=1), False),
    # What was lawful stays so: only an illegal decision is as if it had never been (CRPA L242-1, -2).
    ((issue(), suspend(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), suspend(at=noon(LATER))), LATER, False),
    ((issue(), suspend(), lift(at=noon(LATER))), LATER - timedelta(days=1), False),
    ((issue(), suspend(), lift(at=noon(LATER))), LATER, True),
    ((issue(), abrogate(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), abrogate(at=noon(LATER))), LATER, False),
    ((issue(), withdraw(at=noon(LATER))), LATER - timedelta(days=1), True),
    ((issue(), withdraw(at=noon(LATER), ground=WithdrawalGround.ILLEGAL)), TODAY, False),
]


@pytest.mark.parametrize(("before", "day", "expected"), IN_FORCE)
def test_a_dose_may_be_given_under_it(before, day, expected):
    assert after(before).in_force(day) is expected


def test_what_a_renewal_will_replace_can_be_suspended_and_withdrawn_until_then():
    """A renewal granted ahead leaves the authorisation in force until the other begins."""
    ahead = (issue(), renewed(ENDS))
    assert after(ahead).state_on(TODAY) is State.ACTIVE
    assert after((*ahead, suspend())).state_on(TODAY) is State.SUSPENDED
    assert after((*ahead, suspend())).state_on(ENDS) is State.REPLACED
    assert after((*ahead, withdraw())).state is State.WITHDRAWN
    with pytest.raises(Refused, match="authorisation_replaced"):
        AUTHORISATION.decide(after(ahead), abrogate(at=noon(ENDS)))


def test_a_day_ends_it_and_not_the_note_of_it():
    """What has ceased, run out or been suspended long enough is so before anybody notes it."""
    ceased_unnoted = after((issue(), cessation()))
    with pytest.raises(Refused, match="authorisation_ceased"):
        AUTHORISATION.decide(ceased_unnoted, abrogate(at=noon(AMM + timedelta(days=61))))
    with pytest.raises(Refused, match="authorisation_expired"):
        AUTHORISATION.decide(after((issue(),)), abrogate(at=noon(ENDS + timedelta(days=1))))
    over = noon(TODAY + timedelta(days=31))
    again = suspend(at=over, until=TODAY + timedelta(days=40))
    assert after((issue(), suspend(), again)).state is State.SUSPENDED
