"""Which requests a lawyer reads: those whose statutory term passed, established or not."""

from datetime import timedelta

import pytest

from compassionate.domain.deadlines import first_silence, silence_due
from compassionate.domain.legal_case import is_legal_case
from compassionate.domain.vocabulary import RequestState as State, SilenceEffect
from events.days import day_of, months_after
from tests.compassionate.samples import AT, INTO, RECEIVED, ask
from tests.compassionate.test_request_table import after

TERM = months_after(day_of(AT), 2)


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_only_what_waits_at_the_agency_past_its_term_or_was_decided_by_silence(state) -> None:
    facts = after(INTO[state])
    waits = {State.RECEIVED, State.UNDER_ASSESSMENT, State.TO_SIGN}
    assert is_legal_case(facts, TERM) is (state is State.IMPLICIT)
    late = TERM + timedelta(days=30)
    expected = waits | {State.INFORMATION_ASKED, State.IMPLICIT}
    assert is_legal_case(facts, late) is (state in expected)


def test_the_first_of_the_two_days_counts() -> None:
    facts = after((*INTO[State.UNDER_ASSESSMENT], ask()))
    assert facts.received_at is not None
    days = {silence_due(facts.received_at, effect, facts.asked) for effect in SilenceEffect}
    assert first_silence(facts.received_at, facts.asked) == min(day for day in days if day)
    assert first_silence(AT, ()) == TERM
    assert not is_legal_case(after(RECEIVED), TERM)
