"""What holds for every sequence of commands."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings

from events.codec import Catalogue
from events.errors import Refused
from events.event import StoredEvent
from pharmacovigilance.domain.checks import refusals
from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import EVENTS, DeclarationEvent, ReceiptDisjoined
from pharmacovigilance.domain.facts import TRANSITIONS, CaseFacts
from pharmacovigilance.domain.flags import SENTENCES, flags
from pharmacovigilance.domain.known import report_after, tidied
from pharmacovigilance.domain.upcasters import UPCASTERS
from pharmacovigilance.domain.vocabulary import Status, in_order
from tests.domain.samples import ID, QUESTION
from tests.domain.strategies import commands, histories, reports
from tests.domain.views import VIEWS

generous = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CATALOGUE = Catalogue()
CATALOGUE.register(EVENTS, UPCASTERS)


def as_it_was(subject, pointer, value):
    return value


def erased(subject, pointer, value):
    return None


def stored(event, payload):
    return StoredEvent(
        stream=f"declaration-{ID}",
        version=1,
        type=event.TYPE,
        schema_version=event.SCHEMA,
        payload=payload,
        metadata={},
        command_id=QUESTION,
        command_index=0,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        recorded_at=event.received_at,
    )


def run(given_commands):
    """Return the events and the states of a sequence of commands, refusals passed over."""
    facts = CaseFacts()
    events: list[DeclarationEvent] = []
    states = [facts]
    for command in given_commands:
        try:
            made = DECLARATION.decide(facts, command)
        except Refused:
            continue
        facts = DECLARATION.fold(made, facts)
        events += made
        states.append(facts)
    return events, states


@given(histories())
@generous
def test_any_sequence_of_commands_keeps_the_invariants(history):
    events, states = run(history)
    assert len(events) == len(states) - 1
    for event, (before, after) in zip(events, pairwise(states), strict=True):
        assert after.declared
        assert after.status in Status
        assert set(after.open_questions).isdisjoint(after.closed_questions)
        later = isinstance(event, ReceiptDisjoined)
        assert all(  # a criterion is never lost, and its day moves later by a finding only
            now is not None and (later or now <= then)
            for then, now in zip(before.held, after.held, strict=True)
            if then is not None
        )
        assert after.first_received_at is not None
        assert after.last_received_at is not None
        assert after.first_received_at <= after.last_received_at
        assert after.valid is (after.day_zero is not None) is (not after.missing)
        assert after.serious is bool(after.seriousness)
        assert after.seriousness == in_order(after.seriousness)
        assert set(after.flags) <= set(SENTENCES)
        assert len(after.drugs) >= len(before.drugs)


@given(histories())
@generous
def test_every_clock_is_due_after_day_zero_and_runs_only_on_a_valid_declaration(history):
    facts = run(history)[1][-1]
    assert bool(facts.clocks) is facts.valid
    for clock in facts.clocks:
        assert facts.day_zero is not None
        assert clock.day_zero >= facts.day_zero
        assert clock.due - clock.day_zero == timedelta(days=clock.rule.days)
        assert clock.rule.days in (15, 90)
    assert list(facts.clocks) == sorted(facts.clocks, key=lambda clock: clock.due)
    if facts.clocks and facts.serious:
        assert any(clock.rule.serious for clock in facts.clocks)
    if facts.clocks and not facts.serious:
        assert not any(clock.rule.serious for clock in facts.clocks)


@given(histories())
@generous
def test_a_serious_declaration_never_waits_more_than_fifteen_days_from_its_last_turn(history):
    facts = run(history)[1][-1]
    if facts.serious and facts.clocks:
        last = max(turn.day for turn in facts.turns)
        assert facts.clocks[0].due <= max(last, facts.day_zero) + timedelta(days=15)


@given(histories())
@generous
def test_what_is_encoded_is_decoded_the_same(history):
    for event in run(history)[0]:
        payload = CATALOGUE.encode(event, as_it_was)
        assert CATALOGUE.decode(stored(event, payload), as_it_was).event == event


@given(histories())
@generous
def test_views_without_personal_fields_and_erased_events_give_the_same_facts(history):
    """A projection without any key knows what the decider knows, also after an erasure."""
    events, states = run(history)
    seen = erased_facts = CaseFacts()
    for event in events:
        payload = CATALOGUE.encode(event, as_it_was)
        view = CATALOGUE.view(VIEWS[event.TYPE], event.TYPE, event.SCHEMA, payload.encode())
        seen = TRANSITIONS[event.TYPE](seen, view, event.received_at)
        bare = CATALOGUE.decode(stored(event, payload), erased).event
        erased_facts = DECLARATION.evolve(erased_facts, bare)  # type: ignore[arg-type]
    assert seen == states[-1]
    assert erased_facts == states[-1]


@given(histories())
@generous
def test_the_report_as_known_agrees_with_the_facts_and_can_be_flagged(history):
    events, states = run(history)
    report = report_after(events)
    if report is None:
        return
    facts = states[-1]
    assert tuple(report.seriousness) == facts.stated
    assert [one.term for one in report.reactions] == [one.term for one in facts.reactions]
    assert [one.name for one in report.drugs] == [one.name for one in facts.drugs]
    assert all(flag.pointer.startswith("/") for flag in flags(report, facts.first_received_at))


@given(commands())
@generous
def test_a_command_is_refused_for_its_data_whatever_the_state(command):
    reasons = refusals(command)
    assert len({(reason.pointer, reason.code) for reason in reasons}) == len(reasons)
    for reason in reasons:
        assert reason.pointer == "" or reason.pointer.startswith("/")
        assert reason.detail
        assert reason.code


@given(reports())
@generous
def test_tidying_twice_is_tidying_once(report):
    once = tidied(report)
    assert tidied(once) == once


@given(histories())
@generous
def test_day_zero_is_never_before_the_first_receipt(history):
    events, states = run(history)
    facts = states[-1]
    if facts.day_zero is not None:
        assert facts.day_zero >= min(day_in_paris(event.received_at) for event in events)
