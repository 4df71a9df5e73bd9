"""When the house is late, whoever has to know is told once, and after an outage of the latest only (§5.6, §5.7)."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from compassionate import acting, actions, clocks, outages, sending
from compassionate.domain.authorisation_commands import Suspend
from compassionate.domain.authorisation_events import AuthorisationSuspended
from compassionate.domain.criteria_sheet import PublishProtocol
from compassionate.domain.follow_up import (
    FOLLOW_UP,
    BeginFollowUp,
    FollowUpFacts,
    NoteDataDue,
    RecordData,
)
from compassionate.domain.follow_up_events import FollowUpReminded
from compassionate.domain.lateness import delay_on, delays
from compassionate.domain.prescription import Dispensing
from compassionate.domain.request_events import DelayNoted
from compassionate.domain.vocabulary import (
    DeclareTo,
    LateClock,
    PatientOutcome,
    RequestState as State,
)
from compassionate.models import DelayRow, FollowUpReminderRow
from compassionate.reactions import (
    compose_authorisation,
    compose_follow_up,
    compose_request,
    plan_authorisation,
    plan_follow_up,
    plan_request,
)
from compassionate.streams import (
    authorisation_stream,
    follow_up_stream,
    request_facts,
    request_stream,
)
from events import store
from events.days import PARIS, day_of
from events.errors import Refused
from events.handle import history
from tests.api.conftest import project
from tests.compassionate.samples import (
    ASSESSED,
    INTO,
    PART,
    RECEIVED,
    TO_REGULARISE,
    ask,
    check,
    dispense,
    late,
    regularise,
    submit,
    take_up,
    to_agency,
)
from tests.compassionate.scene import AT, PHARMACY, REASONS, SIGNED, Scene, scene
from tests.compassionate.test_request_table import after

__all__ = ["scene"]
TODAY = day_of(AT)


def marks(facts: Any) -> list[tuple[LateClock, int]]:
    return [(one.clock, one.mark) for one in delays(facts)]


def test_a_decision_that_cannot_wait_is_late_after_four_hours() -> None:
    facts = after(RECEIVED)
    (one,) = delays(facts)
    assert (one.clock, one.mark, one.at) == (LateClock.DECISION, 4, AT + timedelta(hours=4))
    assert delay_on(facts, None, AT + timedelta(hours=3, minutes=59)) is None
    assert delay_on(facts, None, AT + timedelta(hours=4)) == one
    assert marks(after((*RECEIVED, late()))) == []


def test_what_can_wait_and_what_waits_for_an_answer_is_not_late() -> None:
    can_wait = submit(replace(PART, deferrable=True, urgency=None))
    assert marks(after((can_wait,))) == []
    assert marks(after((*ASSESSED, ask()))) == []
    assert marks(after(INTO[State.GRANTED])) == []


def test_a_dose_is_late_on_the_second_fifth_and_fifteenth_working_day() -> None:
    """A Tuesday's dose: once Thursday, Tuesday and the third Tuesday after have passed, from midnight in Paris."""
    found = delays(after((dispense(),)))
    assert [(one.mark, day_of(one.at) - TODAY) for one in found] == [
        (2, timedelta(days=3)), (5, timedelta(days=8)), (15, timedelta(days=22)),
    ]  # fmt: skip
    assert all(one.at.astimezone(PARIS).hour == 0 for one in found)


def test_an_outage_counts_for_nobody() -> None:
    """Where the service came back on Friday, days are counted from there (the weekend has no working day)."""
    back_at = AT + timedelta(days=3)
    first = delays(after((dispense(),)), back_at)[0]
    assert day_of(first.at) - TODAY == timedelta(days=8)


def test_both_clocks_of_a_request_run_and_the_earliest_is_first() -> None:
    """A dose is not regularised before the agency has decided, whoever has to act."""
    facts = after((dispense(), to_agency(), take_up(), check()))
    assert marks(facts) == [
        (LateClock.DECISION, 4), (LateClock.REGULARISATION, 2), (LateClock.REGULARISATION, 5),
        (LateClock.REGULARISATION, 15),
    ]  # fmt: skip
    asked = after((*TO_REGULARISE[:-1], ask()))
    assert {clock for clock, _ in marks(asked)} == {LateClock.REGULARISATION}
    assert marks(after((*TO_REGULARISE, regularise()))) == []


def test_after_an_outage_one_is_noted_and_not_three() -> None:
    facts = after((dispense(), late()))
    assert facts.delays == {(LateClock.REGULARISATION, 15)}
    assert marks(facts) == []
    early = after((dispense(), late(at=AT + timedelta(days=2, hours=15))))
    assert early.delays == {(LateClock.REGULARISATION, 2)}
    assert [mark for _, mark in marks(early)] == [5, 15]


