"""What a request was when an outage began, and which terms ran for it; what rights holders owed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from compassionate.domain.holder_events import HolderFileOpened
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.legal_parameter import LegalParameter, ParameterFacts
from compassionate.domain.outage_terms import Fold, folded_in, given_of, holder_terms, terms_of
from compassionate.domain.prescription import Dispensing
from compassionate.domain.request import REQUEST
from events.days import morning_of
from events.touched import Window
from tests.compassionate import samples
from tests.compassionate.samples import AT
from tests.compassionate.test_legal_parameter import known

WINDOW = Window(since=AT, until=AT + timedelta(hours=5))
HOUR = timedelta(hours=1)
DEFERRABLE = replace(samples.PART, deferrable=True, urgency=None)


def fold(*commands) -> Fold:
    said = []
    for command in commands:
        said.extend(REQUEST.decide(REQUEST.fold(said), command))
    return folded_in(said, WINDOW)


def test_what_was_received_before_waited_and_what_a_spool_held_counts_from_its_receipt():
    before = fold(samples.submit(at=AT - HOUR))
    assert (before.state_at_start, before.waited_in(WINDOW)) == ("received", True)
    meanwhile = fold(samples.submit(at=AT + HOUR))
    assert (meanwhile.state_at_start, meanwhile.waited_in(WINDOW)) == (None, True)
    assert not fold(samples.submit(at=AT + 6 * HOUR)).waited_in(WINDOW)
    assert not fold(samples.draft(at=AT + HOUR)).waited_in(WINDOW)


def test_a_receipt_that_is_joined_later_makes_it_wait_from_then():
    late = samples.join(at=AT - HOUR, of_version=3)
    decided = (samples.take_up(at=AT + 9 * HOUR), samples.withdraw(at=AT + 9 * HOUR))
    for past in ((), decided):
        joined = fold(samples.submit(at=AT + HOUR), *past, late)
        assert (joined.begins_at, joined.state_at_start) == (AT - HOUR, "received")


def test_a_withdrawal_closes_it_and_a_dose_told_afterwards_opens_it_again():
    sent = (samples.submit(at=AT - 2 * HOUR), samples.withdraw(at=AT - HOUR))
    assert not fold(*sent).waited_in(WINDOW)
    again = fold(*sent, samples.dispense(at=AT + HOUR))
    assert (again.closed_at, again.waited_in(WINDOW)) == (None, True)


def test_the_terms_of_a_request_each_have_their_source():
    goal, silence = terms_of(fold(samples.submit(DEFERRABLE, at=AT)), WINDOW, ParameterFacts())
    assert (goal.clock, goal.by_law, goal.ends_at) == ("goal", False, AT + timedelta(days=3))
    assert (silence.by_law, silence.source) == (True, "CRPA L231-1, L231-4, L114-3, L114-5")
    assert silence.ends_at == morning_of(date(2027, 1, 25))
    assert not silence.was_moved


def test_a_dose_of_the_outage_is_regularised_within_a_working_day_after_it():
    long = Window(since=AT, until=AT + timedelta(days=3))
    said = REQUEST.decide(
        REQUEST.initial,
        samples.dispense(at=AT + HOUR, dispensing=Dispensing(at=AT + HOUR, quantity="1")),
    )
    found = folded_in(said, long)
    (term,) = terms_of(found, long, ParameterFacts())
    # From Friday, when service was back, to the end of Monday.
    assert (term.clock, term.ends_at) == ("regularisation", morning_of(date(2026, 12, 1)))
    # As many days as were settled when it was given: to the end of Wednesday.
    three = {"parameter": LegalParameter.REGULARISATION_DAYS, "value": "3", "at": AT - HOUR}
    settled = known(three)
    (allowed,) = terms_of(found, long, settled)
    assert allowed.ends_at == morning_of(date(2026, 12, 3))
    given = given_of(found)
    assert given is not None
    assert (given.route, given.outcome, given.on_sheet) == ("criteria_met", "still_open", False)


def test_what_a_holder_owes_has_its_term_and_its_source():
    opened = HolderFileOpened(
        by="system",
        occurred_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        received_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        product="p", indication="i", holder="h", request_id=samples.QUESTION, rare=False,
    )  # fmt: skip
    asked = HolderFacts(opened=opened, asked_on=date(2026, 1, 6), owed_since=date(2026, 1, 6))
    (undertaking,) = holder_terms(asked)
    assert (undertaking.source, undertaking.ends_at, undertaking.done_at) == (
        "CSP R5121-74-9 II", morning_of(date(2026, 2, 7)), None,
    )  # fmt: skip
    done = replace(
        asked, undertaken_on=date(2026, 1, 20), granted_on=date(2026, 1, 8), filed_on=date(2027, 1, 2)
    )  # fmt: skip
    undertaking, filing = holder_terms(done)
    assert undertaking.done_at == morning_of(date(2026, 1, 20))
    assert (filing.ends_at, filing.done_at) == (
        morning_of(date(2027, 1, 9)), morning_of(date(2027, 1, 2)),
    )  # fmt: skip
    assert holder_terms(HolderFacts()) == ()
