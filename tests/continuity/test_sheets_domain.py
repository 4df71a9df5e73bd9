"""The life of a numbered sheet: every transition, every refusal, both versions kept."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from continuity.domain.sheet import SENTENCES, SHEET
from continuity.domain.sheet_block import SITE as SITE_DECIDER, ReturnBlock, SiteBlocks
from continuity.domain.sheet_commands import Original
from continuity.domain.sheet_content import SECTIONS, SheetContent, label, personal
from continuity.domain.sheet_deadline import Lateness, due, lateness
from continuity.domain.sheet_events import (
    DifferenceFound,
    SheetBlockIssued,
    SheetMatched,
    SheetRecorded,
    SheetRecordedAgain,
)
from continuity.domain.sheet_facts import SheetFacts, after as after_event
from continuity.domain.sheet_number import SheetNumber
from continuity.domain.sheet_words import (
    Between,
    NumberDoubt,
    Ruling,
    SheetChannel,
    SheetKind,
    SheetState,
)
from continuity.sheet_projection import Sheets
from events.kept import to_bytes
from tests.continuity.sheet_samples import (
    CALL,
    NUMBER,
    OTHER,
    SECOND,
    SITE,
    TAKEN,
    TOLD,
    cancel,
    confirm,
    duplicate,
    explain,
    issue,
    lose,
    match,
    record,
    settle,
)
from tests.scenario import given

DOUBTED = record(doubt=NumberDoubt.NEVER_ISSUED)
AGREED = record(kind=SheetKind.COMPASSIONATE_ORAL_AGREEMENT)
TWICE = (record(), record(OTHER))
MATCHED = (record(), match())
DIFFERS = (record(), match(differing=("drug_name",), stream="declaration-x", stream_version=1))

# What was done before, the command, the state after it, what a person has still to answer.
TRANSITIONS = [
    ((), record(), SheetState.TO_MATCH, ()),
    ((), DOUBTED, SheetState.TO_MATCH, ("number_never_issued",)),
    ((), lose(), SheetState.OPEN, ("loss_to_confirm",)),
    ((), cancel(), SheetState.CANCELLED, ()),
    ((DOUBTED,), explain(), SheetState.TO_MATCH, ()),
    ((DOUBTED,), duplicate(), SheetState.DUPLICATE, ()),
    ((record(),), match(), SheetState.MATCHED, ()),
    ((AGREED,), match("AAC-2026-7", reason="Même demande"), SheetState.MATCHED, ()),
    ((AGREED,), match(stream="declaration-x", stream_version=1), SheetState.MATCHED, ()),
    ((record(),), DIFFERS[1], SheetState.MATCHED, ("declaration_differs",)),
    ((record(),), record(OTHER), SheetState.TO_MATCH, ("recordings_differ",)),
    ((record(),), duplicate(), SheetState.DUPLICATE, ()),
    ((record(),), lose(), SheetState.TO_MATCH, ("loss_to_confirm",)),
    ((lose(),), confirm(), SheetState.LOST, ()),
    ((lose(),), record(), SheetState.TO_MATCH, ()),
    ((record(), lose()), confirm(), SheetState.LOST, ()),
    ((record(), lose()), match(), SheetState.MATCHED, ()),
    (TWICE, settle(Ruling.SHEET_HOLDS), SheetState.TO_MATCH, ()),
    ((*TWICE, settle(Ruling.SHEET_HOLDS)), match(), SheetState.MATCHED, ()),
    ((*TWICE, settle(Ruling.OTHER_HOLDS)), match(recording=2), SheetState.MATCHED, ()),
    ((*TWICE, settle(Ruling.BOTH_HOLD)), match(), SheetState.MATCHED, ()),
    # Two patients under one number: each is matched, neither is lost.
    ((*TWICE, settle(Ruling.SEPARATE_CASES)), match(), SheetState.TO_MATCH, ()),
    ((*TWICE, settle(Ruling.SEPARATE_CASES), match()), match("B", recording=2), SheetState.MATCHED, ()),
    # A version that arrives after the end is a fact all the same.
    (MATCHED, record(OTHER), SheetState.TO_MATCH, ("recordings_differ",)),
    ((*MATCHED, record(OTHER)), settle(Ruling.SHEET_HOLDS), SheetState.MATCHED, ()),
    ((*MATCHED, record(OTHER)), settle(Ruling.OTHER_HOLDS), SheetState.TO_MATCH, ()),
    ((record(), duplicate()), record(), SheetState.TO_MATCH, ()),
    ((record(), duplicate()), record(OTHER), SheetState.TO_MATCH, ("recordings_differ",)),
    ((cancel(),), record(), SheetState.TO_MATCH, ()),
    ((lose(), confirm()), record(), SheetState.TO_MATCH, ()),
    (DIFFERS, settle(Ruling.SHEET_HOLDS, Between.DECLARATION), SheetState.MATCHED, ()),
    (DIFFERS, settle(Ruling.OTHER_HOLDS, Between.DECLARATION), SheetState.MATCHED, ()),
    (DIFFERS, settle(Ruling.SEPARATE_CASES, Between.DECLARATION), SheetState.TO_MATCH, ()),
    (MATCHED, match("OTHER", reason="Mauvais dossier"), SheetState.MATCHED, ()),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "state", "questions"), TRANSITIONS)
def test_transition(before, command, state, questions):
    after = given(SHEET).when(*before, command)
    assert after.problems == ()
    assert after.made
    assert (after.state.state, after.state.questions) == (state, questions)
    open_states = {SheetState.OPEN, SheetState.TO_MATCH}
    assert after.state.is_open == (state in open_states or bool(questions))


REFUSALS = [
    ((record(),), record(), ["already_recorded"]),
    ((*TWICE,), record(OTHER), ["already_recorded"]),
    ((), record(SheetContent()), ["nothing_said"]),
    ((), record(occurred_at=TOLD + timedelta(hours=1), received_at=TOLD + timedelta(hours=2)),
     ["occurred_in_future", "received_in_future"]),
    ((), record(received_at=CALL - timedelta(hours=1)), ["received_before_it_occurred"]),
    ((), record(replace(TAKEN, patient_age_value=-1.0, patient_weight_kg=900.0, call_minutes=-1,
                        valid_days=400)), ["out_of_range"] * 4),
    ((), record(replace(TAKEN, reaction_onset="2026-02-30", patient_birth_date="1789",
                        dispensed_on="2026-12-31")),
     ["impossible_date", "impossible_date", "date_in_future"]),
    ((), record(replace(TAKEN, department_code="00")), ["unknown_code"]),
    ((), record(replace(TAKEN, caller_name="x" * 61, drug_name="a\0b", narrative="\ud800")),
     ["too_long", "unreadable_character", "unreadable_character"]),
    ((), match(), ["nothing_recorded"]),
    ((DOUBTED,), match(), ["explain_number_first"]),
    (TWICE, match(), ["arbitrate_first"]),
    (TWICE, duplicate(), ["arbitrate_first"]),
    (TWICE, cancel(), ["arbitrate_first"]),
    (TWICE, lose(), ["arbitrate_first"]),
    ((*TWICE, settle(Ruling.OTHER_HOLDS)), match(), ["unknown_version"]),
    ((record(),), match("  "), ["reference_needed"]),
    ((record(),), match("x" * 61), ["reference_needed"]),
    (MATCHED, match(), ["already_matched", "reason_needed"]),
    (MATCHED, match("OTHER"), ["reason_needed"]),
    (MATCHED, cancel(), ["already_ended"]),
    (MATCHED, duplicate(), ["already_ended"]),
    (MATCHED, lose(), ["already_ended"]),
    ((record(), duplicate()), match(), ["already_ended", "reason_needed"]),
    ((AGREED,), match(), ["reason_needed"]),
    ((record(), duplicate(), record()), match(), ["reason_needed"]),
    ((AGREED,), match(recording=2), ["unknown_version"]),
    ((record(),), cancel(), ["content_recorded"]),
    ((DOUBTED,), cancel(issued=False), ["content_recorded"]),
    ((record(),), duplicate(other=None), ["unknown_original"]),
    ((record(),), duplicate(other=Original.ENDED), ["original_ended"]),
    ((record(), duplicate()), cancel(), ["already_ended"]),
    ((), cancel(reason=" "), ["reason_needed"]),
    ((), cancel(reason="x" * 2_001), ["too_long"]),
    ((), cancel(issued=False), ["unknown_sheet"]),
    ((), lose(issued=False), ["unknown_sheet"]),
    ((), duplicate(), ["nothing_recorded"]),
    ((record(),), duplicate(NUMBER), ["duplicate_of_itself"]),
    ((record(),), duplicate(" "), ["reference_needed"]),
    ((record(),), explain(), ["nothing_doubted"]),
    ((DOUBTED,), explain(""), ["reason_needed"]),
    ((record(),), settle(Ruling.BOTH_HOLD), ["no_difference"]),
    (MATCHED, settle(Ruling.BOTH_HOLD, Between.DECLARATION), ["no_difference"]),
    (TWICE, settle(Ruling.BOTH_HOLD, recording=2), ["unknown_version"]),
    (TWICE, settle(Ruling.BOTH_HOLD, reason=""), ["reason_needed"]),
    ((lose(),), lose(by=SECOND), ["already_proposed"]),
    ((record(),), confirm(), ["not_proposed"]),
    ((lose(by=SECOND),), confirm(by=SECOND), ["same_person"]),
    ((lose(),), confirm(reason=""), ["reason_needed"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "codes"), REFUSALS)
def test_refusal(before, command, codes):
    given(SHEET).when(*before, command).refused(*codes)


def test_every_sentence_of_a_refusal_is_tried():
    tried = {code for _before, _command, codes in REFUSALS for code in codes}
    assert set(SENTENCES) <= tried


def test_a_second_version_stands_beside_the_first_and_names_what_differs():
    after = given(SHEET).when(*TWICE)
    after.then_types(SheetRecordedAgain)
    (made,) = after.made
    assert set(made.differing) == {
        "taken_by", "caller_name", "called_back", "institution_finess", "department_code",
        "patient_name_letters", "patient_sex", "patient_age_value", "drug_batch_number",
        "reaction_term", "narrative",
    }  # fmt: skip
    assert [one.content for one in after.state.recordings] == [TAKEN, OTHER]
    for ruling in Ruling:
        settled = given(SHEET).when(*TWICE, settle(ruling)).state
        assert [one.content for one in settled.recordings] == [TAKEN, OTHER]


def test_typed_again_word_for_word_an_ended_sheet_keeps_what_persons_ruled():
    separate = (*TWICE, settle(Ruling.SEPARATE_CASES), duplicate())
    for again in (record(), record(OTHER)):
        after = given(SHEET).when(*separate, again)
        assert after.state.retained == (1, 2)
        assert (after.state.ended, after.state.pending) == (None, ())
    rejected = (*TWICE, settle(Ruling.OTHER_HOLDS), duplicate())
    back = given(SHEET).when(*rejected, record()).state
    assert back.retained == (2,)
    assert [one.recording for one in back.pending] == [3]
    assert back.questions == ("recordings_differ",)
    same = given(SHEET).when(*rejected, record(OTHER)).state
    assert (same.retained, same.pending, same.ended) == ((2,), (), None)


def test_a_third_version_is_laid_beside_the_nearest_that_holds_and_judged_against_any():
    separate = (*TWICE, settle(Ruling.SEPARATE_CASES))
    near_the_second = record(replace(OTHER, patient_age_value=44.0))
    after = given(SHEET).when(*separate, near_the_second)
    assert after.made[0].differing == ("patient_age_value",)
    settled = given(SHEET).when(
        *separate, near_the_second, settle(Ruling.OTHER_HOLDS, recording=2)
    )
    assert settled.state.retained == (1, 3)


SEPARATE = (*TWICE[1:], settle(Ruling.SEPARATE_CASES))
DOUBLED = [
    # What was done, what the sheet doubles then, and which of its versions do.
    ((duplicate("D1"),), "D1", (1,)),
    ((duplicate("D1"), *SEPARATE), "D1", (1,)),
    ((duplicate("D1"), *SEPARATE, match("D2", recording=2)), "D1", (1,)),
    ((duplicate("D1"), *SEPARATE, match("D2", recording=1, reason="Vu")), None, ()),
    ((duplicate("D1"), TWICE[1], settle(Ruling.OTHER_HOLDS)), "D1", (2,)),
    ((duplicate("D1"), TWICE[1], settle(Ruling.SHEET_HOLDS)), "D1", (1,)),
    ((*SEPARATE, duplicate("D1")), "D1", (1, 2)),
    ((*SEPARATE, duplicate("D1"), record(), match("D2", reason="Vu")), "D1", (2,)),
    ((*SEPARATE, match("D2", recording=2), duplicate("D1")), "D1", (1,)),
    ((*SEPARATE, match("D2", recording=2), duplicate("D1"), record(),
      match("D1", reason="Vu")), None, ()),
]  # fmt: skip


@pytest.mark.parametrize(("before", "doubles", "doubled"), DOUBLED)
def test_only_the_versions_that_were_said_to_double_do(before, doubles, doubled):
    after = given(SHEET).when(record(), *before)
    assert after.problems == ()
    assert (after.state.doubles, after.state.doubled) == (doubles, doubled)
    # The desk's views tell its fold the same.
    facts, made = SheetFacts(), []
    for place in range(len(before) + 1):
        made += given(SHEET).when(*(record(), *before)[: place + 1]).made
    for one in made:
        said = msgspec.convert(msgspec.json.decode(to_bytes(one)), Sheets.views[one.TYPE])
        facts = after_event(facts, one.TYPE, said, one.occurred_at, one.received_at)
    assert (facts.doubles, facts.doubled, facts.retained) == (
        doubles, doubled, after.state.retained,
    )  # fmt: skip


def test_another_time_or_channel_is_another_version():
    later = record(received_at=CALL + timedelta(hours=1), channel=SheetChannel.PAPER)
    (made,) = given(SHEET).when(record(), later).made
    assert made.differing == ("channel", "received_at")


def test_a_difference_names_fields_and_holds_no_value():
    after = given(SHEET).when(*DIFFERS)
    after.then_types(SheetMatched, DifferenceFound)
    assert after.made[1].differing == ("drug_name",)
    assert "Amoxicilline" not in repr(after.made)


def test_a_recording_keeps_the_time_of_the_call_and_of_the_receipt():
    taken = record(received_at=CALL + timedelta(hours=5))
    (made,) = given(SHEET).when(taken).made
    assert isinstance(made, SheetRecorded)
    assert (made.occurred_at, made.received_at) == (CALL, CALL + timedelta(hours=5))


def test_blocks_of_a_site_follow_each_other_and_never_overlap():
    state = given(SITE_DECIDER).when(issue(20), issue(5), issue(1)).state
    assert [(one.first, one.last) for one in state.blocks] == [(1, 20), (21, 25), (26, 26)]
    assert state.blocks[1].name == f"{SITE}-00021-00025"
    ranks = [number.rank for block in state.blocks for number in block.numbers]
    assert ranks == list(range(1, 27))


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        (issue(site="759900013"), ["unknown_site"]),
        (issue(site="IOL"), ["unknown_site"]),
        (issue(site="AGENCE-1"), ["unknown_site"]),
        (issue(0), ["block_size"]),
        (issue(101), ["block_size"]),
        (issue(holder=" "), ["holder_needed"]),
        (issue(holder="x" * 101), ["holder_needed"]),
        (issue(valid_until=date(2026, 5, 31)), ["already_over"]),
        (issue(valid_until=date(2029, 1, 1)), ["too_long_valid"]),
        (issue(0, site="", holder=""), ["unknown_site", "block_size", "holder_needed"]),
    ],
)
def test_a_block_that_cannot_be(command, codes):
    given(SITE_DECIDER).when(command).refused(*codes)


def test_a_block_is_told_how_far_it_was_used_and_never_less():
    def told(last: int | None, first: int = 21) -> ReturnBlock:
        return ReturnBlock(first=first, last_used=last, by="agent-1", at=TOLD)

    after = given(SITE_DECIDER).when(issue(20), issue(5), told(None), told(23))
    assert [(one.last_used, one.returned_at) for one in after.state.blocks] == [
        (None, None),
        (23, TOLD),
    ]
    before = (issue(20), issue(5), told(23))
    given(SITE_DECIDER).when(*before, told(22)).refused("fewer_used")
    given(SITE_DECIDER).when(*before, told(None)).refused("fewer_used")
    given(SITE_DECIDER).when(*before, told(26)).refused("outside_the_block")
    given(SITE_DECIDER).when(*before, told(20)).refused("outside_the_block")
    given(SITE_DECIDER).when(*before, told(3, first=3)).refused("unknown_block")


def test_the_numbers_of_a_site_are_used_up():
    (full,) = SITE_DECIDER.decide(SiteBlocks(), issue(1))
    assert isinstance(full, SheetBlockIssued)
    given(SITE_DECIDER, replace(full, last=99_999)).when(issue(1)).refused("numbers_used_up")
    given(SITE_DECIDER, replace(full, last=99_998)).when(issue(1)).then_types(type(full))


def test_an_agency_code_is_a_site():
    state = given(SITE_DECIDER).when(issue(site="ANSM")).state
    assert str(state.blocks[0].numbers[0]).startswith("DG-ANSM-00001-")


@pytest.mark.parametrize(
    ("rank", "day", "doubt"),
    [
        (1, date(2026, 12, 31), None),
        (20, date(2026, 7, 1), None),
        (1, date(2027, 1, 1), NumberDoubt.EXPIRED),
        (21, date(2026, 7, 1), NumberDoubt.NEVER_ISSUED),
    ],
)
def test_a_number_is_good_inside_an_issued_block_only(rank, day, doubt):
    state = given(SITE_DECIDER).when(issue(20)).state
    assert state.doubt(SheetNumber(site=SITE, rank=rank), day) is doubt
    assert state.doubt(SheetNumber(site="ANSM", rank=1), day) is NumberDoubt.NEVER_ISSUED


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-06-26", Lateness.IN_TIME),
        ("2026-06-29", Lateness.IN_TIME),
        ("2026-06-30", Lateness.LATE),
        ("2026-07-01", Lateness.ALARM),
        ("2026-07-04", Lateness.ESCALATED),
        ("2026-07-18", Lateness.BEYOND),
    ],
)
def test_a_sheet_received_on_a_friday_is_due_on_monday(today, expected):
    friday = date(2026, 6, 26)
    assert due(friday) == date(2026, 6, 29)
    assert lateness(friday, date.fromisoformat(today)) is expected


def test_every_field_of_a_sheet_has_a_label_and_is_asked_once():
    asked = [name for _title, names, _kinds in SECTIONS for name in names]
    assert sorted(asked) == sorted(SheetContent.__dataclass_fields__)
    assert all(label(name) for name in asked)


def test_whoever_can_be_recognised_is_personal():
    assert {name for name in SheetContent.__dataclass_fields__ if personal(name)} == {
        "taken_by", "second_agent", "caller_name", "caller_rpps", "caller_function",
        "caller_phone", "institution_name", "pharmacist_name", "patient_name_letters",
        "patient_first_name_initial", "patient_birth_date", "narrative", "why_not_deferrable",
        "trial_and_alternatives", "conditions",
    }  # fmt: skip
