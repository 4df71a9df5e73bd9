"""An authorisation that another is to replace: which is in force, listed, called to mind and renewed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from compassionate import (
    acting,
    agency_queries,
    clocks,
    documents,
    expiring,
    sending,
    statistics,
)
from compassionate.api import presenters
from compassionate.domain.authorisation_commands import Abrogate, SetCessation, Suspend
from compassionate.domain.authorisation_events import AuthorisationReplaced
from compassionate.domain.authorisation_facts import evolve
from compassionate.domain.decision import Terms
from compassionate.domain.vocabulary import (
    AuthorisationState,
    RequestKind,
)
from compassionate.models import AuthorisationRow
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    request_facts,
)
from events.days import day_of
from events.errors import Refused
from events.handle import history
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, REASONS, SIGNED, Scene, at, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
AGAIN = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)
LAST = day_of(AT) + timedelta(days=179)


def in_days(days: int) -> date:
    """Return a day by its distance from AT."""
    return day_of(AT) + timedelta(days=days)


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


def refused_terms(scene: Scene, number: str, day: date, terms: Terms) -> set[str]:
    """Ask for a change of dosage; return why it is neither proposed nor granted under these terms."""
    said: dict[str, Any] = {"kind": RequestKind.DOSAGE_CHANGE, "renews": number}
    sent = scene.submitted(PART, at=at(day), **said).id
    scene.taken_up(sent, at=at(day))
    found = []
    for decided in (scene.proposed, scene.granted):
        with pytest.raises(Refused) as refusal:
            decided(sent, terms, at=at(day))
        found.append({one.code for one in refusal.value.problems})
    sending.withdraw_request(
        scene.doctor, sent, "Autre demande.", idempotency_key=scene.key(), now=at(day)
    )
    assert found[0] == found[1]
    return found[0]


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


def test_a_renewal_stopped_before_it_began_leaves_the_one_before_to_be_renewed(scene: Scene):
    """R5121-74-4: what ends unrenewed is called to mind, and listed."""
    scene.sheet()
    number = scene.authorised()
    soon = LAST - timedelta(days=58)
    ahead = renewed(scene, number, soon)
    project()
    assert expiring.expiring(scene.doctor, soon).rows == []
    assert not authorisation_facts(number).is_renewable
    against(scene, ahead, Abrogate, soon + timedelta(days=1))
    project()
    (row,) = expiring.expiring(scene.doctor, soon + timedelta(days=1)).rows
    assert row.number == number
    assert authorisation_facts(number).is_renewable
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


def test_a_list_tells_the_state_of_the_day(scene: Scene):
    """Hospital software that asks for what is active finds what a renewal is only going to replace."""
    scene.sheet()
    number = scene.authorised()
    renewed(scene, number, in_days(130))
    project()
    row = AuthorisationRow.objects.get(number=number)
    days = (in_days(140), LAST, LAST + timedelta(days=1))
    told = [presenters.authorisation_row(row, day)["state"] for day in days]
    assert told == ["active", "active", "replaced"]


def test_what_ran_out_is_renewed_once(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    late = LAST + timedelta(days=5)
    renewed(scene, number, late)
    assert not authorisation_facts(number).is_renewable
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


def test_what_was_to_follow_a_change_that_was_stopped_ahead_is_stopped_too(scene: Scene):
    """The first goes on, is called to mind and renewed, in whatever order the others were stopped."""
    scene.sheet()
    number = scene.authorised()
    other = changed(scene, number, in_days(60), in_days(80))
    ahead = renewed(scene, other, in_days(66))
    against(scene, other, Abrogate, in_days(70))
    against(scene, ahead, Abrogate, in_days(75))
    assert authorisation_facts(number).replaced_by is None
    assert authorisation_facts(renewed(scene, number, in_days(130))).in_force(
        LAST + timedelta(days=1)
    )


def test_a_change_begins_no_earlier_than_what_it_changes(scene: Scene):
    """Else the one before would be in force beside it."""
    scene.sheet()
    number = scene.authorised()
    ahead = renewed(scene, number, in_days(130))
    early = scene.terms(in_days(135), days=90)
    assert refused_terms(scene, ahead, in_days(135), early) == {"begins_before"}
    assert authorisation_facts(number).is_changeable(in_days(135))
    other = changed(scene, number, in_days(136), in_days(136))
    facts = [authorisation_facts(one) for one in (number, other, ahead)]
    assert [one.in_force(in_days(140)) for one in facts] == [False, True, False]


def test_a_change_before_a_renewal_leaves_no_day_without(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    renewed(scene, number, in_days(130))
    short = scene.terms(in_days(140), days=20)
    assert refused_terms(scene, number, in_days(140), short) == {"gap_before_next"}


def test_the_suspensions_of_a_change_that_came_between_count(scene: Scene):
    """R5121-74-8: three months together, whatever was granted first."""
    scene.sheet()
    number = scene.authorised()
    ahead = renewed(scene, number, in_days(90))
    other = changed(scene, number, in_days(95), in_days(100))
    against(scene, other, Suspend, in_days(100), until=in_days(178))
    begins_on = LAST + timedelta(days=1)
    with pytest.raises(Refused, match="suspensions_over_limit"):
        against(scene, ahead, Suspend, begins_on, until=begins_on + timedelta(days=80))


def test_a_renewal_that_begins_with_a_dose_before_the_end_ends_the_one_before(scene: Scene):
    scene.sheet()
    facts = authorisation_facts(scene.authorised())
    given, told = LAST - timedelta(days=9), at(LAST + timedelta(days=9))
    event = AuthorisationReplaced(
        occurred_at=told, received_at=told, number="AAC-19E0-ZZQ0-003V6", begins_on=given
    )
    after = evolve(facts, event)
    assert (after.in_force(given - timedelta(days=1)), after.in_force(given)) == (True, False)


def test_what_has_begun_and_is_stopped_brings_nothing_back(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    begins_on = in_days(80)
    other = changed(scene, number, in_days(60), begins_on)
    against(scene, other, Abrogate, begins_on)
    assert authorisation_facts(number).state_on(begins_on) is AuthorisationState.REPLACED
    assert not authorisation_facts(number).is_renewable


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
