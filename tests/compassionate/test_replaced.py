"""An authorisation that another is to replace, and what follows one that has ended: dates, lists, mails, data."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate import (
    acting,
    actions,
    agency_queries,
    clocks,
    decisions,
    documents,
    expiring,
    hospital,
    sending,
    statistics,
)
from compassionate.domain.authorisation_commands import Abrogate, SetCessation, Suspend
from compassionate.domain.follow_up import RecordData
from compassionate.domain.vocabulary import (
    AuthorisationState,
    PatientOutcome,
    RequestKind,
)
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    follow_up_facts,
    holder_facts,
    request_facts,
)
from events.days import day_of
from events.errors import Refused
from events.handle import history
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, REASONS, SIGNED, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
AGAIN = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)
LAST = day_of(AT) + timedelta(days=179)


def in_days(days: int) -> date:
    """Return a day by its distance from AT."""
    return day_of(AT) + timedelta(days=days)


def at(day: date) -> datetime:
    """Return the hour of AT on another day."""
    return AT + (day - day_of(AT))


def renewed(scene: Scene, number: str, day: date) -> str:
    """Grant ahead what begins the day after an authorisation ends; return its number."""
    said: dict[str, Any] = {"kind": RequestKind.RENEWAL, "renews": number}
    sent = scene.submitted(AGAIN, at=at(day), **said)
    scene.taken_up(sent.id, at=at(day))
    begins_on = max(LAST + timedelta(days=1), day)
    scene.granted(sent.id, scene.terms(begins_on, days=90), at=at(day))
    return request_facts(sent.id).number or ""


def not_renewed(scene: Scene, number: str, day: date) -> None:
    """Ask for what another was granted for already: it is neither proposed nor granted."""
    said: dict[str, Any] = {"kind": RequestKind.RENEWAL, "renews": number}
    sent = scene.submitted(AGAIN, at=at(day), **said).id
    scene.taken_up(sent, at=at(day))
    terms = scene.terms(max(LAST + timedelta(days=1), day), days=90)
    for decided in (scene.proposed, scene.granted):
        with pytest.raises(Refused, match="authorisation_replaced"):
            decided(sent, terms, at=at(day))
    sending.withdraw_request(
        scene.doctor, sent, "Déjà renouvelée.", idempotency_key=scene.key(), now=at(day)
    )


def changed(scene: Scene, number: str, day: date, begins_on: date) -> str:
    """Grant a change of dosage that begins on a day; return its number."""
    said: dict[str, Any] = {"kind": RequestKind.DOSAGE_CHANGE, "renews": number}
    sent = scene.submitted(PART, at=at(day), **said)
    scene.taken_up(sent.id, at=at(day))
    scene.granted(sent.id, scene.terms(begins_on, days=(LAST - begins_on).days + 1), at=at(day))
    return request_facts(sent.id).number or ""


def against(scene: Scene, number: str, act: type[Any], day: date, **said: Any) -> None:
    """Take a decision against an authorisation."""
    fields = {"reasons": REASONS, "urgency": "Signal grave", **said}
    acting.act_on_authorisation(
        scene.signatory, number, act, fields, SIGNED, idempotency_key=scene.key(), now=at(day)
    )


def against_cessation(scene: Scene, number: str, day: date, ceases_on: date) -> None:
    """Fix the day on which an authorisation ceases after a marketing authorisation."""
    fields = {"marketing_authorised_on": day, "ceases_on": ceases_on}
    acting.act_on_authorisation(
        scene.signatory,
        number,
        SetCessation,
        fields,
        SIGNED,
        idempotency_key=scene.key(),
        now=at(day),
    )


def gave(scene: Scene, number: str, seen_on: date, outcome: PatientOutcome) -> None:
    """Give follow-up data of a day."""
    told = {"seen_on": seen_on, "due_on": seen_on, "outcome": outcome, "safety": "Néant."}
    acting.act_on_follow_up(
        scene.doctor, number, RecordData, told, idempotency_key=scene.key(), now=at(seen_on)
    )


def test_a_renewal_stopped_before_it_began_leaves_the_one_before_to_be_renewed(scene: Scene):
    """R5121-74-4: what ends unrenewed is called to mind, and listed."""
    scene.sheet()
    number = scene.authorised()
    soon = LAST - timedelta(days=58)
    ahead = renewed(scene, number, soon)
    project()
    assert expiring.expiring(scene.doctor, soon).rows == []
    assert not hospital.is_renewable(authorisation_facts(number))
    against(scene, ahead, Abrogate, soon + timedelta(days=1))
    project()
    (row,) = expiring.expiring(scene.doctor, soon + timedelta(days=1)).rows
    assert row.number == number
    assert hospital.is_renewable(authorisation_facts(number))
    for left in (30, 7, 0):
        clocks.look(at(LAST - timedelta(days=left)))
        project()
    assert {30, 7, 0} <= authorisation_facts(number).reminded
    assert authorisation_facts(ahead).reminded == set()
    late = LAST + timedelta(days=1)
    clocks.look(at(late))
    project()
    assert [one.number for one in expiring.lapsed(scene.doctor, late).rows] == [number]
    again = renewed(scene, number, late)
    assert authorisation_facts(again).in_force(late)


def test_what_is_renewed_already_is_renewed_by_nothing_else(scene: Scene):
    """One authorisation of a patient is in force, be it asked for ahead, in time or too late."""
    scene.sheet()
    number = scene.authorised()
    other = changed(scene, number, in_days(60), in_days(80))
    not_renewed(scene, number, in_days(65))
    ahead = renewed(scene, other, in_days(66))
    not_renewed(scene, other, in_days(67))
    days = (in_days(70), in_days(100), LAST + timedelta(days=1))
    facts = [authorisation_facts(one) for one in (number, other, ahead)]
    assert [[one.in_force(day) for one in facts] for day in days] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_what_ran_out_is_renewed_once(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    late = LAST + timedelta(days=5)
    renewed(scene, number, late)
    assert not hospital.is_renewable(authorisation_facts(number))
    not_renewed(scene, number, late + timedelta(days=1))


def test_a_change_of_dosage_that_is_stopped_ahead_leaves_what_was_to_follow(scene: Scene):
    """A renewal was granted ahead, then a change before it: the renewal follows either."""
    scene.sheet()
    number = scene.authorised()
    ahead = renewed(scene, number, LAST - timedelta(days=50))
    begins_on = LAST - timedelta(days=20)
    other = changed(scene, number, LAST - timedelta(days=40), begins_on)
    assert authorisation_facts(other).replaced_by == ahead
    against(scene, other, Abrogate, begins_on - timedelta(days=1))
    facts = authorisation_facts(number)
    assert (facts.replaced_by, facts.in_force(begins_on)) == (ahead, True)
    against(scene, ahead, Abrogate, begins_on)
    facts = authorisation_facts(number)
    assert (facts.replaced_by, facts.state_on(LAST)) == (None, AuthorisationState.ACTIVE)


def test_what_has_begun_and_is_stopped_brings_nothing_back(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    begins_on = in_days(80)
    other = changed(scene, number, in_days(60), begins_on)
    against(scene, other, Abrogate, begins_on)
    assert authorisation_facts(number).state_on(begins_on) is AuthorisationState.REPLACED
    assert not hospital.is_renewable(authorisation_facts(number))


def test_a_stop_that_is_given_again_answers_as_the_first_time(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    other = changed(scene, number, in_days(60), in_days(80))
    fields = {"reasons": REASONS, "urgency": "Signal grave"}
    given = [
        acting.act_on_authorisation(
            scene.signatory, other, Abrogate, fields, SIGNED, idempotency_key="k", now=at(day)
        ).again
        for day in (in_days(70), in_days(90))
    ]
    assert given == [False, True]
    told = [one.event.TYPE for one in history(authorisation_stream(number))]
    assert told.count("compassionate.replacement_voided") == 1


def test_a_cessation_before_a_renewal_begins_is_noted(scene: Scene):
    """R5121-74-9 I: what ceases on a day fixed does so though another was to replace it later."""
    scene.sheet()
    scene.protocol((30, 120))
    number = scene.authorised()
    renewed(scene, number, in_days(95))
    against_cessation(scene, number, in_days(100), in_days(110))
    project()
    clocks.look(at(in_days(111)))
    facts = authorisation_facts(number)
    assert facts.state is AuthorisationState.CEASED
    project()
    assert clocks.look(at(in_days(121))) == 0


def test_what_a_renewal_replaces_is_called_to_mind_no_more(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    renewed(scene, number, LAST - timedelta(days=70))
    project()
    clocks.look(at(LAST - timedelta(days=30)))
    assert authorisation_facts(number).reminded == set()


def test_a_suspension_makes_nothing_live_again_that_was_replaced(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    day = day_of(AT) + timedelta(days=60)
    begins_on = day + timedelta(days=20)
    other = changed(scene, number, day, begins_on)
    against(scene, number, Suspend, day + timedelta(days=5), until=begins_on + timedelta(days=30))
    project()
    assert authorisation_facts(number).state is AuthorisationState.SUSPENDED
    later = begins_on + timedelta(days=31)
    clocks.look(at(later))
    project()
    rows = agency_queries.running(scene.signatory, later).rows
    assert [row.number for row in rows] == [other]
    figures = statistics.figures(scene.signatory, AT, at(LAST), at(LAST), later)
    assert figures.following.running == 1
    clocks.look(at(LAST + timedelta(days=1)))
    told = {one.event.TYPE for one in history(authorisation_stream(number))}
    assert not {"compassionate.suspension_lifted", "compassionate.authorisation_expired"} & told


def test_the_letter_of_a_suspension_that_ended_in_an_outage_names_its_last_day(
    scene: Scene, monkeypatch
):
    """R5121-74-8: an outage prolongs no suspension."""
    scene.sheet()
    number = scene.authorised()
    until = day_of(AT) + timedelta(days=20)
    against(scene, number, Suspend, day_of(AT), until=until)
    project()
    clocks.look(at(until + timedelta(days=5)))
    ended = documents.posted(history(authorisation_stream(number)))[-1]
    assert ended.type == "compassionate.suspension_lifted"
    made: list[Any] = []
    monkeypatch.setattr(documents, "as_pdf", lambda letter: made.append(letter) or b"%PDF-")
    documents.authorisation_letter(scene.doctor, number, ended.version)
    (letter,) = made
    rows = [row for block in letter.blocks for row in block.rows]
    assert ("Dernier jour de suspension", "14\u00a0décembre\u00a02026") in rows


@pytest.mark.parametrize(
    "outcome", [PatientOutcome.DIED, PatientOutcome.STOPPED, PatientOutcome.LOST]
)
def test_nothing_more_is_due_of_a_patient_whose_treatment_is_over(scene: Scene, outcome):
    """R5121-74-5: who died, stopped or was lost owes no data."""
    scene.sheet()
    scene.protocol()
    number = scene.authorised()
    before = follow_up_facts(number).due()
    assert len(before) > 1
    seen_on = before[0]
    gave(scene, number, seen_on, outcome)
    assert follow_up_facts(number).due() == before[:1]
    gave(scene, number, seen_on + timedelta(days=1), PatientOutcome.STABLE)
    assert follow_up_facts(number).due() == before


def test_no_data_are_owed_under_what_was_replaced_or_stopped(scene: Scene):
    scene.sheet()
    scene.protocol()
    number = scene.authorised()
    due = hospital.follow_up(number).due()
    begins_on = due[1]
    changed(scene, number, day_of(AT) + timedelta(days=5), begins_on)
    assert hospital.follow_up(number).due() == due[:1]
    project()
    gave(scene, number, due[0], PatientOutcome.STABLE)
    project()
    today = due[-1] + timedelta(days=1)
    figures = statistics.figures(scene.signatory, AT, at(today), at(today), today)
    assert (figures.following.follow_ups, figures.following.up_to_date) == (2, 1)


def test_a_corrected_file_number_keeps_no_other_patient_from_her_treatment(scene: Scene):
    """§5.3 7: one open request for each dossier and product, and for no other dossier."""
    scene.sheet()
    wrong, right = replace(PART, file_number="Y-1"), replace(PART, file_number="X-1")
    began = scene.drafted(wrong).id
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p", now=AT)
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(wrong)
    actions.return_to_prescriber(
        scene.pharmacist, began, "Mauvais dossier.", idempotency_key="r", now=AT
    )
    actions.change_prescription(scene.doctor, began, right, idempotency_key="c", now=AT)
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p2", now=AT)
    assert scene.submitted(wrong).status == "recorded"
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(right)


def answered_with(scene: Scene, part: Any) -> UUID:
    """Send a request, ask about it, and answer with another prescription; return the request."""
    sent = scene.submitted().id
    scene.taken_up(sent)
    asked = decisions.ask_information(
        scene.evaluator, sent, ["Le bon produit"], day_of(AT) + timedelta(days=5),
        idempotency_key=scene.key(), now=AT,
    )  # fmt: skip
    question = asked.facts.question
    assert isinstance(question, UUID)
    sending.answer_information(
        scene.doctor, sent, question, "Voici.", prescription=part,
        idempotency_key=scene.key(), now=AT + timedelta(hours=1),
    )  # fmt: skip
    return sent


def test_a_product_that_an_answer_names_first_has_its_holder_informed(scene: Scene):
    """R5121-74-1 II: at once, on the first request for a product in an indication."""
    scene.sheet()
    scene.sheet("autre")
    assert holder_facts("autre", "desmoide").opened is None
    sent = answered_with(scene, replace(PART, product="autre", product_name="AUTRE"))
    opened = holder_facts("autre", "desmoide").opened
    assert opened is not None
    assert opened.request_id == sent


def test_an_answer_that_names_another_product_makes_it_the_open_request_for_that(scene: Scene):
    """§5.3 7: an answer is refused for none of that; what is asked for afterwards is."""
    scene.sheet()
    scene.sheet("autre")
    other = replace(PART, product="autre", product_name="AUTRE")
    first = answered_with(scene, other)
    with pytest.raises(Refused, match="second_open_request"):
        scene.submitted(other)
    second = answered_with(scene, other)
    assert request_facts(second).prescription == request_facts(first).prescription


def test_a_request_that_was_returned_keeps_no_other_from_being_sent(scene: Scene):
    """Its prescriber may have left: nobody else could complete it, nor take it back."""
    scene.sheet()
    began = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p", now=AT)
    actions.return_to_prescriber(
        scene.pharmacist, began, "À compléter.", idempotency_key="r", now=AT
    )
    scene.submitted()
    changed_part = replace(PART, dosage="100 mg deux fois par jour")
    actions.change_prescription(scene.doctor, began, changed_part, idempotency_key="c", now=AT)
    with pytest.raises(Refused, match="second_open_request"):
        actions.send_to_pharmacy(scene.doctor, began, idempotency_key="p2", now=AT)
