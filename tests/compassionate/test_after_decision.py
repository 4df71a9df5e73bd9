"""What comes after a decision, or moves what it rests on: a late dose, other criteria, a renewal granted ahead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compassionate import agency_queries, decisions, sending, statistics
from compassionate.domain.decision import Terms
from compassionate.domain.prescription import Dispensing
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AuthorisationState, Flag, RequestKind, RequestState
from compassionate.models import AccessRequestRow
from compassionate.streams import authorisation_facts, request_facts
from events.days import day_of
from events.errors import Refused
from tests.api.conftest import project
from tests.compassionate.samples import (
    ASSESSED,
    AT as THEN,
    INTO,
    PART as FORM,
    RECEIVED,
    RENEWAL,
    SHEET,
    TERMS,
    agree,
    answer,
    ask,
    check,
    dispense,
    grant,
    join,
    propose,
    regularise,
    take_up,
    to_agency,
)
from tests.compassionate.scene import AT, PART, Scene, scene
from tests.compassionate.test_kept import made

__all__ = ["scene"]
OLDER = replace(SHEET, version=2)
EARLIER = THEN - timedelta(hours=10)


def known(commands: Sequence[Any]) -> RequestFacts:
    """Return what is known after commands given one after the other."""
    past: list[Any] = list(made(REQUEST, list(commands)))
    return REQUEST.fold(past)


def codes(facts: RequestFacts, command: Any) -> set[str]:
    """Return the codes under which a command is refused, none where it is taken."""
    try:
        REQUEST.decide(facts, command)
    except Refused as refusal:
        return {problem.code for problem in refusal.problems}
    return set()


@pytest.mark.parametrize(
    "state", [RequestState.GRANTED, RequestState.REFUSED, RequestState.IMPLICIT]
)
@pytest.mark.parametrize("told", [dispense, agree])
def test_a_dose_on_what_was_decided_is_flagged_for_somebody_to_say_what_follows(state, told):
    facts = known((*INTO[state], told()))
    assert facts.state is state
    assert {Flag.ALREADY_ENDED, Flag.GIVEN_AFTER_DECISION} <= facts.flags
    assert not facts.regularised


def test_a_dose_opens_again_what_was_withdrawn_and_is_not_flagged_so():
    facts = known((*INTO[RequestState.WITHDRAWN], dispense()))
    assert facts.state is RequestState.TO_REGULARISE
    assert Flag.GIVEN_AFTER_DECISION not in facts.flags


@pytest.mark.django_db
def test_a_dose_given_after_the_decision_waits_on_the_desk(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    request_id = authorisation_facts(number).request_id
    assert request_id is not None
    night = AT + timedelta(days=200)
    sending.declare_dispensing(
        scene.pharmacist,
        Dispensing(at=night, quantity="60 comprimés", batch="B12"),
        request_id=request_id,
        idempotency_key="dose",
        now=night,
    )
    project()
    (waiting,) = agency_queries.corrected_since(scene.signatory)
    assert waiting.row.request_id == request_id
    assert [one.at for one in waiting.beforehand] == [night]
    assert AccessRequestRow.objects.get().regularised is False
    decisions.note_correction(
        scene.evaluator, request_id, "Nouvelle demande.", idempotency_key="n", now=night
    )
    project()
    assert agency_queries.corrected_since(scene.signatory) == []


def test_criteria_of_an_earlier_receipt_are_checked_again_and_decide():
    """§5.3 5: a request is judged by the criteria in force when it was received, wherever that was."""
    moved = known((*ASSESSED, join(at=EARLIER, of_version=3, receipt_id="n1-1")))
    assert (moved.received_at, moved.conforms) == (EARLIER, None)
    assert codes(moved, propose(sheet=OLDER)) == set()
    (seen,) = REQUEST.decide(moved, check(sheet=OLDER))
    again = REQUEST.evolve(moved, seen)
    assert (again.criteria_version, again.criteria_moved) == (2, False)
    assert codes(again, check(sheet=SHEET)) == {"criteria_of_receipt"}
    (proposed,) = REQUEST.decide(again, propose(sheet=OLDER))
    (granted,) = REQUEST.decide(REQUEST.evolve(again, proposed), grant(sheet=OLDER))
    assert granted.criteria_version == 2


def test_a_receipt_that_came_later_moves_no_criteria():
    same = known((*ASSESSED, join(at=THEN + timedelta(hours=1), of_version=3)))
    assert (same.conforms, same.criteria_moved) == (True, False)


def test_another_indication_in_an_answer_is_judged_by_its_own_sheet():
    other = replace(FORM, indication="autre", criteria_version=7)
    facts = known((*ASSESSED, ask(), answer(prescription=other)))
    sheet = replace(SHEET, indication="autre", version=7)
    assert codes(facts, check(sheet=sheet)) == set()
    assert codes(facts, propose(sheet=sheet)) == set()
    assert codes(facts, propose(sheet=SHEET)) == {"other_sheet"}


def test_what_was_asked_for_longer_than_criteria_of_since_allow_is_granted_for_less():
    """§5.3 3: the terms are within every limit; the form need not be sent again for that."""
    facts = known(RECEIVED)
    shorter = replace(SHEET, max_days=90)
    taken = REQUEST.fold(REQUEST.decide(facts, take_up()), facts)
    terms = replace(TERMS, ends_on=TERMS.begins_on + timedelta(days=89))
    assert codes(taken, propose(sheet=shorter, terms=terms)) == set()
    assert codes(taken, propose(sheet=shorter)) == {"duration_over_criteria"}


@pytest.mark.parametrize(("fixed", "refused"), [(-1, True), (0, True), (1, False)])
def test_no_treatment_begins_by_a_dose_after_a_cessation_was_fixed(fixed, refused):
    """§5.3 10: no initial grant; what was given before is regularised, to the day of the cessation."""
    facts = known((dispense(), to_agency(), take_up(), check(), propose()))
    given = facts.first_given
    assert given is not None
    sheet = replace(
        SHEET,
        ceases_on=TERMS.ends_on,
        cessation_fixed_at=given.at + timedelta(hours=fixed),
    )
    assert ("access_ceased" in codes(facts, regularise(sheet=sheet))) is refused


@pytest.mark.django_db
def test_what_a_renewal_will_replace_runs_until_the_other_begins(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    ends_on = scene.terms().ends_on
    later = AT + timedelta(days=150)
    renewed = replace(PART, elapsed_data=RENEWAL.elapsed_data, attests_interest=True)
    sent = scene.submitted(renewed, at=later, kind=RequestKind.RENEWAL, renews=number.lower())
    scene.taken_up(sent.id, at=later)
    scene.granted(sent.id, scene.terms(ends_on + timedelta(days=1), days=90), at=later)
    project()
    assert authorisation_facts(number).state is AuthorisationState.REPLACED
    other = request_facts(sent.id).number

    def running(days: int) -> list[str | None]:
        day = ends_on + timedelta(days=days)
        return [row.number for row in agency_queries.running(scene.signatory, day).rows]

    assert running(0) == [number, other]
    assert running(1) == [other]
    today = ends_on
    figures = statistics.figures(scene.signatory, AT, later, later, today)
    assert figures.following.running == 1
    assert day_of(later) < ends_on


@pytest.mark.django_db
def test_a_change_that_outlasts_its_authorisation_is_refused_when_it_is_proposed(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    later, last = AT + timedelta(days=20), scene.terms().ends_on
    sent = scene.submitted(PART, at=later, kind=RequestKind.DOSAGE_CHANGE, renews=number)
    scene.taken_up(sent.id, at=later)
    within = Terms(begins_on=day_of(later), ends_on=last)
    with pytest.raises(Refused, match="change_outlasts"):
        scene.proposed(sent.id, replace(within, ends_on=last + timedelta(days=1)), at=later)
    assert scene.proposed(sent.id, within, at=later).facts.state is RequestState.TO_SIGN
