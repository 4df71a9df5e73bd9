"""What an incident's stream takes, refuses and remembers."""

import pytest

from continuity.beacon.watch import IncidentKind
from continuity.domain.incident import (
    INCIDENT,
    Close,
    KeepReport,
    Publish,
    Report,
    refused_closing,
)
from continuity.domain.incident_events import (
    BulletinIssued,
    ClosingRefused,
    Form,
    IncidentClosed,
    IncidentOpened,
    IncidentReopened,
    RetexGenerated,
    RetexPublished,
    ServiceRestored,
)
from events.errors import Refused
from tests.continuity.incidents import NUMBER, at
from tests.scenario import given


def when(instant, **more):
    times = {"occurred_at": instant, "received_at": instant}
    return times | {"node": "n1", "incident": NUMBER} | more


OPENED = IncidentOpened(**when(at(), since=at()))
ELSEWHERE = IncidentOpened(**when(at(seconds=5), since=at(), kind=IncidentKind.INTEGRITY))
RESTORED = ServiceRestored(**when(at(hours=5)))
CLOSED = IncidentClosed(**when(at(hours=60)))
REOPENED = IncidentReopened(**when(at(hours=5, minutes=10)))
TOLD = BulletinIssued(**when(at(minutes=5), text="x", next_update=at(hours=1)))


@pytest.mark.parametrize("past", [(), (OPENED,), (OPENED, RESTORED), (OPENED, CLOSED)])
@pytest.mark.parametrize("what", [OPENED, TOLD, RESTORED, REOPENED])
def test_what_a_journal_says_is_taken_in_every_state(past, what):
    given(INCIDENT, *past).when(Report(what=what)).then(what)


def test_the_opening_of_a_second_node_changes_nothing_that_the_first_said():
    assert given(INCIDENT, OPENED, ELSEWHERE).state.opened == OPENED


@pytest.mark.parametrize(
    ("past", "sheets", "codes"),
    [
        ((), 0, ["not_open"]),
        ((OPENED, RESTORED), 2, ["sheets_open"]),
        ((OPENED, RESTORED, CLOSED), 0, ["already_closed"]),
        ((OPENED, CLOSED), 1, ["already_closed", "sheets_open"]),
        ((), 3, ["not_open", "sheets_open"]),
    ],
)
def test_closing_is_refused_with_every_reason(past, sheets, codes):
    given(INCIDENT, *past).when(Close(what=CLOSED, open_sheets=sheets)).refused(*codes)


@pytest.mark.parametrize("past", [(OPENED,), (OPENED, RESTORED), (OPENED, CLOSED, REOPENED)])
def test_an_open_incident_without_open_sheets_is_closed(past):
    done = given(INCIDENT, *past).when(Close(what=CLOSED, open_sheets=0)).then(CLOSED)
    assert done.state.closed_at == CLOSED.occurred_at


def publish(digest="cd" * 32):
    return Publish(incident=NUMBER, digest=digest, content="{}", at=at(hours=61))


@pytest.mark.parametrize("past", [(), (OPENED, RESTORED), (OPENED, CLOSED, REOPENED)])
def test_nothing_is_published_before_the_closing(past):
    given(INCIDENT, *past).when(publish()).refused("not_closed")


def test_a_report_is_published_once():
    done = given(INCIDENT, OPENED, CLOSED).when(publish()).then_types(RetexPublished)
    given(INCIDENT, OPENED, CLOSED, *done.made).when(publish("ef" * 32)).refused(
        "already_published"
    )


def test_closing_ends_an_outage_that_nobody_ended():
    assert given(INCIDENT, OPENED, CLOSED).state.restored_at == CLOSED.occurred_at
    assert given(INCIDENT, OPENED, RESTORED, CLOSED).state.restored_at == RESTORED.occurred_at
    assert given(INCIDENT, OPENED, RESTORED, REOPENED).state.restored_at is None


def test_a_closing_that_the_log_refuses_is_kept_as_such():
    closing = Close(what=CLOSED, open_sheets=2)
    with pytest.raises(Refused) as refused:
        INCIDENT.decide(given(INCIDENT, OPENED).state, closing)
    report = refused_closing(closing, refused.value)
    done = given(INCIDENT, OPENED).when(report).then_types(ClosingRefused)
    (event,) = done.made
    assert (event.reasons, event.open_sheets) == (("sheets_open",), 2)
    assert done.state.closed_at is None


def test_a_report_gets_a_new_version_when_its_data_changed():
    def kept(digest, form=Form.INTERNAL):
        return KeepReport(incident=NUMBER, form=form, digest=digest, at=at())

    done = given(INCIDENT, OPENED).when(kept("a"), kept("b"), kept("p", Form.PUBLIC), kept("a"))
    (event,) = done.made
    assert isinstance(event, RetexGenerated)
    assert event.version == 3
    assert done.state.version_of(Form.INTERNAL, "a") == 3
    assert done.state.version_of(Form.INTERNAL, "c") == 4
    assert done.state.version_of(Form.PUBLIC, "p") == 1
