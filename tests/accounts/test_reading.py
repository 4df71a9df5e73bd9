"""A reading is recorded for a reason: given events, when a command, then events or a refusal."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from accounts.domain.reading import READINGS, GiveReason, ReadFile
from accounts.domain.reading_events import LONGEST_REFERENCE, FileRead, ReadingReasonGiven
from accounts.domain.reading_words import LABELS, Ground, Opened, Place
from accounts.readings import stream_of
from events.errors import Refused

AT = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
FILE = "access_request-0198a000-0000-7000-8000-000000000002"
REASON = GiveReason(by="dpo", at=AT, file=FILE, ground=Ground.COMPLAINT, reference=" R 12 ")
READING = ReadFile(
    by="dpo", at=AT, file=FILE, opened=Opened.REQUEST, number="K7QX", place=Place.API
)


def given(*commands):
    past = []
    for command in commands:
        past += READINGS.decide(READINGS.fold(past), command)
    return past


def codes(command, *before):
    with pytest.raises(Refused) as refused:
        READINGS.decide(READINGS.fold(given(*before)), command)
    return {problem.code for problem in refused.value.problems}


def test_a_reading_needs_a_reason_first() -> None:
    assert codes(READING) == {"reading_reason_needed"}


def test_a_reading_holds_who_what_where_and_why() -> None:
    *_, read = given(REASON, READING)
    assert read == FileRead(
        occurred_at=AT, received_at=AT, by="dpo", file=FILE, opened=Opened.REQUEST, number="K7QX",
        place=Place.API, ground=Ground.COMPLAINT, reference="R 12",
    )  # fmt: skip


def test_the_reason_is_asked_once_and_each_opening_is_a_reading() -> None:
    kinds = [type(event) for event in given(REASON, READING, READING)]
    assert kinds == [ReadingReasonGiven, FileRead, FileRead]


def test_a_reason_given_anew_stands_in_what_is_read_from_then_on() -> None:
    anew = GiveReason(by="dpo", at=AT, file=FILE, ground=Ground.BREACH, reference="V 3")
    _, before, _, after = given(REASON, READING, anew, READING)
    assert (before.ground, before.reference) == (Ground.COMPLAINT, "R 12")
    assert (after.ground, after.reference) == (Ground.BREACH, "V 3")


def test_every_reason_for_refusing_is_told_at_once() -> None:
    nothing = GiveReason(by="dpo", at=AT, file=FILE, ground=None, reference=" ")
    assert codes(nothing) == {"ground_needed", "reference_needed"}
    endless = "\0" * (LONGEST_REFERENCE + 1)
    unreadable = GiveReason(by="dpo", at=AT, file=FILE, ground=Ground.AUDIT, reference=endless)
    assert codes(unreadable) == {"too_long", "unreadable_character"}


def test_each_reader_file_and_day_in_paris_has_a_stream_of_its_own() -> None:
    here = stream_of("dpo", FILE, AT)
    assert stream_of("dpo", FILE, AT + timedelta(hours=13)) == here
    others = {
        stream_of("dpo", FILE, AT + timedelta(hours=14)),
        stream_of("other", FILE, AT),
        stream_of("dpo", FILE + "x", AT),
    }
    assert len(others | {here}) == 4
    assert not any(FILE.partition("-")[2] in stream for stream in others)


def test_every_word_has_a_label() -> None:
    assert set(LABELS) == {*Ground, *Opened, *Place}


def test_a_reading_says_nothing_of_the_patient() -> None:
    names = {one.name for one in fields(FileRead)}
    assert names == {
        "occurred_at", "received_at", "by", "file", "opened", "number", "letter", "as_of", "place",
        "ground", "reference", "document",
    }  # fmt: skip
