"""Days that come by themselves: noted once, never while a spool may say otherwise; who is reminded."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from compassionate import acting, clocks, decisions, queries
from compassionate.domain.authorisation_commands import Suspend
from compassionate.domain.deadlines import REMINDERS
from compassionate.domain.holder_file import RecordUndertaking
from compassionate.domain.reminders import remind_on, reminder_due
from compassionate.domain.vocabulary import AuthorisationState, RequestState as State
from compassionate.models import AuthorisationRow
from compassionate.reactions import (
    compose_authorisation,
    compose_holder_file,
    compose_request,
    plan_holder_file,
    plan_request,
)
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    holder_facts,
    holder_stream,
    request_facts,
    request_stream,
)
from events import spool_reports, store
from events.days import day_of
from events.number import number_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, REASONS, SIGNED, Scene, scene

__all__ = ["scene"]
ENDS = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("left", "reminded", "due"),
    [
        (61, (), None),
        (60, (), 60),
        (59, (60,), None),
        (30, (60,), 30),
        # An outage of weeks: one reminder, not three (trap T13).
        (6, (), 7),
        (6, (7,), None),
        (0, (60, 30, 7), 0),
        (0, (0,), None),
        (-1, (), None),
    ],
)
def test_the_nearest_reminder_is_given_once(left, reminded, due):
    assert reminder_due(ENDS, ENDS - timedelta(days=left), frozenset(reminded)) == due


def test_the_next_reminder_is_known_without_a_clock():
    assert remind_on(ENDS, frozenset()) == ENDS - timedelta(days=max(REMINDERS))
    assert remind_on(ENDS, frozenset({30})) == ENDS - timedelta(days=7)
    assert remind_on(ENDS, frozenset({0})) is None
    assert remind_on(None, frozenset()) is None


@pytest.mark.django_db
def test_an_authorisation_ends_and_its_prescriber_is_reminded_in_time(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    scene.informed()
    ends_on = scene.terms().ends_on
    project()
    # First of all, the decision is laid where its addressee reads it.
    for left, expected in ((61, 1), (60, 1), (59, 0), (30, 1), (7, 1), (0, 1)):
        assert clocks.look(AT + (ends_on - timedelta(days=left) - day_of(AT))) == expected, left
        project()
    assert authorisation_facts(number).reminded == set(REMINDERS)
    after = AT + (ends_on + timedelta(days=1) - day_of(AT))
    assert clocks.look(after) == 1
    assert clocks.look(after) == 0
    assert authorisation_facts(number).state is AuthorisationState.EXPIRED
    project()
    assert clocks.look(after) == 0
    assert AuthorisationRow.objects.get().state == "expired"
    letter = compose_authorisation(
        "prescriber", "authorisation.ends", authorisation_stream(number)
    )
    assert letter is not None
    assert (letter.address, number in letter.subject) == (scene.doctor.email, True)


@pytest.mark.django_db
def test_a_question_that_nobody_answered_goes_back_to_a_person(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.informed()
    scene.taken_up(request_id)
    limit = day_of(AT) + timedelta(days=3)
    decisions.ask_information(
        scene.evaluator, request_id, ["IRM"], limit, idempotency_key="q", now=AT
    )
    project()
    assert clocks.look(AT + timedelta(days=3)) == 0
    assert clocks.look(AT + timedelta(days=4)) == 1
    facts = request_facts(request_id)
    assert (facts.state, facts.overdue) == (State.UNDER_ASSESSMENT, True)


@pytest.mark.django_db
def test_nothing_is_noted_on_what_a_spool_may_hold_something_for(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.informed()
    scene.taken_up(request_id)
    limit = day_of(AT) + timedelta(days=3)
    decisions.ask_information(
        scene.evaluator, request_id, ["IRM"], limit, idempotency_key="q", now=AT
    )
    project()
    stream = request_stream(request_id)
    later = AT + timedelta(days=4)
    spool_reports.report("n2", waiting=1, opening=0, damaged=0, oldest=AT, streams=[stream])
    assert clocks.look(later) == 0
    spool_reports.report("n2", waiting=0, opening=0, damaged=0, oldest=None, streams=[])
    assert clocks.look(later) == 1


@pytest.mark.django_db
def test_a_suspension_ends_by_itself_and_a_period_to_file_is_missed(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    scene.informed()
    acting.act_on_holder_file(
        scene.evaluator,
        "nirogacestat",
        "desmoide",
        RecordUndertaking,
        {"signed_on": day_of(AT)},
        idempotency_key="u",
        now=AT,
    )
    fields = {
        "reasons": REASONS,
        "urgency": "Signal grave",
        "until": day_of(AT) + timedelta(days=20),
    }
    acting.act_on_authorisation(
        scene.signatory, number, Suspend, fields, SIGNED, idempotency_key="s", now=AT
    )
    project()
    assert clocks.look(AT) == 1
    project()
    assert clocks.look(AT + timedelta(days=21)) == 1
    assert authorisation_facts(number).state is AuthorisationState.ACTIVE
    project()
    late = AT + timedelta(days=370)
    assert clocks.look(late) == 2
    assert holder_facts("nirogacestat", "desmoide").missed_on is not None


@pytest.mark.django_db
@pytest.mark.parametrize(("deferrable", "told"), [(False, 1), (True, 0)])
def test_the_agency_is_told_of_what_cannot_be_deferred(scene: Scene, settings, deferrable, told):
    settings.AGENCY_MAIL = "guichet@agence.invalid"
    scene.sheet()
    urgency = None if deferrable else PART.urgency
    sent = scene.submitted(replace(PART, deferrable=deferrable, urgency=urgency))
    stream = request_stream(sent.id)
    intents = [one for stored in store.read_stream(stream)[2:] for one in plan_request(stored)]
    letters = [compose_request(one.recipient, one.template, stream) for one in intents]
    to_agency = [one for one in letters if one and one.address == settings.AGENCY_MAIL]
    assert len(to_agency) == told
    assert all(sent.number in one.subject for one in to_agency)


@pytest.mark.django_db
def test_a_holder_that_nobody_informs_is_called_to_the_agencys_mind(scene: Scene, settings):
    """R5121-74-1 II: at the first request, on the working day after it, and when it is late."""
    settings.AGENCY_MAIL = "guichet@agence.invalid"
    scene.sheet()
    can_wait = replace(PART, deferrable=True, urgency=None)
    sent = scene.submitted(can_wait)
    second = scene.submitted(replace(can_wait, file_number="2"), at=AT + timedelta(hours=2))
    stream = holder_stream("nirogacestat", "desmoide")
    for days, expected in ((0, 0), (1, 1), (1, 0), (2, 1), (6, 0), (7, 1), (30, 0)):
        project()
        assert clocks.look(AT + timedelta(days=days)) == expected, days
    assert holder_facts("nirogacestat", "desmoide").reminded == {1, 2, 5}
    mails = [
        compose_holder_file(one.recipient, one.template, stream)
        for stored in store.read_stream(stream)
        for one in plan_holder_file(stored)
    ]
    assert len(mails) == 4
    for mail in mails:
        assert mail is not None
        assert mail.address == settings.AGENCY_MAIL
        assert sent.number in mail.subject
        assert second.number not in mail.subject + mail.body
        assert "NIROGACESTAT" not in (mail.subject + mail.body).upper()


@pytest.mark.django_db
def test_who_is_to_be_informed_stands_first_in_the_list(scene: Scene):
    scene.sheet()
    can_wait = replace(PART, deferrable=True, urgency=None)
    scene.submitted(can_wait)
    scene.informed()
    scene.sheet("givinostat")
    late = replace(can_wait, product="givinostat", product_name="GIVINOSTAT", file_number="2")
    scene.submitted(late, at=AT + timedelta(days=1))
    project()
    rows = queries.holder_files(scene.evaluator)
    assert [row.product for row in rows] == ["givinostat", "nirogacestat"]
    assert rows[0].information_due == day_of(AT) + timedelta(days=2)
    assert clocks.look(AT + timedelta(days=2)) == 1


@pytest.mark.django_db
def test_a_pharmacy_is_told_that_something_waits_and_no_mail_names_a_patient(scene: Scene):
    from compassionate import actions

    scene.sheet()
    request_id = scene.drafted(replace(PART, file_number="77")).id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    stream = request_stream(request_id)
    intents = [one for stored in store.read_stream(stream)[1:] for one in plan_request(stored)]
    told = {
        letter.address: letter
        for one in intents
        if (letter := compose_request(one.recipient, one.template, stream)) is not None
    }
    assert set(told) == {scene.doctor.email, scene.pharmacist.email}
    for letter in told.values():
        # Two letters may stand in a number.
        whole = (letter.subject + letter.body).replace(number_of(request_id), "")
        assert "DM" not in whole
        assert "NIROGACESTAT" not in whole.upper()
