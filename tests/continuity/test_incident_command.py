"""Who says that work came back, or that an outage is over, is held to what was seen."""

import shutil
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind, opened, picture
from tests.continuity.incidents import entry, folder, journal


@pytest.fixture(autouse=True)
def _no_journal():
    shutil.rmtree(folder(), ignore_errors=True)
    yield
    shutil.rmtree(folder(), ignore_errors=True)


def outage(at: datetime) -> list[Entry]:
    """Return an outage of the database that began an hour ago, in degraded mode."""
    since = at - timedelta(hours=1)
    begun = opened(since, since)
    number = begun.data["incident"]
    return [
        entry(Kind.CAME_UP, since - timedelta(hours=1), service="portal"),
        entry(Kind.WENT_DOWN, since, service="database", since=since.isoformat()),
        begun,
        entry(Kind.DEGRADED, since, incident=number, by="a", text="Téléphone"),
    ]


def seen(*more: Entry) -> datetime:
    """Write an outage and what was seen after it; return when it was."""
    at = now()
    journal([*outage(at), *more])
    Journal(folder()).alive(at)
    return at


def ago(**time: float) -> datetime:
    return now() - timedelta(**time)


def refused(verb: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("incident", verb)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip()


def came_up(name: str, at: datetime) -> Entry:
    return entry(Kind.CAME_UP, at, service=name)


@pytest.mark.parametrize("verb", ["restored", "normal"])
def test_what_is_still_down_is_named(verb, capsys):
    seen()
    assert refused(verb, capsys).endswith("still down: database")


@pytest.mark.parametrize("verb", ["restored", "normal"])
def test_what_the_beacon_has_not_seen_since_it_began_again_is_not_called_well(verb, capsys):
    seen(entry(Kind.STARTED, ago(seconds=20)), came_up("portal", ago(seconds=10)))
    assert refused(verb, capsys).endswith("not observed by the beacon of this node: database")


@pytest.mark.parametrize("verb", ["restored", "normal"])
def test_what_answers_for_a_minute_only_is_not_called_well(verb, capsys):
    seen(came_up("database", ago(minutes=1)))
    assert refused(verb, capsys).endswith("five minutes yet: database")


@pytest.mark.parametrize("verb", ["restored", "normal"])
def test_nothing_is_called_well_by_a_beacon_that_looks_no_more(verb, capsys):
    seen(came_up("database", ago(minutes=10)))
    Journal(folder()).alive(ago(minutes=2))
    assert refused(verb, capsys).endswith("this node: database, portal")


def test_what_answers_for_long_enough_is_well_again(capsys):
    seen(came_up("database", ago(minutes=6)))
    call_command("incident", "normal")
    call_command("incident", "restored")
    (incident,) = picture(Journal(folder()).entries()).incidents
    assert incident.restored_at is not None
    assert not incident.degraded