@pytest.mark.parametrize("before", [RECEIVED, (dispense(),)])
def test_nothing_is_noted_before_its_time_nor_twice(before: Any) -> None:
    with pytest.raises(Refused) as raised:
        after((*before, late(at=AT + timedelta(hours=1))))
    assert [one.code for one in raised.value.problems] == ["not_late"]
    with pytest.raises(Refused):
        after((*before, late(), late()))


BEGUN = BeginFollowUp(
    by="signatory", at=AT, number="AAC-1", begins_on=TODAY,
    ends_on=TODAY + timedelta(days=179), every_days=(30, 60, 150),
)  # fmt: skip


def followed(*commands: Any) -> FollowUpFacts:
    facts = FOLLOW_UP.initial
    for command in (BEGUN, *commands):
        facts = FOLLOW_UP.fold(FOLLOW_UP.decide(facts, command), facts)
    return facts


def remind(days: int) -> NoteDataDue:
    return NoteDataDue(by="clock", at=AT + timedelta(days=days))


def data(days: int) -> RecordData:
    return RecordData(
        by="doctor", at=AT + timedelta(days=days), seen_on=TODAY + timedelta(days=days),
        due_on=TODAY + timedelta(days=days), outcome=PatientOutcome.STABLE, efficacy="Stable.",
    )  # fmt: skip


def test_a_prescriber_is_reminded_of_each_data_once() -> None:
    facts = followed(remind(30), remind(61))
    assert facts.reminded == {TODAY + timedelta(days=30), TODAY + timedelta(days=60)}
    assert facts.reminders() == (TODAY + timedelta(days=150),)


@pytest.mark.parametrize(
    "commands",
    [
        (remind(29),),
        (remind(30), remind(31)),
        (data(30), remind(31)),
        # Longer ago than a month: stale, and still due.
        (remind(91),),
    ],
)
def test_no_reminder_is_early_twice_answered_or_stale(commands: Any) -> None:
    with pytest.raises(Refused) as raised:
        followed(*commands)
    assert [one.code for one in raised.value.problems] == ["nothing_due"]


def test_after_an_outage_one_reminder_is_given_and_not_two() -> None:
    facts = followed(remind(75))
    assert facts.reminded == {TODAY + timedelta(days=60)}
    assert facts.lacking(TODAY + timedelta(days=75)) == (
        TODAY + timedelta(days=30), TODAY + timedelta(days=60),
    )  # fmt: skip


def letters(stream: str, plan: Any, compose: Any, kind: type[Any]) -> list[Any]:
    """Return the letters that the events of a kind ask for."""
    stored = [one for one in store.read_stream(stream) if one.type == kind.TYPE]
    intents = [intent for one in stored for intent in plan(one)]
    found = [compose(one.recipient, one.template, stream) for one in intents]
    return [one for one in found if one is not None]


@pytest.mark.django_db
def test_the_agency_is_told_that_a_decision_is_late_and_no_mail_names_a_patient(
    scene: Scene, settings: Any
) -> None:
    settings.AGENCY_MAIL = "guichet@agence.invalid"
    scene.sheet()
    sent = scene.submitted()
    project()
    assert clocks.look(AT + timedelta(hours=3)) == 0
    assert clocks.look(AT + timedelta(hours=5)) == 1
    project()
    assert DelayRow.objects.count() == 0
    assert clocks.look(AT + timedelta(hours=9)) == 0
    (letter,) = letters(request_stream(sent.id), plan_request, compose_request, DelayNoted)
    assert letter.address == settings.AGENCY_MAIL
    assert sent.number in letter.subject
    assert "NIROGACESTAT" not in (letter.subject + letter.body).upper()


def dosed(scene: Scene) -> UUID:
    """Let a pharmacist declare a dose given at AT; return its request."""
    scene.sheet()
    told = sending.declare_dispensing(
        scene.pharmacist,
        Dispensing(at=AT, quantity="30 comprimés"),
        prescription=replace(PART, criteria_version=1),
        prescriber_attests=True,
        pharmacist_attests=True,
        idempotency_key="dose",
        now=AT,
    )
    project()
    return told.id


def in_paris(days: int, hour: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=days), time(hour), PARIS)


@pytest.mark.django_db
def test_agency_and_pharmacy_are_told_that_a_dose_waits(scene: Scene, settings: Any) -> None:
    settings.AGENCY_MAIL = "guichet@agence.invalid"
    request_id = dosed(scene)
    assert clocks.look(in_paris(2, 23)) == 0
    assert clocks.look(in_paris(3, 1)) == 1
    found = letters(request_stream(request_id), plan_request, compose_request, DelayNoted)
    assert {one.address for one in found} == {settings.AGENCY_MAIL, scene.pharmacist.email}
    project()
    assert clocks.look(in_paris(7, 23)) == 0
    # Of the two that have come meanwhile, the latest.
    assert clocks.look(in_paris(40, 1)) == 1
    assert request_facts(request_id).delays == {
        (LateClock.REGULARISATION, 2), (LateClock.REGULARISATION, 15),
    }  # fmt: skip
    project()
    assert DelayRow.objects.count() == 0


