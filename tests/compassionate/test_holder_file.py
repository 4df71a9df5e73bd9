"""A rights-holder file: what the law lets wait, and for how long; the holder's filing is a fact."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate.domain.holder_file import (
    HOLDER_FILE,
    AskUndertaking,
    ExtendFiling,
    HolderFacts,
    InformHolder,
    NoteFilingMissed,
    NoteFirstGrant,
    OpenFile,
    RecordAnswer,
    RecordEarlyAccess,
    RecordFiling,
    RecordUndertaking,
)
from compassionate.domain.vocabulary import AskedOfHolder
from events.errors import Refused
from tests.compassionate.samples import AT, EVALUATOR, TODAY, noon

WHO: dict[str, Any] = {"by": EVALUATOR, "at": AT}


def opened(**said: Any) -> OpenFile:
    usual: dict[str, Any] = {
        "product": "x", "indication": "y", "holder": "Titulaire SA", "request_id": UUID(int=7),
    }  # fmt: skip
    return OpenFile(**(WHO | usual | said))


def inform(**said: Any) -> InformHolder:
    return InformHolder(**(WHO | {"certain_on": TODAY, "document": "ab12"} | said))


def ask(**said: Any) -> AskUndertaking:
    return AskUndertaking(**(WHO | {"certain_on": TODAY, "trial": "2026-500001-11"} | said))


def undertake(**said: Any) -> RecordUndertaking:
    return RecordUndertaking(**(WHO | {"signed_on": TODAY} | said))


def grant(**said: Any) -> NoteFirstGrant:
    return NoteFirstGrant(**(WHO | {"granted_on": TODAY, "number": "AAC-2026-000123-5"} | said))


def extend(**said: Any) -> ExtendFiling:
    return ExtendFiling(**(WHO | {"months": 6, "reason": "Résultats attendus."} | said))


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


TOMORROW = TODAY + timedelta(days=1)
REFUSALS = [
    ((), inform(), [("", "unknown_file")]),
    ((opened(),), opened(), [("", "file_exists")]),
    ((), opened(holder=" "), [("/holder", "holder_needed")]),
    ((opened(), inform()), inform(document=" ", certain_on=TOMORROW), [
        ("", "already_informed"), ("/document", "document_needed"),
        ("/certain_on", "date_in_future"),
    ]),
    ((opened(),), RecordAnswer(**WHO, answered=()), [("/answered", "nothing_answered")]),
    ((opened(), ask()), ask(trial=" "), [("", "already_asked"), ("/trial", "trial_needed")]),
    ((opened(), undertake()), ask(), [("", "already_undertaken")]),
    ((opened(), undertake()), undertake(), [("", "already_undertaken")]),
    ((opened(), grant()), grant(), [("", "already_granted")]),
    ((opened(),), extend(), [("", "not_granted")]),
    # Six months at most each time (D5121-74-1-1 II).
    ((opened(), grant()), extend(months=7, reason=" "),
     [("/months", "extension_over_limit"), ("/reason", "reason_needed")]),
    ((opened(), grant()), extend(at=noon(date(2027, 11, 25))), [("", "period_over")]),
    ((opened(), grant(), file()), extend(), [("", "already_filed")]),
    ((opened(), file()), file(filed_on=TOMORROW),
     [("", "already_filed"), ("/filed_on", "date_in_future")]),
    ((opened(),), decided(), [("", "not_filed")]),
    ((opened(), file(), decided()), decided(), [("", "already_decided")]),
    ((opened(),), missed(), [("", "not_granted")]),
    ((opened(), grant()), missed(date(2027, 11, 24)), [("", "period_running")]),
    ((opened(), grant(), file()), missed(), [("", "already_filed")]),
    ((opened(), grant(), missed()), missed(), [("", "already_missed")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        HOLDER_FILE.decide(after(*before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


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
    assert after(opened()).filing_due is None
    assert after(opened(), grant()).filing_due == date(2027, 11, 24)
    assert after(opened(rare=True), grant()).filing_due == date(2028, 5, 24)
    twice = after(opened(), grant(), extend(), extend(months=2))
    assert twice.filing_due == date(2028, 7, 24)


def test_what_is_in_force_is_kept_a_year_after_a_refusal_or_a_missed_filing():
    """CSP D5121-74-1-1 III: from the HAS's refusal, or from the end of the period."""
    assert after(opened(), grant(), file()).maintained_until is None
    assert after(opened(), grant(), file(), decided()).maintained_until == date(2027, 11, 24)
    assert after(opened(), grant(), file(), decided(granted=True)).maintained_until is None
    assert after(opened(), grant(), missed()).maintained_until == date(2028, 11, 24)


def test_a_late_filing_is_a_fact():
    facts = after(
        opened(), grant(), missed(), file(at=noon(date(2027, 12, 1)), filed_on=date(2027, 12, 1))
    )
    assert facts.filed_on == date(2027, 12, 1)
