"""The follow-up under a PUT-SP: what is due, what came, which reactions are linked."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate.domain.follow_up import (
    FOLLOW_UP,
    BeginFollowUp,
    EndFollowUp,
    FollowUpFacts,
    LinkAdverseEvent,
    NoteDataDue,
    RecordData,
    UnlinkAdverseEvent,
)
from compassionate.domain.vocabulary import DeclareTo, PatientOutcome
from events.errors import Refused
from tests.compassionate.samples import AT, DOCTOR, TODAY

WHO: dict[str, Any] = {"by": DOCTOR, "at": AT}
BEGUN = TODAY - timedelta(days=100)
DUE = (BEGUN + timedelta(days=30), BEGUN + timedelta(days=90), BEGUN + timedelta(days=180))
DECLARATION = UUID(int=5)


def begin(**said: Any) -> BeginFollowUp:
    usual: dict[str, Any] = {
        "number": "AAC-19E0-ZZQ0-003V6", "begins_on": BEGUN, "ends_on": BEGUN + timedelta(days=364), "protocol_version": 1,
        "every_days": (30, 90, 180), "declare_to": DeclareTo.BOTH,
    }  # fmt: skip
    return BeginFollowUp(**(WHO | usual | said))


def data(due_on: date | None = DUE[0], **said: Any) -> RecordData:
    usual: dict[str, Any] = {
        "due_on": due_on, "seen_on": TODAY, "outcome": PatientOutcome.STABLE,
        "efficacy": "Lésion stable.",
    }  # fmt: skip
    return RecordData(**(WHO | usual | said))


def link() -> LinkAdverseEvent:
    return LinkAdverseEvent(
        **WHO, declaration_id=DECLARATION, declaration_number="VSZZ-XCDY-6SM4N"
    )


def unlink(reason: str = "Autre patient.") -> UnlinkAdverseEvent:
    return UnlinkAdverseEvent(**WHO, declaration_id=DECLARATION, reason=reason)


def end(ended_on: date = TODAY, reason: str = "Progression.") -> EndFollowUp:
    return EndFollowUp(**WHO, ended_on=ended_on, reason=reason)


def remind(**said: Any) -> NoteDataDue:
    return NoteDataDue(**(WHO | said))


def after(*commands: Any) -> FollowUpFacts:
    facts = FOLLOW_UP.initial
    for command in commands:
        facts = FOLLOW_UP.fold(FOLLOW_UP.decide(facts, command), facts)
    return facts


TOMORROW = TODAY + timedelta(days=1)
REFUSALS = [
    ((), data(), [("", "unknown_follow_up")]),
    ((begin(),), begin(), [("", "follow_up_exists")]),
    ((), remind(), [("", "unknown_follow_up")]),
    ((begin(), remind()), remind(), [("", "nothing_due")]),
    ((begin(),), data(TODAY, seen_on=TOMORROW, efficacy=" "), [
        ("/seen_on", "seen_in_future"), ("", "nothing_said"),
    ]),
    ((begin(), link()), link(), [("", "already_linked")]),
    ((begin(),), unlink(" "), [("", "not_linked"), ("/reason", "reason_needed")]),
    ((begin(), end()), end(TOMORROW, " "), [
        ("", "already_ended"), ("/ended_on", "ended_in_future"), ("/reason", "reason_needed"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        FOLLOW_UP.decide(after(*before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


def test_what_is_due_and_did_not_come_is_lacking():
    """CSP R5121-74-5: taking part in the collection is a duty."""
    assert after(begin()).due() == DUE
    assert after(begin()).lacking(TODAY) == DUE[:2]
    assert after(begin(), data(DUE[1])).lacking(TODAY) == DUE[:1]
    # Data beside the schedule are welcome and settle none of its days.
    assert after(begin(), data(None)).lacking(TODAY) == DUE[:2]


def test_nothing_is_due_after_the_treatment_ended():
    ended = after(begin(), end(DUE[0]))
    assert (ended.due(), ended.lacking(TODAY)) == (DUE[:1], DUE[:1])
    assert after(begin(), end(DUE[0]), data(DUE[0])).lacking(TODAY) == ()


def test_a_reaction_is_linked_until_somebody_says_that_it_is_not_hers():
    assert after(begin(), link()).linked == {DECLARATION}
    assert after(begin(), link(), unlink()).linked == frozenset()
    assert after(begin(), end(), link()).linked == {DECLARATION}


def test_a_death_needs_no_more_words_and_data_of_any_day_are_taken():
    died = data(DUE[2], outcome=PatientOutcome.DIED, efficacy=None)
    assert len(after(begin(), end(DUE[0]), died, data(TODAY)).received) == 2


def test_nothing_is_due_after_the_authorisation_nor_without_a_protocol():
    assert after(begin(ends_on=DUE[1])).due() == DUE[:2]
    assert after(begin(every_days=(), protocol_version=None)).due() == ()
