"""Each clock of dossier §5.6, with the text that it comes from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from compassionate.domain.deadlines import (
    RULES,
    Asked,
    acknowledgement_due,
    cessation_limit,
    filing_due,
    goal,
    goes_on_until,
    holder_information_due,
    illegality_limit,
    latest_end,
    maintained_until,
    notified_on,
    reasons_due,
    registration_due,
    regularisation_days,
    silence_due,
    suspension_limit,
    undertaking_due,
)
from compassionate.domain.opening_hours import is_open
from compassionate.domain.reminders import remind_on
from compassionate.domain.vocabulary import SilenceEffect
from events.days import months_after

FRIDAY = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
"""Friday 20 November, 23:30 in Paris."""
SATURDAY = FRIDAY + timedelta(hours=1)
"""An hour later: Saturday 21 November, 00:30 in Paris."""


def test_the_registration_is_told_within_one_working_day():
    """CRPA R112-11-2: instantly or, if impossible, within one working day of the receipt."""
    assert registration_due(FRIDAY) == date(2026, 11, 23)
    assert registration_due(SATURDAY) == date(2026, 11, 23)
    assert registration_due(FRIDAY - timedelta(days=1)) == date(2026, 11, 20)


def test_the_acknowledgement_is_sent_within_ten_working_days():
    """CRPA R112-11-2."""
    assert acknowledgement_due(FRIDAY) == date(2026, 12, 4)


def test_a_decision_is_notified_by_its_first_reading_or_from_its_deposit():
    """CRPA L221-8, R112-20: received when first read; unread for fifteen days, on the day of the deposit."""
    read = FRIDAY + timedelta(days=15)
    last, after = date(2026, 12, 5), date(2026, 12, 6)
    assert notified_on(FRIDAY, None, last) is None
    assert notified_on(FRIDAY, None, after) == date(2026, 11, 20)
    assert notified_on(FRIDAY, read, after) == last
    assert notified_on(FRIDAY, read + timedelta(days=1), after) == date(2026, 11, 20)


def test_silence_decides_after_two_months():
    """CRPA L231-1: by the day of the receipt, whatever channel it came by (L112-13)."""
    for effect in SilenceEffect:
        assert silence_due(FRIDAY, effect, ()) == date(2027, 1, 20)
    assert silence_due(SATURDAY, SilenceEffect.REJECTION, ()) == date(2027, 1, 21)


def test_a_question_suspends_the_term_that_ends_in_rejection():
    """CRPA L114-5, R112-11-4: for as long as the answer takes, and for its limit at most."""

    def due(answered):
        asked = Asked(on=date(2026, 12, 1), limit=date(2026, 12, 15), answered_on=answered)
        return silence_due(FRIDAY, SilenceEffect.REJECTION, [asked])

    assert due(date(2026, 12, 5)) == date(2027, 1, 24)
    assert due(date(2026, 12, 15)) == due(None) == due(date(2026, 12, 20)) == date(2027, 2, 3)


def test_a_question_starts_the_term_that_ends_in_acceptance_anew():
    """CRPA L114-5: an implied acceptance runs only from the day on which the request is complete."""
    asked = Asked(on=date(2026, 12, 1), limit=date(2026, 12, 15), answered_on=date(2026, 12, 31))
    waits = Asked(on=date(2027, 1, 4), limit=date(2027, 1, 10))
    assert silence_due(FRIDAY, SilenceEffect.ACCEPTANCE, [asked]) == date(2027, 2, 28)
    assert silence_due(FRIDAY, SilenceEffect.ACCEPTANCE, [asked, waits]) is None


def test_the_house_means_to_decide_by_urgency():
    """No law fixes it: four hours where nothing is deferrable, else one or three working days."""
    assert goal(FRIDAY, deferrable=False, conforms=True) == FRIDAY + timedelta(hours=4)
    assert goal(FRIDAY, deferrable=None, conforms=None) == FRIDAY + timedelta(hours=4)
    assert goal(FRIDAY, deferrable=True, conforms=True) == FRIDAY + timedelta(days=3)
    assert goal(FRIDAY, deferrable=True, conforms=None) == FRIDAY + timedelta(days=5)


def test_a_dose_is_regularised_a_working_day_after_the_service_is_back():
    """The agency's page says only "a posteriori"; the length is the house's (dossier §5.6)."""
    assert regularisation_days(FRIDAY).due == date(2026, 11, 23)
    back_at = FRIDAY + timedelta(days=4)
    assert regularisation_days(FRIDAY, back_at).due == date(2026, 11, 25)


def test_an_authorisation_lasts_a_year_at_most():
    """CSP L5121-12-1 II, R5121-74-3 I: both days included."""
    assert latest_end(date(2026, 11, 24)) == date(2027, 11, 23)


def test_a_renewal_is_called_to_mind_in_time():
    """The house's reminders, for CSP R5121-74-4: no text keeps an authorisation alive."""
    ends_on, given, days = date(2026, 12, 31), frozenset[int](), []
    while (day := remind_on(ends_on, given)) is not None:
        days.append(day)
        given |= {(ends_on - day).days}
    assert days == [date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 24), ends_on]


