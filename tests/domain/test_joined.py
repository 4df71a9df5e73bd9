"""A command received twice counts from its earliest receipt, in every state."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given as given_any, strategies as st
from msgspec.structs import replace as without

from pharmacovigilance.domain.commands import DisjoinReceipt, JoinReceipt
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import EVENTS, DeclarationWithdrawn, ReceiptJoined
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.report import Information, ReactionInformation, Report
from pharmacovigilance.domain.vocabulary import Status
from pharmacovigilance.projections import VIEWS
from tests.domain.samples import (
    SERIOUS,
    VALID,
    answer,
    ask,
    at,
    declare,
    follow_up,
    join,
    withdraw,
)
from tests.domain.strategies import histories, received
from tests.domain.test_properties import generous, run
from tests.scenario import given

MIDNIGHT = at("2026-11-24", hour=0)
BEFORE, AFTER = MIDNIGHT - timedelta(minutes=1), MIDNIGHT + timedelta(minutes=5)
NEWS = Information(narrative="Suite.")


def as_if(facts: CaseFacts) -> CaseFacts:
    """Return the facts without the trace of a join: what any rule or list may read of them."""
    kept = tuple(one._replace(version=0, own=one.at) for one in facts.received)
    return without(facts, version=0, joined=(), disjoined=(), received=kept)


def test_what_was_received_before_midnight_and_recorded_after_counts_from_the_day_before():
    facts = given(DECLARATION).when(declare(SERIOUS, AFTER), join(BEFORE)).state
    assert facts.first_received_at == BEFORE
    assert facts.day_zero == date(2026, 11, 23)
    assert [clock.due for clock in facts.clocks] == [date(2026, 12, 8)]
    assert as_if(facts) == as_if(given(DECLARATION).when(declare(SERIOUS, BEFORE)).state)


def test_a_join_is_recorded_with_the_times_of_its_receipt():
    command = join(BEFORE)
    given(DECLARATION).when(declare(SERIOUS, AFTER), command).then(
        ReceiptJoined(
            occurred_at=BEFORE,
            received_at=BEFORE,
            receipt_id=command.receipt_id,
            node="n2",
            of_version=1,
        )
    )


def test_a_later_receipt_changes_nothing_and_is_kept():
    facts = given(DECLARATION).when(declare(SERIOUS, BEFORE), join(AFTER)).state
    assert [one.receipt_id for one in facts.joined] == ["n2-1-1-0"]
    assert as_if(facts) == as_if(given(DECLARATION).when(declare(SERIOUS, BEFORE)).state)


def test_the_receipt_of_a_follow_up_moves_its_own_clock_and_not_day_zero():
    commands = declare(SERIOUS), ask(), follow_up(NEWS, "2026-03-20")
    moved = given(DECLARATION).when(*commands, join("2026-03-12", of_version=3)).state
    assert [clock.due for clock in moved.clocks] == [date(2026, 3, 16), date(2026, 3, 27)]
    assert moved.first_received_at == at("2026-03-01")
    assert moved.last_received_at == at("2026-03-12")


def test_the_receipt_of_what_completed_a_declaration_moves_day_zero():
    bare = replace(VALID, reactions=())
    told = Information(reactions=(ReactionInformation(term="Fièvre"),))
    history = declare(bare), follow_up(told, "2026-03-20")
    assert given(DECLARATION).when(*history).state.day_zero == date(2026, 3, 20)
    moved = given(DECLARATION).when(*history, join("2026-03-12", of_version=2)).state
    assert moved.day_zero == date(2026, 3, 12)


@pytest.mark.parametrize("other", [withdraw(), ask()])
def test_a_receipt_of_what_informs_of_nothing_is_kept_and_moves_nothing(other):
    before = given(DECLARATION).when(declare(), other).state
    after = given(DECLARATION).when(declare(), other, join("2026-01-01", of_version=2)).state
    assert as_if(after) == as_if(before)
    assert after.joined


def test_a_join_takes_no_withdrawn_declaration_up_again():
    facts = given(DECLARATION).when(declare(), withdraw(), join()).state
    assert facts.status is Status.WITHDRAWN
    assert facts.flags == ()


def test_a_receipt_is_joined_once():
    given(DECLARATION).when(declare(), join(), join()).refused("already_joined")
    given(DECLARATION).when(declare(), join(), join(receipt_id="n3-1-1-0")).then_types(
        ReceiptJoined
    )


@pytest.mark.parametrize("version", [-1, 0, 2])
def test_a_receipt_of_an_event_that_is_not_there_is_refused(version):
    given(DECLARATION).when(declare(), join(of_version=version)).refused("unknown_version")


PASTS = {
    "declared": (declare(),),
    "not valid": (declare(Report(narrative="Rien de plus.")),),
    "asked": (declare(), ask()),
    "answered": (declare(), ask(), answer()),
    "followed up": (declare(), follow_up(NEWS)),
    "withdrawn": (declare(), withdraw()),
    "withdrawn with a question": (declare(), ask(), withdraw()),
    "taken up again": (declare(), withdraw(), follow_up(NEWS)),
    "joined": (declare(), join(receipt_id="n9-1-1-0")),
}


@pytest.mark.parametrize("past", PASTS.values(), ids=PASTS)
@pytest.mark.parametrize(
    "fact", [follow_up(NEWS), answer(), join()], ids=["follow-up", "answer", "join"]
)
def test_every_report_of_fact_is_accepted_in_every_state(past, fact):
    made = given(DECLARATION).when(*past, fact).made
    assert len(made) == 1


@pytest.mark.parametrize("past", PASTS.values(), ids=PASTS)
def test_a_wish_is_refused_only_where_it_is_granted_already(past):
    outcome = given(DECLARATION).when(*past, withdraw())
    if given(DECLARATION).when(*past).state.withdrawn:
        outcome.refused("already_withdrawn")
    else:
        outcome.then_types(DeclarationWithdrawn)


@given_any(histories(), st.data())
@generous
def test_a_history_with_an_earlier_receipt_is_that_history_received_earlier(history, data):
    """The whole rule: any event of any history, joined at any instant, by either way of folding."""
    events, _ = run([one for one in history if not isinstance(one, JoinReceipt | DisjoinReceipt)])
    assume(events)
    place = data.draw(st.integers(0, len(events) - 1))
    instant = data.draw(received)
    late = DECLARATION.fold(events)
    joined = DECLARATION.fold(DECLARATION.decide(late, join(instant, of_version=place + 1)), late)
    first = min(instant, events[place].received_at)
    early = [*events[:place], replace(events[place], received_at=first), *events[place + 1 :]]
    assert as_if(joined) == as_if(DECLARATION.fold(early))
    assert (joined.day_zero, joined.clocks) == (
        DECLARATION.fold(early).day_zero, DECLARATION.fold(early).clocks
    )  # fmt: skip


@given_any(histories(), st.data())
@generous
def test_the_order_in_which_receipts_are_joined_is_no_matter(history, data):
    events, _ = run(history)
    assume(events)
    versions = st.integers(1, len(events))
    drawn = data.draw(st.lists(st.tuples(received, versions), min_size=2, max_size=4))
    several = [
        join(at, of_version=version, receipt_id=f"n5-1-{place}-0")
        for place, (at, version) in enumerate(drawn)
    ]
    there = given(DECLARATION, *events).when(*several).state
    back = given(DECLARATION, *events).when(*reversed(several)).state
    assert as_if(there) == as_if(back)
    assert len(there.joined) == len(back.joined) >= len(several)


@given_any(histories())
@generous
def test_the_facts_count_the_versions_of_their_stream(history):
    events, states = run(history)
    assert [one.version for one in states] == list(range(len(events) + 1))


def test_no_event_of_a_declaration_is_passed_over_by_a_fold():
    """Their versions are counted: an event that a list did not see would shift every later one."""
    types = {cls.TYPE for cls in EVENTS}
    assert set(TRANSITIONS) == types
    assert set(VIEWS) == types
