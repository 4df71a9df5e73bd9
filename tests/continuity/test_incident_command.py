"""Who says that work came back, or that an outage is over, is held to what was seen."""

import json
import shutil
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Incident, IncidentKind, Kind, opened, picture
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


def refused(verb: str, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        call_command("incident", verb, *words)
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


def test_nothing_waits_for_what_the_beacon_tries_no_more(capsys):
    seen(
        came_up("mail", ago(minutes=50)),
        entry(Kind.STARTED, ago(minutes=40), services=["portal", "database"]),
        came_up("portal", ago(minutes=30)),
        came_up("database", ago(minutes=30)),
    )
    call_command("incident", "normal")
    call_command("incident", "restored")
    assert picture(Journal(folder()).entries()).open == []


def test_what_a_start_does_not_name_is_waited_for_as_before(capsys):
    seen(
        came_up("mail", ago(minutes=50)),
        entry(Kind.STARTED, ago(minutes=40)),
        came_up("portal", ago(minutes=30)),
        came_up("database", ago(minutes=30)),
    )
    assert refused("restored", capsys).endswith("not observed by the beacon of this node: mail")


LEAK = ("Accès indu", "--kind", "confidentiality")


def done(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Run the command; return the incident that it tells."""
    capsys.readouterr()
    call_command("incident", *words, "--json")
    return json.loads(capsys.readouterr().out)["incident"]


def incidents() -> dict[IncidentKind, Incident]:
    return {one.kind: one for one in picture(Journal(folder()).entries()).incidents}


def test_a_leak_is_opened_beside_an_outage_and_an_outage_beside_a_leak(capsys):
    seen(came_up("database", ago(minutes=6)))
    leak = done(capsys, "open", *LEAK)["incident"]
    assert f"{leak} is open already" in refused("open", capsys, *LEAK)
    assert "is open already" in refused("open", capsys, "Maintenance")
    outage = incidents()[IncidentKind.AVAILABILITY].number
    done(capsys, "restored", "--incident", outage)
    assert done(capsys, "open", "Maintenance")["incident"] not in {leak, outage}


def test_the_number_is_wanted_where_two_kinds_are_not_closed(capsys):
    seen()
    leak = done(capsys, "open", *LEAK)["incident"]
    outage = incidents()[IncidentKind.AVAILABILITY].number
    path = Journal(folder()).path
    before = path.read_bytes()
    for verb, *words in (
        ("note", "x"), ("bulletin", "x", "--next-update", "23:59"), ("cause", "x"), ("close",),
        ("restored",), ("normal",),
    ):  # fmt: skip
        told = refused(verb, capsys, *words)
        assert f"{outage} (availability), {leak} (confidentiality)" in told
    assert path.read_bytes() == before
    told = done(capsys, "bulletin", "Public", "--next-update", "23:59", "--incident", outage)
    assert (told["incident"], told["bulletins"][0]["text"]) == (outage, "Public")
    assert incidents()[IncidentKind.CONFIDENTIALITY].bulletins == ()


@pytest.mark.django_db
def test_a_leak_is_stopped_and_closed_while_a_service_is_down(capsys):
    seen()
    leak = done(capsys, "open", *LEAK)["incident"]
    done(capsys, "restored", "--incident", leak)
    assert done(capsys, "close", "--incident", leak)["closed_at"]
    outage = incidents()[IncidentKind.AVAILABILITY]
    assert outage.restored_at is None
    assert refused("restored", capsys).endswith("still down: database")
    # The last one of all is closed, and so not meant by who names none.
    assert done(capsys, "note", "Fournisseur appelé")["incident"] == outage.number
    assert "which one is meant" in refused("cause", capsys, "Droits trop larges")


def test_a_leak_that_was_closed_before_an_outage_is_not_meant(capsys):
    before = ago(days=3)
    found = opened(before, before, "Accès indu", kind="confidentiality")
    number = found.data["incident"]
    journal([found, entry(Kind.CLOSED, before, incident=number, by="a")])
    seen(came_up("database", ago(minutes=6)))
    outage = incidents()[IncidentKind.AVAILABILITY].number
    assert done(capsys, "cause", "Alimentation")["incident"] == outage
