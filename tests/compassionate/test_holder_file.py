"""A rights-holder file: what the law lets wait, and for how long; the holder's filing is a fact."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate.domain.holder_events import FilingMissed
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import (
    HOLDER_FILE,
    AskUndertaking,
    ExtendFiling,
    InformHolder,
    NoteFilingMissed,
    NoteFirstGrant,
    NoteInformationDue,
    OpenFile,
    RecordAnswer,
    RecordEarlyAccess,
    RecordFiling,
    RecordUndertaking,
    TellExtension,
)
from compassionate.domain.reminders import information_reminder_due
from compassionate.domain.telling import ToTell
from compassionate.domain.vocabulary import Addressee, AskedOfHolder, DatedMeans, NoPeriod
from events.errors import Refused
from tests.compassionate.samples import AT, EVALUATOR, SIGNED_ON_PAPER, TODAY, UNENTITLED, noon

WHO: dict[str, Any] = {"by": EVALUATOR, "at": AT}


def opened(**said: Any) -> OpenFile:
    usual: dict[str, Any] = {
        "product": "x", "indication": "y", "holder": "Titulaire SA", "request_id": UUID(int=7),
    }  # fmt: skip
    return OpenFile(**(WHO | usual | said))


def inform(**said: Any) -> InformHolder:
    return InformHolder(**(WHO | {"certain_on": TODAY, "document": "ab" * 32} | said))


def to_inform(day: date, days: int) -> NoteInformationDue:
    return NoteInformationDue(by="system", at=noon(day), days=days)


def ask(**said: Any) -> AskUndertaking:
    return AskUndertaking(**(WHO | {"certain_on": TODAY, "trial": "2026-500001-11"} | said))


def undertake(**said: Any) -> RecordUndertaking:
    return RecordUndertaking(**(WHO | {"signed_on": TODAY} | said))


def grant(**said: Any) -> NoteFirstGrant:
    return NoteFirstGrant(**(WHO | {"granted_on": TODAY, "number": "AAC-19E0-ZZQ0-003V6"} | said))


def extend(**said: Any) -> ExtendFiling:
    usual = {"months": 6, "reason": "Résultats attendus.", "signature": SIGNED_ON_PAPER}
    return ExtendFiling(**(WHO | {"by": SIGNED_ON_PAPER.signatory} | usual | said))


def tell(**said: Any) -> TellExtension:
    usual: dict[str, Any] = {
        "decision": 1, "to": Addressee.MINISTERS, "means": DatedMeans.REGISTERED_LETTER,
        "certain_on": TODAY, "document": "ab" * 32,
    }  # fmt: skip
    return TellExtension(**(WHO | usual | said))


def file(**said: Any) -> RecordFiling:
    return RecordFiling(**(WHO | {"filed_on": TODAY} | said))


def decided(**said: Any) -> RecordEarlyAccess:
    return RecordEarlyAccess(**(WHO | {"granted": False, "decided_on": TODAY} | said))


def missed(day: date = date(2027, 11, 25)) -> NoteFilingMissed:
    return NoteFilingMissed(by="system", at=noon(day))


def after(*commands: Any) -> HolderFacts:
    facts = HOLDER_FILE.initial
    for command in commands:
        facts = HOLDER_FILE.fold(HOLDER_FILE.decide(facts, command), facts)
    return facts


OWED = (opened(), undertake())
"""A file in which an undertaking to file was received."""
TOMORROW = TODAY + timedelta(days=1)
REFUSALS = [
    ((), inform(), [("", "unknown_file")]),
    ((opened(),), opened(), [("", "file_exists")]),
    ((), opened(holder=" "), [("/holder", "holder_needed")]),
    ((opened(), inform()), inform(document=" ", certain_on=TOMORROW), [
        ("", "already_informed"), ("/document", "document_needed"),
        ("/certain_on", "date_in_future"),
    ]),
    *[
        ((opened(),), inform(document=wrong), [("/document", "hash_needed")])
        for wrong in ("ab12", "AB" * 32, "ag" * 32, f"{'ab' * 32}0", f"{'ab' * 32}\n")
    ],
    # The first request is of a Tuesday: a reminder on Wednesday, Thursday and the Tuesday after.
    ((), to_inform(TOMORROW, 1), [("", "unknown_file")]),
    ((opened(),), to_inform(TODAY, 1), [("", "no_reminder_due")]),
    ((opened(),), to_inform(TOMORROW, 2), [("", "no_reminder_due")]),
    ((opened(), to_inform(TOMORROW, 1)), to_inform(TOMORROW, 1), [("", "no_reminder_due")]),
    ((opened(), inform()), to_inform(TOMORROW, 1), [("", "already_informed")]),
    ((opened(),), RecordAnswer(**WHO, answered=()), [("/answered", "nothing_answered")]),
    ((opened(), ask()), ask(trial=" "), [("", "already_asked"), ("/trial", "trial_needed")]),
    ((opened(), undertake()), ask(), [("", "already_undertaken")]),
    ((opened(), undertake()), undertake(), [("", "already_undertaken")]),
    ((opened(), grant()), grant(), [("", "already_granted")]),
    ((opened(),), extend(), [("", "not_owed")]),
    ((opened(), grant()), extend(), [("", "not_owed")]),
    ((opened(), ask()), extend(), [("", "not_granted")]),
    # Six months at most each time (D5121-74-1-1 II).
    ((*OWED, grant()), extend(months=7, reason=" "),
     [("/months", "extension_over_limit"), ("/reason", "reason_needed")]),
    ((*OWED, grant()), extend(at=noon(date(2027, 11, 25))), [("", "period_over")]),
    ((*OWED, grant(), file()), extend(), [("", "already_filed")]),
    # A decision names who takes it, and by which delegation (CRPA L212-1).
    ((*OWED, grant()), extend(signature=replace(SIGNED_ON_PAPER, delegation=" ", signed=False)),
     [("/signature/delegation", "delegation_needed"), ("/signature/signed", "signature_needed")]),
    ((*OWED, grant()), extend(by=EVALUATOR), [("/signature/signatory", "signatory_differs")]),
    ((*OWED, grant()), extend(unentitled=UNENTITLED, months=7),
     [("/signature/delegation", "delegation_unknown"), ("/months", "extension_over_limit")]),
    ((*OWED, grant()), tell(document="AB"),
     [("/decision", "unknown_decision"), ("/document", "hash_needed")]),
    ((*OWED, grant(), extend(), tell()), tell(certain_on=TOMORROW),
     [("", "already_told"), ("/certain_on", "told_in_future")]),
    ((*OWED, grant(), extend()), tell(certain_on=TODAY - timedelta(days=1)),
     [("/certain_on", "told_before_decision")]),
    ((*OWED, grant(), extend()), tell(decision=2), [("/decision", "unknown_decision")]),
    ((opened(), file()), file(filed_on=TOMORROW),
     [("", "already_filed"), ("/filed_on", "date_in_future")]),
    ((opened(),), decided(), [("", "not_filed")]),
    ((opened(), file(), decided()), decided(), [("", "already_decided")]),
    ((opened(), grant()), missed(), [("", "not_owed")]),
    (OWED, missed(), [("", "not_granted")]),
    ((*OWED, grant()), missed(date(2027, 11, 24)), [("", "period_running")]),
    ((*OWED, grant(), file()), missed(), [("", "already_filed")]),
    ((*OWED, grant(), missed()), missed(), [("", "already_missed")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        HOLDER_FILE.decide(after(*before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


@pytest.mark.parametrize(
    ("day", "reminded", "due"),
    [
        (date(2026, 11, 24), (), None),
        (date(2026, 11, 25), (), 1),
        (date(2026, 11, 25), (1,), None),
        (date(2026, 11, 26), (1,), 2),
        (date(2026, 11, 30), (1, 2), None),
        (date(2026, 12, 1), (1, 2), 5),
        # An outage of weeks: one reminder, not three (trap T13); and none after the last.
        (date(2027, 1, 5), (), 5),
        (date(2027, 1, 5), (5,), None),
    ],
)
def test_the_agency_is_reminded_to_inform_the_holder(day, reminded, due):
    """R5121-74-1 II: "immediately"; the house gives itself a working day."""
    assert information_reminder_due(AT, day, frozenset(reminded)) == due


def test_the_next_reminder_is_known_without_a_clock():
    assert after(opened()).remind_on == TOMORROW
    assert after(opened(), to_inform(TOMORROW, 1)).remind_on == date(2026, 11, 26)
    late = date(2027, 1, 5)
    assert after(opened(), to_inform(late, 5)).remind_on is None
    assert after(opened(), inform()).remind_on is None


def test_a_holder_informed_late_stays_known_as_such():
    waiting = after(opened(), to_inform(TOMORROW, 1))
    assert (waiting.information_due, waiting.reminded) == (TOMORROW, frozenset({1}))
    in_time = after(opened(), inform(at=noon(TOMORROW), certain_on=TOMORROW))
    assert not in_time.informed_late
    thursday = TODAY + timedelta(days=2)
    assert after(opened(), inform(at=noon(thursday), certain_on=thursday)).informed_late
    # It is the date certain that counts, and not the day on which somebody recorded it.
    assert not after(opened(), inform(at=noon(thursday), certain_on=TOMORROW)).informed_late


def test_the_letter_asks_for_all_that_the_law_lists():
    """CSP R5121-74-1 II."""
    (event,) = HOLDER_FILE.decide(after(opened()), inform())
    assert set(event.asked) == set(AskedOfHolder)


def test_answers_add_up():
    first = RecordAnswer(**WHO, answered=(AskedOfHolder.TRIALS,))
    second = RecordAnswer(**WHO, answered=(AskedOfHolder.DRAFT_PROTOCOL, AskedOfHolder.TRIALS))
    assert after(opened(), first, second).answered == {
        AskedOfHolder.TRIALS, AskedOfHolder.DRAFT_PROTOCOL,
    }  # fmt: skip


def test_an_undertaking_is_waited_for_a_month():
    """CSP R5121-74-9 II."""
    assert after(opened()).undertaking_due is None
    assert after(opened(), ask()).undertaking_due == date(2026, 12, 24)
    assert after(opened(), ask(), undertake()).undertaking_due is None


def test_the_period_to_file_begins_with_the_first_grant():
    """CSP D5121-74-1-1 I and II: twelve months, eighteen if rare, six more at most each time."""
    assert after(*OWED).filing_due is None
    assert after(*OWED).no_period is NoPeriod.NOT_GRANTED
    assert after(*OWED, grant()).filing_due == date(2027, 11, 24)
    assert after(*OWED, grant()).no_period is None
    assert after(opened(rare=True), undertake(), grant()).filing_due == date(2028, 5, 24)
    twice = after(*OWED, grant(), extend(), extend(months=2))
    assert twice.filing_due == date(2028, 7, 24)


def test_no_period_runs_where_no_undertaking_is_owed():
    """CSP L5121-12-1 II al. 2: only where a commercial trial in the indication made one necessary."""
    for commands in ((), (inform(),), (RecordAnswer(**WHO, answered=(AskedOfHolder.TRIALS,)),)):
        facts = after(opened(), *commands, grant())
        assert (facts.filing_due, facts.no_period) == (None, NoPeriod.NOT_OWED)
        assert facts.limit_on(date(2030, 1, 1)) is None


SPRING = date(2027, 4, 1)
SENT = RecordAnswer(
    by=EVALUATOR, at=noon(date(2027, 4, 20)), answered=(AskedOfHolder.UNDERTAKING,)
)


@pytest.mark.parametrize(
    ("commands", "due"),
    [
        ((ask(at=noon(SPRING), certain_on=SPRING),), date(2028, 4, 1)),
        ((undertake(at=noon(SPRING), signed_on=SPRING),), date(2028, 4, 1)),
        ((SENT,), date(2028, 4, 20)),
        # The first of them counts, also where it was recorded after the other.
        ((ask(at=noon(SPRING), certain_on=SPRING), SENT), date(2028, 4, 1)),
        ((SENT, ask(at=noon(date(2027, 4, 21)), certain_on=SPRING)), date(2028, 4, 1)),
        # What was asked before the first grant: the grant.
        ((undertake(signed_on=date(2026, 11, 2)),), date(2027, 11, 24)),
    ],
)
def test_where_the_trial_is_found_after_the_grant_the_period_begins_when_it_is_asked_for(
    commands, due
):
    """CSP R5121-74-9 II: no period is over before anybody knew of it."""
    assert after(opened(), grant(), *commands).filing_due == due


def test_each_extension_is_told_to_the_ministers_and_to_the_holder():
    """CSP D5121-74-1-1 II, CRPA L221-8."""
    twice = (*OWED, grant(), extend(), extend(months=2, at=noon(date(2026, 12, 1))))
    assert after(*OWED, grant()).to_tell == ()
    assert after(*twice, tell()).to_tell == (
        ToTell(decision=1, to=Addressee.HOLDER, since=TODAY),
        ToTell(decision=2, to=Addressee.HOLDER, since=date(2026, 12, 1)),
        ToTell(decision=2, to=Addressee.MINISTERS, since=date(2026, 12, 1)),
    )
    later = {"at": noon(date(2026, 12, 2)), "certain_on": date(2026, 12, 2)}
    told = [tell(decision=rank, to=to, **later) for rank in (1, 2) for to in Addressee]
    assert after(*twice, *told).to_tell == ()


def test_what_is_in_force_is_kept_a_year_after_a_refusal_or_a_missed_filing():
    """CSP D5121-74-1-1 III: from the HAS's refusal, or from the end of the period."""
    assert after(*OWED, grant(), file()).maintained_until is None
    assert after(*OWED, grant(), file(), decided()).maintained_until == date(2027, 11, 24)
    assert after(*OWED, grant(), file(), decided(granted=True)).maintained_until is None
    assert after(*OWED, grant(), missed()).maintained_until == date(2028, 11, 24)
    # Who files without having had to is refused like anybody else.
    assert after(opened(), grant(), file(), decided()).maintained_until == date(2027, 11, 24)


