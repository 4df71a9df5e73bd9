"""The decider of a submission that was set aside, and what its sender may know of the reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from continuity.domain.set_aside import SUBMISSION, SetAside, TakeUp
from continuity.domain.set_aside_events import (
    Done,
    Reason,
    SubmissionSetAside,
    SubmissionTakenUp,
    told_to_sender,
)
from tests.scenario import given

NOW = datetime(2026, 6, 2, 6, tzinfo=UTC)
STREAM = "declaration-0192f000-0000-8000-8000-000000000000"
EVENT = SubmissionSetAside(
    occurred_at=NOW,
    received_at=NOW - timedelta(hours=9),
    receipt_id="n1-1-1-0",
    receipt="AEAQ",
    node="n1",
    command_id=UUID(int=1),
    kind="pharmacovigilance.withdraw_declaration",
    command_schema=1,
    target=STREAM,
    priority=7,
    reason=Reason.REFUSED,
    problems=("already_withdrawn",),
    header="aA==",
    sealed="cw==",
)
TAKE_UP = TakeUp(by="r", done=Done.SENDER_CONTACTED, why=" Appelé. ", at=NOW)
ASIDE = (EVENT,)
TAKEN = (
    EVENT,
    SubmissionTakenUp(
        occurred_at=NOW, received_at=NOW, by="r", done=Done.SENDER_CONTACTED, why="Appelé."
    ),
)


def test_what_is_set_aside_is_recorded_as_it_was_found():
    given(SUBMISSION).when(SetAside(what=EVENT)).then(EVENT)


@pytest.mark.parametrize("past", [ASIDE, TAKEN])
def test_it_is_set_aside_once(past):
    given(SUBMISSION, *past).when(SetAside(what=EVENT)).refused("already_set_aside")


def test_it_is_taken_up_with_a_reason():
    given(SUBMISSION, *ASIDE).when(TAKE_UP).then(TAKEN[1])


@pytest.mark.parametrize(
    ("past", "changes", "refused"),
    [
        ((), {}, [("", "not_set_aside")]),
        (TAKEN, {}, [("", "already_taken_up")]),
        (ASIDE, {"why": ""}, [("/why", "reason_needed")]),
        (ASIDE, {"why": " \n"}, [("/why", "reason_needed")]),
        (ASIDE, {"why": "x" * 2_001}, [("/why", "too_long")]),
        (ASIDE, {"why": "x\0"}, [("/why", "unreadable_character")]),
        (ASIDE, {"why": "\ud800"}, [("/why", "unreadable_character")]),
        (ASIDE, {"done": Done.RECORDED_ANEW}, [("/recorded_as", "stream_needed")]),
        (
            ASIDE,
            {"done": Done.RECORDED_ANEW, "recorded_as": "K7QX"},
            [("/recorded_as", "stream_needed")],
        ),
        (ASIDE, {"recorded_as": STREAM}, [("/recorded_as", "stream_unexpected")]),
        (
            TAKEN,
            {"why": "", "done": Done.RECORDED_ANEW},
            [
                ("", "already_taken_up"),
                ("/why", "reason_needed"),
                ("/recorded_as", "stream_needed"),
            ],
        ),
    ],
)
def test_every_reason_of_a_refusal_is_given_at_once(past, changes, refused):
    given(SUBMISSION, *past).when(replace(TAKE_UP, **changes)).refused_at(*refused)


def test_the_longest_reason_and_a_stream_are_taken():
    command = replace(TAKE_UP, why="x" * 2_000, done=Done.RECORDED_ANEW, recorded_as=STREAM)
    outcome = given(SUBMISSION, *ASIDE).when(command).then_types(SubmissionTakenUp)
    assert outcome.state.taken_up.recorded_as == STREAM


@pytest.mark.parametrize("reason", Reason)
def test_a_sender_cannot_tell_a_file_of_others_from_one_that_is_not_there(reason):
    told = told_to_sender(reason)
    assert told is not Reason.NOT_ALLOWED
    hidden = {Reason.NOT_ALLOWED, Reason.UNKNOWN_TARGET}
    assert (told is Reason.UNKNOWN_TARGET) is (reason in hidden)
