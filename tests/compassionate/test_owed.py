"""Follow-up data that are owed: until the treatment is over, or the authorisation replaced or stopped."""

from datetime import date, timedelta

import pytest

from compassionate import acting, clocks, hospital, statistics
from compassionate.domain.authorisation_commands import Abrogate
from compassionate.domain.follow_up import RecordData
from compassionate.domain.vocabulary import PatientOutcome
from compassionate.streams import authorisation_facts, follow_up_facts
from events.days import day_of
from tests.api.conftest import project
from tests.compassionate.scene import AT, Scene, scene
from tests.compassionate.test_replaced import against, at, changed

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def gave(scene: Scene, number: str, seen_on: date, outcome: PatientOutcome) -> None:
    """Give follow-up data of a day."""
    told = {"seen_on": seen_on, "due_on": seen_on, "outcome": outcome, "safety": "Néant."}
    acting.act_on_follow_up(
        scene.doctor, number, RecordData, told, idempotency_key=scene.key(), now=at(seen_on)
    )


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
    due = hospital.follow_up(authorisation_facts(number)).due()
    begins_on = due[1]
    changed(scene, number, day_of(AT) + timedelta(days=5), begins_on)
    assert hospital.follow_up(authorisation_facts(number)).due() == due[:1]
    project()
    gave(scene, number, due[0], PatientOutcome.STABLE)
    project()
    today = due[-1] + timedelta(days=1)
    figures = statistics.figures(scene.signatory, AT, at(today), at(today), today)
    assert (figures.following.follow_ups, figures.following.up_to_date) == (2, 1)


def test_of_two_data_of_one_day_the_last_told_holds(scene: Scene):
    """A death that is told after a call of the same morning ends what is due; a mistake is told anew."""
    scene.sheet()
    scene.protocol()
    number = scene.authorised()
    first, *_later = follow_up_facts(number).due()
    for outcome, count in (
        (PatientOutcome.STABLE, 3),
        (PatientOutcome.DIED, 1),
        (PatientOutcome.STABLE, 3),
    ):
        gave(scene, number, first, outcome)
        assert len(follow_up_facts(number).due()) == count


def test_what_was_stopped_still_owes_what_had_come_due(scene: Scene):
    """R5121-74-5: the page, the reminders and the figures say the same."""
    scene.sheet()
    scene.protocol()
    number = scene.authorised()
    first, second, _third = follow_up_facts(number).due()
    against(scene, number, Abrogate, second + timedelta(days=1))
    project()
    today = second + timedelta(days=2)
    assert hospital.follow_up(authorisation_facts(number)).lacking(today) == (first, second)
    figures = statistics.figures(scene.signatory, AT, at(today), at(today), today).following
    assert (figures.follow_ups, figures.up_to_date) == (1, 0)
    clocks.look(at(today))
    assert follow_up_facts(number).reminded == {second}


def test_what_never_began_owes_nothing(scene: Scene):
    scene.sheet()
    scene.protocol()
    number = scene.authorised()
    begins_on = day_of(AT) + timedelta(days=60)
    other = changed(scene, number, day_of(AT) + timedelta(days=5), begins_on)
    against(scene, other, Abrogate, begins_on - timedelta(days=1))
    project()
    today = begins_on + timedelta(days=100)
    figures = statistics.figures(scene.signatory, AT, at(today), at(today), today).following
    assert (figures.follow_ups, figures.up_to_date) == (1, 0)
    assert hospital.follow_up(authorisation_facts(other)).due() == ()
