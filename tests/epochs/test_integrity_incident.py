"""A log that does not hold opens an incident of integrity on this node, once for each finding."""

from errno import ENOSPC

import pytest
from django.conf import settings

from continuity import integrity, recovery_steps
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, IncidentKind, Kind, picture
from continuity.recording import record_journal
from events import epochs
from tests.continuity.conftest import no_journal
from tests.continuity.incidents import folder
from tests.epochs.test_quarantine import streams, verify

__all__ = ["no_journal", "streams"]

pytestmark = pytest.mark.usefixtures("no_journal")
CHANGE = "UPDATE events_event SET payload = %s WHERE id = 3"


def entries() -> list[Entry]:
    return list(Journal(settings.DATA_DIR / "beacon").entries())


def kinds() -> list[Kind]:
    return [entry.kind for entry in entries()]


def test_a_verification_that_parks_opens_one_incident_of_each_finding(streams, forger, capsys):
    verify(capsys, "--park")
    assert kinds() == []
    forger.execute(CHANGE, ['{"a":1}'])
    verify(capsys)
    assert kinds() == [], "only to look tells nobody"
    verify(capsys, "--park")
    verify(capsys, "--park")
    assert kinds() == [Kind.OPENED, Kind.NOTE]
    (incident,) = picture(entries()).open
    assert (incident.kind, incident.title) == (IncidentKind.INTEGRITY, integrity.TITLE)
    assert entries()[1].data["text"].startswith("block 2: ")
    forger.execute(CHANGE, ['{"a":2}'])
    verify(capsys, "--park")
    assert kinds() == [Kind.OPENED, Kind.NOTE, Kind.NOTE], "another change is another finding"
    forger.execute("ALTER TABLE events_event ENABLE ALWAYS TRIGGER gate")
    assert record_journal() == 3


def test_what_is_found_after_the_end_of_one_is_another_incident(streams, forger, capsys):
    forger.execute(CHANGE, ['{"a":1}'])
    verify(capsys, "--park")
    (first,) = picture(entries()).open
    ended = Entry(kind=Kind.CLOSED, at=first.opened_at, data={"incident": first.number, "by": "a"})
    Journal(folder()).add([ended])
    verify(capsys, "--park")
    assert picture(entries()).open == [], "the finding is known"
    forger.execute(CHANGE, ['{"a":2}'])
    verify(capsys, "--park")
    (second,) = picture(entries()).open
    assert second.number != first.number


def test_a_recovery_tells_as_well_and_goes_on_where_it_cannot(streams, forger, monkeypatch):
    epochs.sequence()
    forger.execute(CHANGE, ['{"a":1}'])

    def full(_journal: Journal, _entries: list[Entry]) -> None:
        raise OSError(ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "add", full)
        done = recovery_steps.Verification().begin(lambda *_: None)
    assert (done.ok, done.found["streams_parked"]) == (False, 1)
    assert kinds() == []
    recovery_steps.Verification().begin(lambda *_: None)
    recovery_steps.Verification().begin(lambda *_: None)
    assert kinds() == [Kind.OPENED, Kind.NOTE]
