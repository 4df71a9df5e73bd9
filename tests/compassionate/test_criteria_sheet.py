"""A criteria sheet: two persons publish, every version stays known, a request meets that of its receipt."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from compassionate.domain.criteria import CriterionFinding, checked, conforms
from compassionate.domain.criteria_events import CriteriaCancelled, CriteriaPublished
from compassionate.domain.criteria_facts import SheetFacts, sheet_at
from compassionate.domain.criteria_sheet import (
    AT_ONCE,
    CRITERIA,
    CancelCriteria,
    ChangeStatus,
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
    SetProductCessation,
    TellCessation,
)
from compassionate.domain.prescription import CriterionAnswer
from compassionate.domain.telling import ToTell
from compassionate.domain.vocabulary import (
    Addressee,
    DatedMeans,
    DeclareTo,
    Finding,
    Met,
    ProductStatus,
    Scheduled,
)
from events.errors import Refused
from tests.compassionate.samples import (
    ANSWERS,
    AT,
    CRITERIA as LISTED,
    EVALUATOR,
    PART,
    SHEET,
    SIGNATORY,
    SIGNED_ON_PAPER,
    TODAY,
    UNENTITLED,
)

LATER = AT + timedelta(days=10)


def opened(**said: Any) -> OpenSheet:
    usual: dict[str, Any] = {
        "by": EVALUATOR, "at": AT, "product": "nirogacestat", "product_name": "NIROGACESTAT",
        "indication": "desmoide", "indication_text": "Tumeur desmoïde", "holder": "Titulaire SA",
    }  # fmt: skip
    return OpenSheet(**(usual | said))


def prepared(**said: Any) -> PrepareCriteria:
    usual: dict[str, Any] = {"by": EVALUATOR, "at": AT, "criteria": LISTED, "max_days": 200}
    return PrepareCriteria(**(usual | said))


def published(**said: Any) -> PublishCriteria:
    usual: dict[str, Any] = {"by": SIGNATORY, "at": AT, "in_force_from": AT}
    return PublishCriteria(**(usual | said))


def restricted(**said: Any) -> PublishCriteria:
    """Publish a restriction at once, two days after the version that it comes before."""
    return published(**({"at": IN_TWO_DAYS, "in_force_from": None} | said))


def cancelled(**said: Any) -> CancelCriteria:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": IN_TWO_DAYS, "version": 2, "reason": "Signal hépatique.",
    }  # fmt: skip
    return CancelCriteria(**(usual | said))


def protocol(**said: Any) -> PublishProtocol:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": AT, "document": "ab" * 32, "every_days": (30, 90, 180),
        "declare_to": DeclareTo.BOTH,
    }  # fmt: skip
    return PublishProtocol(**(usual | said))


def status(**said: Any) -> ChangeStatus:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": LATER, "status": ProductStatus.EARLY_ACCESS, "reason": "AAP accordée.",
    }  # fmt: skip
    return ChangeStatus(**(usual | said))


def cessation(**said: Any) -> SetProductCessation:
    usual: dict[str, Any] = {
        "by": SIGNATORY, "at": LATER, "marketing_authorised_on": TODAY,
        "ceases_on": date(2027, 2, 24), "signature": SIGNED_ON_PAPER,
    }  # fmt: skip
    return SetProductCessation(**(usual | said))


def tell(**said: Any) -> TellCessation:
    usual: dict[str, Any] = {
        "by": EVALUATOR, "at": LATER, "decision": 1, "to": Addressee.MINISTERS,
        "means": DatedMeans.DATED_DEPOSIT, "certain_on": LATER.date(), "document": "ab" * 32,
    }  # fmt: skip
    return TellCessation(**(usual | said))


def after(*commands: Any) -> SheetFacts:
    facts = CRITERIA.initial
    for command in commands:
        facts = CRITERIA.fold(CRITERIA.decide(facts, command), facts)
    return facts


ONE = (opened(), prepared(), published())
IN_TWO_DAYS = AT + timedelta(days=2)
STRICT = prepared(criteria=LISTED[:1], max_days=30, at=IN_TWO_DAYS)
TWO = (*ONE, prepared(max_days=300), published(in_force_from=LATER))
"""A second version is published for ten days later."""
THREE = (*TWO, STRICT)
"""And a restriction is prepared, which cannot wait until then."""
SAID = {"reason": "Deux hépatites graves."}
EMPTY = replace(LISTED[0], text=" ")
REFUSALS = [
    ((), prepared(), [("", "unknown_sheet")]),
    (ONE, opened(), [("", "sheet_exists")]),
    ((), opened(product="", holder=" ", indication_text=""), [
        ("/product", "product_needed"), ("/holder", "product_needed"),
        ("/indication_text", "indication_needed"),
    ]),
    ((opened(),), prepared(criteria=(), max_days=366),
     [("/criteria", "criteria_needed"), ("/max_days", "duration_out_of_range")]),
    ((opened(),), prepared(criteria=(EMPTY, LISTED[1], LISTED[1])),
     [("/criteria/0", "criterion_empty"), ("/criteria/2/code", "criterion_twice")]),
    ((opened(),), published(), [("", "nothing_prepared")]),
    ((opened(), prepared()), published(by=EVALUATOR), [("", "preparer_publishes")]),
    # Nothing is judged by criteria that were published after it was received.
    ((opened(), prepared()), published(in_force_from=AT - timedelta(seconds=1)),
     [("/in_force_from", "in_force_in_past")]),
    ((*ONE, prepared()), published(), [("/in_force_from", "same_instant")]),
    # Whoever publishes before a version to come says what becomes of that, and why.
    (THREE, restricted(), [("/scheduled", "scheduled_undecided"), ("/reason", "reason_needed")]),
    (THREE, restricted(in_force_from=LATER - timedelta(days=1), **SAID),
     [("/scheduled", "scheduled_undecided")]),
    (THREE, restricted(scheduled=Scheduled.CANCEL, reason=" "), [("/reason", "reason_needed")]),
    (THREE, restricted(in_force_from=LATER, scheduled=Scheduled.KEEP, **SAID),
     [("/in_force_from", "same_instant")]),
    (THREE, restricted(in_force_from=AT, scheduled=Scheduled.KEEP, **SAID),
     [("/in_force_from", "in_force_in_past")]),
    (TWO, restricted(scheduled=Scheduled.KEEP, **SAID), [("", "nothing_prepared")]),
    (THREE, restricted(by=EVALUATOR, scheduled=Scheduled.KEEP, **SAID),
     [("", "preparer_publishes")]),
    # Only what is still to come is cancelled, once.
    ((opened(),), cancelled(), [("/version", "not_to_come")]),
    (TWO, cancelled(version=1, reason=" "),
     [("/version", "not_to_come"), ("/reason", "reason_needed")]),
    (TWO, cancelled(at=LATER), [("/version", "not_to_come")]),
    ((*TWO, cancelled()), cancelled(), [("/version", "not_to_come")]),
    (ONE, protocol(document="ab12", every_days=(0,)),
     [("/document", "hash_needed"), ("/every_days", "days_out_of_order")]),
    (ONE, protocol(document=" ", every_days=(90, 30)),
     [("/document", "document_needed"), ("/every_days", "days_out_of_order")]),
    (ONE, status(status=ProductStatus.NAMED_PATIENT, reason=" "),
     [("/status", "status_unchanged"), ("/reason", "reason_needed")]),
    (ONE, cessation(ceases_on=date(2027, 2, 25)), [("/ceases_on", "cessation_over_limit")]),
    (ONE, cessation(at=AT, marketing_authorised_on=TODAY + timedelta(days=1)),
     [("/marketing_authorised_on", "authorised_in_future")]),
    (ONE, cessation(ceases_on=TODAY), [("/ceases_on", "cessation_in_past")]),
    # A decision names who takes it, and by which delegation (CRPA L212-1).
    (ONE, cessation(signature=replace(SIGNED_ON_PAPER, quality="")),
     [("/signature/quality", "quality_needed")]),
    (ONE, cessation(unentitled=UNENTITLED), [("/signature/delegation", "delegation_unknown")]),
    (ONE, tell(), [("/decision", "unknown_decision")]),
    ((*ONE, cessation()), tell(document=" ", certain_on=LATER.date() + timedelta(days=1)),
     [("/document", "hash_needed"), ("/certain_on", "told_in_future")]),
    ((*ONE, cessation(), tell()), tell(), [("", "already_told")]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "command", "places"), REFUSALS)
def test_each_is_refused_with_its_rule(before, command, places):
    with pytest.raises(Refused) as refusal:
        CRITERIA.decide(after(*before), command)
    found = [(problem.pointer, problem.code) for problem in refusal.value.problems]
    assert sorted(found) == sorted(places)


def test_a_request_meets_the_version_of_its_receipt():
    """§5.3 5: a version published later judges nothing that was received before."""
    stricter = prepared(criteria=LISTED[:1], max_days=90)
    facts = after(*ONE, stricter, published(at=LATER, in_force_from=LATER))
    before, since = sheet_at(facts, LATER - timedelta(seconds=1)), sheet_at(facts, LATER)
    assert (before.version, before.max_days, before.criteria) == (1, 200, LISTED)
    assert (since.version, since.max_days, since.criteria) == (2, 90, LISTED[:1])


SOON, ONE_DAY = IN_TWO_DAYS + AT_ONCE, timedelta(days=1)
IN_FORCE = [
    # The instant of receipt, and the version by which it is judged where the one to come is kept, cancelled.
    (AT, 1, 1),
    (IN_TWO_DAYS, 1, 1),
    (SOON - timedelta(microseconds=1), 1, 1),
    (SOON, 3, 3),
    (LATER - ONE_DAY, 3, 3),
    (LATER, 2, 3),
    (LATER + ONE_DAY, 2, 3),
]


@pytest.mark.parametrize(("received_at", "kept", "gone"), IN_FORCE)
def test_a_restriction_overtakes_what_is_published_for_later(received_at, kept, gone):
    """§5.3 5: each request is judged by what was in force on its receipt, whatever is done since."""
    for scheduled, version in ((Scheduled.KEEP, kept), (Scheduled.CANCEL, gone)):
        facts = after(*THREE, restricted(scheduled=scheduled, **SAID))
        assert sheet_at(facts, received_at).version == version
        # As long after as it may be decided.
        decided = sheet_at(facts, received_at, decided_at=LATER + 30 * ONE_DAY)
        assert decided.version == version


def test_what_is_overtaken_is_named_with_its_reason():
    (kept,) = CRITERIA.decide(after(*THREE), restricted(scheduled=Scheduled.KEEP, **SAID))
    assert isinstance(kept, CriteriaPublished)
    assert (kept.version, kept.keeps, kept.reason) == (3, (2,), SAID["reason"])
    gone, published_ = CRITERIA.decide(
        after(*THREE), restricted(scheduled=Scheduled.CANCEL, **SAID)
    )
    assert isinstance(gone, CriteriaCancelled)
    assert isinstance(published_, CriteriaPublished)
    assert (gone.version, gone.reason) == (2, SAID["reason"])
    assert (published_.version, published_.keeps) == (3, ())
    facts = CRITERIA.fold([gone, published_], after(*THREE))
    assert [one.version for one in facts.to_come(IN_TWO_DAYS)] == [3]
    # It is prepared again, and published as a version of its own.
    again = after(
        *THREE, restricted(scheduled=Scheduled.CANCEL, **SAID), prepared(max_days=300),
        published(at=LATER, in_force_from=LATER),
    )  # fmt: skip
    assert sheet_at(again, LATER).version == 4


def test_what_comes_before_nothing_has_nothing_to_say_of_it():
    """A version for after the one to come, and a restriction where none is."""
    for before, command in (
        (THREE, published(at=IN_TWO_DAYS, in_force_from=LATER + ONE_DAY)),
        ((*ONE, STRICT), restricted()),
        ((*TWO, cancelled(), STRICT), restricted()),
    ):
        (event,) = CRITERIA.decide(after(*before), command)
        assert isinstance(event, CriteriaPublished)
        assert event.keeps == ()


def test_a_version_to_come_is_cancelled_by_itself():
    facts = after(*TWO, cancelled())
    assert (facts.to_come(IN_TWO_DAYS), sheet_at(facts, LATER).version) == ((), 1)
    assert [one.version for one in facts.published] == [1, 2]


def test_before_any_version_a_request_is_off_the_criteria():
    facts = after(opened(), prepared(), published(in_force_from=LATER))
    assert sheet_at(facts, AT).version is None
    assert sheet_at(facts, LATER).version == 1


def test_status_and_cessation_count_from_the_instant_they_were_set():
    facts = after(*ONE, status(), cessation())
    before, since = sheet_at(facts, LATER - timedelta(seconds=1)), sheet_at(facts, LATER)
    assert (before.status, before.ceases_on) == (ProductStatus.NAMED_PATIENT, None)
    assert (since.status, since.ceases_on) == (ProductStatus.EARLY_ACCESS, date(2027, 2, 24))


def test_a_very_early_access_knows_of_the_holders_undertaking():
    facts = after(opened(), prepared(very_early=True), published())
    assert sheet_at(facts, AT).undertaking_on is None
    sheet = sheet_at(facts, AT, undertaking_on=TODAY)
    assert (sheet.very_early, sheet.undertaking_on) == (True, TODAY)


def test_no_sheet_says_nothing():
    with pytest.raises(ValueError, match="no such sheet"):
        sheet_at(CRITERIA.initial, AT)


def test_protocols_are_numbered():
    facts = after(*ONE, protocol(), protocol(document="cd" * 32))
    assert [one.version for one in facts.protocols] == [1, 2]


CHECKED = [
    (ANSWERS, [Finding.CONFORMS, Finding.CONFORMS, Finding.CONFORMS]),
    ((), [Finding.UNANSWERED, Finding.UNANSWERED, Finding.UNANSWERED]),
    ((CriterionAnswer(code="pregnancy", answer=Met.MET),),
     [Finding.UNANSWERED, Finding.DEPARTS, Finding.UNANSWERED]),
    ((CriterionAnswer(code="line", answer=Met.NOT_APPLICABLE),
      CriterionAnswer(code="marker", answer=Met.NOT_MET)),
     [Finding.DEPARTS, Finding.UNANSWERED, Finding.DEPARTS]),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "findings"), CHECKED)
def test_each_criterion_is_checked_by_itself(answers, findings):
    found = checked(SHEET, replace(PART, criteria=answers))
    assert [one.finding for one in found] == findings
    assert conforms(found) is (set(findings) == {Finding.CONFORMS})


def test_without_criteria_nothing_conforms():
    assert not conforms(())
    assert conforms((CriterionFinding(code="line", finding=Finding.CONFORMS),))


def test_what_was_fixed_since_the_receipt_binds_the_decision():
    """§5.3 10 and 15: only the criteria are those of the receipt."""
    stricter = prepared(criteria=LISTED[:1], max_days=90)
    facts = after(*ONE, stricter, published(at=LATER, in_force_from=LATER), status(), cessation())
    sheet = sheet_at(facts, AT, decided_at=LATER)
    assert (sheet.version, sheet.criteria, sheet.max_days) == (1, LISTED, 200)
    assert (sheet.status, sheet.ceases_on) == (ProductStatus.EARLY_ACCESS, date(2027, 2, 24))


def test_a_very_early_access_is_one_before_any_criteria_are_published():
    """L5121-12-1 II al. 2: criteria are published after the first authorisation (R5121-74-3 II)."""
    assert sheet_at(after(opened(very_early=True)), AT).very_early
    assert not sheet_at(after(opened(very_early=True), prepared(), published()), AT).very_early


def test_the_cessation_that_holds_is_told_to_the_holder_and_to_the_ministers():
    """CSP R5121-74-9 I; of one that another has replaced nobody is told any more."""
    assert after(*ONE).to_tell == ()
    first = (*ONE, cessation())
    day = LATER.date()
    assert [(one.to, one.since) for one in after(*first).to_tell] == [
        (Addressee.HOLDER, day), (Addressee.MINISTERS, day),
    ]  # fmt: skip
    assert after(*first, tell(), tell(to=Addressee.HOLDER)).to_tell == ()
    again = (*first, tell(), cessation(at=LATER + timedelta(days=3)))
    assert after(*again).to_tell == tuple(
        ToTell(decision=2, to=to, since=day + timedelta(days=3)) for to in Addressee
    )
