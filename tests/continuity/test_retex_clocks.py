"""When the log held what started a legal clock: of an answer as of a follow-up, of the first as of all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from continuity import recording, retex
from continuity.domain.incident_events import Form
from events.touched import RunningClock, Window
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import FollowUpReceived
from pharmacovigilance.domain.report import Information, Patient, ReactionInformation
from pharmacovigilance.domain.vocabulary import Party
from pharmacovigilance.outage import touched_by
from tests.continuity.incidents import NUMBER, at, journal
from tests.domain.samples import SERIOUS, answer, ask, declare, follow_up, join
from tests.projections.conftest import append, project, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]

WINDOW = Window(since=at(), until=at(hours=5))
HOUR = timedelta(hours=1)
NOTHING_SEEN = replace(SERIOUS, reactions=())
REACTION = Information(reactions=(ReactionInformation(term="Fièvre"),))
ADDRESS = Information(patient=Patient(weight_kg=71))
COURSE = Information(narrative="Aggravation.")


@pytest.fixture
def case(superuser_dsn) -> Callable[..., str]:
    """Return a maker of cases: each event recorded an hour after its receipt, as is said, or later."""

    def made(*commands, late: dict[int, datetime] | None = None) -> str:
        said = []
        for command in commands:
            said.extend(DECLARATION.decide(DECLARATION.fold(said), command))
        stream = write(said, uuid4())
        with psycopg.connect(superuser_dsn, autocommit=True) as admin:
            admin.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
            admin.execute(
                "UPDATE events_event SET recorded_at = received_at + interval '1 hour'"
                " WHERE stream = %s",
                [stream],
            )
            for version, instant in (late or {}).items():
                admin.execute(
                    "UPDATE events_event SET recorded_at = %s WHERE stream = %s AND version = %s",
                    [instant, stream, version],
                )
        return stream

    return made


def clocks() -> list[RunningClock]:
    project()
    return list(touched_by(WINDOW).clocks)


def known() -> list[datetime | None]:
    return [one.known_at for one in clocks()]


def test_a_clock_that_an_answer_restarted_is_known_when_the_answer_is(case) -> None:
    case(
        declare(SERIOUS, at(days=-10)),
        ask(at(days=-9)),
        answer(at(days=-8)),
        follow_up(COURSE, at(days=-4)),
        answer(at(days=-2)),
    )
    assert known() == [at(days=days) + HOUR for days in (-10, -8, -4, -2)]


def test_a_receipt_joined_between_is_no_turn(case) -> None:
    case(
        declare(SERIOUS, at(days=-10)),
        join(at(days=-9), of_version=1),
        follow_up(COURSE, at(days=-4)),
    )
    assert known() == [at(days=-10) + HOUR, at(days=-4) + HOUR]


@pytest.mark.parametrize("between", [(), (ask(at(days=-9)), answer(at(days=-9)))])
def test_the_first_clock_is_known_when_the_four_criteria_were_complete(case, between) -> None:
    case(declare(NOTHING_SEEN, at(days=-10)), *between, follow_up(REACTION, at(days=-8)))
    assert known() == [at(days=-8) + HOUR]


def test_later_information_does_not_make_the_first_clock_of_a_valid_declaration_later(case):
    case(declare(SERIOUS, at(days=-10)), follow_up(ADDRESS, at(days=-8)))
    assert known() == [at(days=-10) + HOUR]


def test_a_downgraded_clock_is_known_when_the_downgrade_is(case) -> None:
    case(
        declare(SERIOUS, at(days=-10)),
        ask(at(days=-9)),
        answer(at(days=-9)),
        follow_up(Information(seriousness=()), at(days=-8)),
    )
    assert known() == [at(days=-8) + HOUR]


def test_the_report_counts_as_late_what_was_completed_after_its_term_and_no_other(case) -> None:
    case(
        declare(NOTHING_SEEN, at(days=-10)),
        follow_up(REACTION, at(days=-8)),
        late={2: at(days=30)},
    )
    case(declare(SERIOUS, at(days=-10)), ask(at(days=-9)), answer(at(days=-8)))
    journal()
    recording.record_journal()
    retex.catch_up()
    told = retex.report(NUMBER, Form.INTERNAL)["clocks"]
    assert (told["count"], told["recorded_after_due"]) == (3, 1)
    (late,) = [row for row in told["rows"] if row["recorded_late_minutes"]]
    assert late["day_zero"] == "2026-06-09"


def test_what_cannot_be_read_later_changes_nothing_of_what_was_known(case) -> None:
    stream = case(declare(NOTHING_SEEN, at(days=-10)), follow_up(REACTION, at(days=-8)))
    project()
    last = FollowUpReceived(
        occurred_at=at(), received_at=at(), information=COURSE, by=Party.DECLARANT
    )
    append(stream, last.TYPE, '{"information": 3}', last)
    assert known() == [at(days=-8) + HOUR]