@pytest.mark.django_db
def test_a_dose_given_in_an_outage_waits_from_its_end_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = dosed(scene)
    outage = (AT - timedelta(hours=1), AT + timedelta(days=3))
    monkeypatch.setattr(outages, "_known", [lambda _now: [outage]])
    assert clocks.look(in_paris(7, 23)) == 0
    assert clocks.look(in_paris(8, 1)) == 1
    assert request_facts(request_id).delays == {(LateClock.REGULARISATION, 2)}


@pytest.mark.django_db
def test_nothing_is_late_while_the_outage_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever would regularise it cannot; the days begin once the service is back (trap T13)."""
    request_id = dosed(scene)
    since = AT - timedelta(hours=1)
    monkeypatch.setattr(outages, "_known", [lambda now: [(since, now)]])
    for days in (3, 8, 22):
        assert clocks.look(in_paris(days, 1)) == 0
    assert request_facts(request_id).delays == frozenset()


@pytest.mark.django_db
@pytest.mark.parametrize("outage", [None, 3])
def test_no_delay_hides_another(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, outage: int | None
) -> None:
    """A dose, its request days later, and nobody who looks until both are late; or an outage between."""
    request_id = dosed(scene)
    if outage is not None:
        back = in_paris(outage, 7)
        monkeypatch.setattr(outages, "_known", [lambda _now: [(AT - timedelta(hours=1), back)]])
    actions.send_to_agency(
        scene.pharmacist, request_id, PHARMACY, idempotency_key="sent", now=in_paris(2, 19)
    )
    for days in range(3, 40):
        for hour in (8, 13):
            project()
            clocks.look(in_paris(days, hour))
    marks_noted = request_facts(request_id).delays
    assert {mark for clock, mark in marks_noted if clock is LateClock.REGULARISATION} == {2, 5, 15}
    assert (LateClock.DECISION, 4) in marks_noted


@pytest.mark.django_db
def test_two_delays_of_one_day_are_both_told(scene: Scene) -> None:
    """A dose of three days ago whose request came in this morning: one clock each."""
    request_id = dosed(scene)
    actions.send_to_agency(
        scene.pharmacist, request_id, PHARMACY, idempotency_key="sent", now=in_paris(3, 8)
    )
    project()
    assert clocks.look(in_paris(3, 9)) == 1
    project()
    assert clocks.look(in_paris(3, 15)) == 1
    assert request_facts(request_id).delays == {
        (LateClock.REGULARISATION, 2), (LateClock.DECISION, 4),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_prescriber_is_told_that_data_are_due(scene: Scene) -> None:
    scene.sheet()
    protocol = {"document": "ab" * 32, "every_days": (30, 90), "declare_to": DeclareTo.BOTH}
    scene.act_on_sheet(PublishProtocol, protocol, now=AT - timedelta(days=2))
    number = scene.authorised()
    scene.informed()
    project()
    clocks.look(AT)
    assert [row.due_on - TODAY for row in FollowUpReminderRow.objects.order_by("due_on")] == [
        timedelta(days=30), timedelta(days=90),
    ]  # fmt: skip
    assert clocks.look(AT + timedelta(days=30)) == 1
    project()
    assert clocks.look(AT + timedelta(days=31)) == 0
    stream = follow_up_stream(number)
    (letter,) = letters(stream, plan_follow_up, compose_follow_up, FollowUpReminded)
    assert (letter.address, number in letter.subject) == (scene.doctor.email, True)
    (told,) = [one.event for one in history(stream) if isinstance(one.event, FollowUpReminded)]
    assert told.due_on == TODAY + timedelta(days=30)


@pytest.mark.django_db
def test_the_pharmacy_is_told_of_what_stops_a_dispensing(scene: Scene) -> None:
    scene.sheet()
    number = scene.authorised()
    fields = {
        "until": TODAY + timedelta(days=9), "reasons": REASONS, "heard_on": None, "urgency": "Signal",
    }  # fmt: skip
    acting.act_on_authorisation(
        scene.signatory, number, Suspend, fields, SIGNED, idempotency_key="s", now=AT
    )
    stream = authorisation_stream(number)
    found = letters(stream, plan_authorisation, compose_authorisation, AuthorisationSuspended)
    assert {one.address for one in found} == {scene.doctor.email, scene.pharmacist.email}