def test_a_day_ends_the_period_and_not_the_note_of_it():
    running, last = after(*OWED, grant()), date(2027, 11, 24)
    assert running.limit_on(last) is None
    assert running.limit_on(last + timedelta(days=1)) == date(2028, 11, 24)
    assert after(*OWED, grant(), missed()).limit_on(last) == date(2028, 11, 24)
    filed = after(*OWED, grant(), file())
    assert filed.limit_on(last + timedelta(days=1)) is None


def test_a_log_of_the_earlier_rule_is_read_and_nothing_follows_from_its_notes():
    """A period was noted as missed in every file: where none was owed, nothing is limited by it."""
    note = FilingMissed(by="clock", occurred_at=AT, received_at=AT, due=date(2027, 11, 24))
    facts = HOLDER_FILE.fold([note], after(opened(), grant()))
    assert (facts.missed_on, facts.maintained_until) == (None, None)
    asked = ask(at=noon(date(2027, 12, 1)), certain_on=date(2027, 12, 1))
    later = HOLDER_FILE.fold(HOLDER_FILE.decide(facts, asked), facts)
    assert later.filing_due == date(2028, 12, 1)
    owed = HOLDER_FILE.fold([note], after(*OWED, grant()))
    assert owed.maintained_until == date(2028, 11, 24)


def test_a_late_filing_is_a_fact():
    facts = after(
        *OWED, grant(), missed(), file(at=noon(date(2027, 12, 1)), filed_on=date(2027, 12, 1))
    )
    assert facts.filed_on == date(2027, 12, 1)
