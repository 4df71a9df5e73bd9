"""A sheet that turns out to be another case counts no more; every other receipt still does."""

from datetime import date

import pytest
from hypothesis import assume, given as given_any, strategies as st

from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import ReceiptDisjoined, ReceiptJoined
from pharmacovigilance.domain.received import before_sheets
from pharmacovigilance.domain.report import Information
from pharmacovigilance.domain.vocabulary import Status
from tests.domain.samples import (
    SERIOUS,
    SHEET,
    ask,
    at,
    declare,
    disjoin,
    follow_up,
    join,
    join_sheet,
    withdraw,
)
from tests.domain.strategies import histories, received
from tests.domain.test_joined import as_if
from tests.domain.test_properties import generous, run
from tests.scenario import given

NEWS = Information(narrative="Suite.")
OTHER = "DG-130786049-00004-6"
DECLARED = declare(SERIOUS)


def test_a_sheet_of_another_case_gives_day_0_and_its_clock_back():
    moved = given(DECLARATION).when(DECLARED, join_sheet("2026-02-20")).state
    assert moved.day_zero == date(2026, 2, 20)
    after = given(DECLARATION).when(DECLARED, join_sheet("2026-02-20"), disjoin()).state
    assert as_if(after) == as_if(given(DECLARATION).when(DECLARED).state)
    assert (after.day_zero, after.first_received_at) == (date(2026, 3, 1), at("2026-03-01"))
    assert [clock.due for clock in after.clocks] == [date(2026, 3, 16)]
    assert (after.joined, after.disjoined) == ((), (SHEET,))


def test_a_disjoining_is_recorded_with_its_own_times_and_why():
    command = disjoin()
    given(DECLARATION).when(DECLARED, join_sheet(), command).then(
        ReceiptDisjoined(
            occurred_at=command.occurred_at,
            received_at=command.received_at,
            receipt_id=SHEET,
            reason="Un autre patient.",
        )
    )


def test_the_earliest_of_the_receipts_that_are_left_counts():
    sheets = join_sheet("2026-02-20"), join_sheet("2026-02-22", receipt_id=OTHER)
    node = join("2026-02-25")
    one = given(DECLARATION).when(DECLARED, *sheets, node, disjoin()).state
    assert one.day_zero == date(2026, 2, 22)
    both = given(DECLARATION).when(DECLARED, *sheets, node, disjoin(), disjoin(receipt_id=OTHER))
    assert both.state.day_zero == date(2026, 2, 25)
    later = given(DECLARATION).when(DECLARED, *sheets, node, disjoin(receipt_id=OTHER)).state
    assert later.day_zero == date(2026, 2, 20)


def test_what_counts_for_good_is_the_earliest_but_for_sheets():
    facts = given(DECLARATION).when(DECLARED, join_sheet("2026-02-20"), join("2026-02-25")).state
    assert before_sheets(facts.received, facts.joined, 1) == at("2026-02-25")


def test_a_receipt_that_is_joined_again_counts_again():
    back = DECLARED, join_sheet("2026-02-20"), disjoin(), join_sheet("2026-02-20")
    given(DECLARATION).when(*back).then_types(ReceiptJoined)
    assert given(DECLARATION).when(*back).state.day_zero == date(2026, 2, 20)
    twice = given(DECLARATION).when(*back, disjoin()).state
    assert twice.day_zero == date(2026, 3, 1)
    assert twice.disjoined == (SHEET, SHEET)


def test_only_what_is_joined_is_disjoined_and_once():
    given(DECLARATION).when(disjoin()).refused("unknown_declaration")
    given(DECLARATION).when(DECLARED, disjoin()).refused("receipt_not_joined")
    given(DECLARATION).when(DECLARED, join_sheet(receipt_id=OTHER), disjoin()).refused(
        "receipt_not_joined"
    )
    given(DECLARATION).when(DECLARED, join_sheet(), disjoin(), disjoin()).refused(
        "receipt_not_joined"
    )


def test_what_a_node_received_stays_joined():
    given(DECLARATION).when(DECLARED, join(), disjoin(receipt_id="n2-1-1-0")).refused_at(
        ("/receipt_id", "not_a_sheets_receipt")
    )


@pytest.mark.parametrize(
    ("reason", "code"), [("", "required"), ("  ", "required"), ("x" * 2001, "too_long")]
)
def test_a_disjoining_says_why(reason, code):
    given(DECLARATION).when(DECLARED, join_sheet(), disjoin(reason=reason)).refused_at(
        ("/reason", code)
    )


def test_of_somebody_who_was_erased_no_reason_is_written_down():
    given(DECLARATION).when(DECLARED, join_sheet(), disjoin(reason=None)).then_types(
        ReceiptDisjoined
    )


@pytest.mark.parametrize(
    "past", [(withdraw(),), (ask(),), (follow_up(NEWS),), (ask(), withdraw())]
)
def test_a_wrong_date_is_mended_in_every_state(past):
    before = given(DECLARATION).when(DECLARED, *past).state
    after = given(DECLARATION).when(DECLARED, join_sheet("2026-02-20"), *past, disjoin())
    after.then_types(ReceiptDisjoined)
    assert as_if(after.state) == as_if(before)
    assert (after.state.status is Status.WITHDRAWN) is before.withdrawn


@given_any(histories(), st.data())
@generous
def test_a_receipt_joined_and_disjoined_leaves_no_trace(history, data):
    """The whole rule: of any event of any history, whatever is told in between."""
    events, _ = run(history)
    assume(events)
    instant, place = data.draw(received), data.draw(st.integers(1, len(events)))
    never = given(DECLARATION, *events).when(follow_up(NEWS))
    undone = given(DECLARATION, *events).when(
        join_sheet(instant, of_version=place), follow_up(NEWS), disjoin()
    )
    assert as_if(undone.state) == as_if(never.state)
    assert undone.state.joined == never.state.joined


@given_any(st.lists(st.tuples(received, st.booleans()), min_size=1, max_size=5))
@generous
def test_day_0_is_the_earliest_of_all_receipts_that_are_still_joined(drawn):
    joins = [
        join_sheet(instant, receipt_id=f"{SHEET}/{place}")
        for place, (instant, _) in enumerate(drawn)
    ]
    gone = [
        disjoin(receipt_id=f"{SHEET}/{place}") for place, (_, kept) in enumerate(drawn) if not kept
    ]
    facts = given(DECLARATION).when(DECLARED, *joins, *gone).state
    left = [instant for instant, kept in drawn if kept]
    assert facts.first_received_at == min([DECLARED.received_at, *left])
    assert facts.last_received_at == facts.first_received_at
    assert len(facts.joined) == len(left)