def test_the_holder_has_a_month_for_the_undertaking():
    """CSP R5121-74-9 II."""
    assert undertaking_due(date(2026, 1, 31)) == date(2026, 2, 28)


def test_early_access_is_filed_within_a_year_of_the_first_grant_or_eighteen_months_if_rare():
    """CSP D5121-74-1-1 I and II: each extension is six months at most."""
    first = date(2026, 11, 24)
    assert filing_due(first, rare=False) == date(2027, 11, 24)
    assert filing_due(first, rare=True) == date(2028, 5, 24)
    assert filing_due(first, rare=False, extensions=[6, 3]) == date(2028, 8, 24)


def test_what_is_in_force_is_kept_a_year_without_early_access():
    """CSP D5121-74-1-1 III, L5121-12-1 VIII 1°."""
    assert maintained_until(date(2028, 2, 29)) == date(2029, 2, 28)


def test_a_holder_is_informed_within_a_working_day_of_the_first_request():
    """CSP R5121-74-1 II says "immediately"; the length is the house's."""
    assert holder_information_due(FRIDAY) == date(2026, 11, 23)
    assert holder_information_due(SATURDAY) == date(2026, 11, 23)


def test_a_suspension_lasts_three_months_at_most():
    """CSP R5121-74-8."""
    assert suspension_limit(date(2026, 11, 30)) == date(2027, 2, 28)


def test_a_suspension_that_goes_on_has_the_rest_of_three_months():
    """CSP R5121-74-8; three months apart is the house's own measure."""
    month = (date(2026, 11, 1), date(2026, 11, 30))
    assert goes_on_until(month[1]) == date(2027, 2, 28)
    assert suspension_limit(date(2026, 12, 1), [month]) == date(2027, 2, 1)
    assert suspension_limit(date(2026, 12, 11), [month]) == date(2027, 2, 11)
    # Asked on one of its own days, it is as if it had to go on from there.
    assert suspension_limit(date(2026, 11, 10), [month]) == date(2027, 2, 1)
    lifted_at_once = (date(2026, 11, 1), date(2026, 10, 31))
    assert suspension_limit(date(2026, 11, 1), [lifted_at_once]) == date(2027, 2, 1)


def test_access_stops_within_three_months_of_the_marketing_authorisation():
    """CSP R5121-74-9 I."""
    assert cessation_limit(date(2026, 11, 24)) == date(2027, 2, 24)


def test_the_reasons_of_an_urgent_refusal_are_given_within_a_month():
    """CRPA L211-6."""
    assert reasons_due(date(2026, 12, 31)) == date(2027, 1, 31)


def test_an_illegal_grant_is_withdrawn_within_four_months():
    """CRPA L242-1."""
    assert illegality_limit(date(2026, 11, 24)) == date(2027, 3, 24)


@pytest.mark.parametrize(("day", "count", "expected"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)),
    (date(2026, 12, 15), 1, date(2027, 1, 15)),
    (date(2026, 12, 31), 14, date(2028, 2, 29)),
    (date(2026, 3, 31), 0, date(2026, 3, 31)),
    (date(9999, 11, 30), 1, date(9999, 12, 30)),
    (date(9999, 11, 30), 2, date.max),
])  # fmt: skip
def test_months_end_where_their_last_day_is(day, count, expected):
    assert months_after(day, count) == expected


def test_every_clock_names_its_source_and_says_whether_a_text_fixes_it():
    assert len({rule.code for rule in RULES}) == len(RULES) == 17
    assert all(rule.law is rule.source.startswith(("CSP", "CRPA")) for rule in RULES)


def test_a_question_after_the_term_takes_nothing_back():
    """CRPA L231-1: what silence has decided is decided."""
    after_it = Asked(on=date(2027, 2, 1), limit=date(2027, 2, 10))
    for effect in SilenceEffect:
        assert silence_due(FRIDAY, effect, [after_it]) == date(2027, 1, 20)


def test_a_limit_that_was_mistyped_closes_no_file():
    """CRPA L114-3: the term stands still until the limit; the calendar ends before that."""
    asked = [Asked(on=date(2026, 11, 25), limit=date.max)]
    received_at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert silence_due(received_at, SilenceEffect.REJECTION, asked) == date.max
    again = [*asked, Asked(on=date(2027, 11, 25), limit=date(2027, 12, 25))]
    assert silence_due(received_at, SilenceEffect.REJECTION, again) == date.max


def test_the_hours_before_the_first_that_are_known_are_those():
    """A dose whose year was mistyped is told all the same."""
    monday = datetime(2016, 11, 21, 9, 30, tzinfo=UTC)
    assert is_open(monday)
    assert not is_open(monday - timedelta(days=1))
