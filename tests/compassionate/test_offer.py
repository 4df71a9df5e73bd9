"""Terms to start from lie within every limit, whatever was asked for: what is offered is not refused."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, strategies as st

from compassionate.domain.decision_guards import _terms
from compassionate.domain.offer import terms_to_offer
from compassionate.domain.prescription import Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import RequestKind, RequestState as State
from tests.compassionate.samples import INTO, PART, SHEET, TO_REGULARISE, TODAY
from tests.compassionate.test_kept import made

DAYS = st.integers(-40, 400)


def received(part: Prescription = PART):
    past: list[Any] = list(made(REQUEST, INTO[State.RECEIVED]))
    facts = REQUEST.fold(past)
    return replace(facts, prescription=part)


@given(asked=st.integers(1, 365), most=st.none() | st.integers(1, 365), wanted=DAYS, today=DAYS)
def test_what_is_offered_is_not_refused(asked, most, wanted, today) -> None:
    facts = received(replace(PART, duration_days=asked, wanted_on=TODAY + timedelta(days=wanted)))
    sheet = replace(SHEET, max_days=most)
    terms = terms_to_offer(facts, sheet, TODAY + timedelta(days=today))
    assert list(_terms(facts, terms, sheet)) == []


@given(ceases=st.integers(0, 400))
def test_nothing_is_offered_beyond_a_cessation(ceases) -> None:
    sheet = replace(SHEET, ceases_on=TODAY + timedelta(days=ceases))
    terms = terms_to_offer(received(), sheet, TODAY)
    assert list(_terms(received(), terms, sheet)) == []


def test_a_regularisation_begins_with_the_first_dose() -> None:
    past: list[Any] = list(made(REQUEST, TO_REGULARISE))
    facts = REQUEST.fold(past)
    terms = terms_to_offer(facts, SHEET, TODAY + timedelta(days=6))
    assert terms.begins_on == TODAY
    assert list(_terms(facts, terms, SHEET)) == []


def test_a_renewal_begins_the_day_after_what_it_renews_unless_that_has_ended() -> None:
    late, ended = TODAY + timedelta(days=12), TODAY - timedelta(days=2)
    assert terms_to_offer(received(), SHEET, TODAY, follows=late).begins_on == late + timedelta(1)
    assert terms_to_offer(received(), SHEET, TODAY, follows=ended).begins_on == TODAY


def test_a_day_that_stands_for_none_is_offered_as_one_that_can_be_counted_from() -> None:
    part = replace(PART, wanted_on=date.max)
    terms = terms_to_offer(received(part), SHEET, TODAY)
    assert TODAY < terms.begins_on <= terms.ends_on < date.max


@given(wanted=DAYS, ends=st.integers(0, 300))
def test_a_change_of_dosage_begins_within_what_it_changes_and_outlasts_nothing(
    wanted, ends
) -> None:
    part = replace(PART, wanted_on=TODAY + timedelta(days=wanted))
    facts = replace(received(part), kind=RequestKind.DOSAGE_CHANGE)
    last = TODAY + timedelta(days=ends)
    terms = terms_to_offer(facts, SHEET, TODAY, follows=last)
    assert terms.begins_on == max(TODAY, TODAY + timedelta(days=wanted))
    assert terms.ends_on <= max(last, terms.begins_on)
    assert list(_terms(facts, terms, SHEET)) == []
