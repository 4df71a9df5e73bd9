"""An outage and an incident of another kind, open at the same time: each has its own stream."""

import pytest

from continuity import incident_queries, recording, retex
from continuity.beacon.watch import Entry, Kind, opened
from continuity.domain.incident_events import Form, incident_stream, watch_stream
from events.handle import history
from tests.continuity.incidents import NUMBER, OUTAGE, START, at, entry, journal
from tests.portal.sending import projected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]
BACK = at(hours=5, minutes=5)


def leak(**later: float) -> tuple[str, Entry]:
    """Return the number of a leak that somebody found then, and the line that opens it."""
    line = opened(at(**later), at(**later), "Accès indu", by="a", kind="confidentiality")
    return line.data["incident"], line


def in_time(*lines: Entry) -> None:
    """Record a journal of the outage with these lines among its own."""
    journal(sorted([*OUTAGE, *lines], key=lambda line: line.at))
    assert recording.record_journal() == len(OUTAGE) + len(lines)


def recorded(stream: str) -> list[str]:
    return [one.event.TYPE.partition(".")[2] for one in history(stream)]


def alone() -> list[str]:
    """Return what the stream of the outage holds where nothing is open beside it."""
    names = {Kind.WENT_DOWN: "service_went_down", Kind.CAME_UP: "service_came_up"}
    names |= {Kind.VERIFIED: "service_verified", Kind.OPENED: "incident_opened"}
    lines = [line.kind for line in OUTAGE if line.kind in names and line.at >= START]
    return [names[kind] for kind in lines]


def of_services() -> list[str]:
    known = set(alone())
    return [name for name in recorded(incident_stream(NUMBER)) if name in known]


@pytest.mark.parametrize("hours", [-1, 1, 4])
def test_what_is_seen_of_services_is_of_the_outage_whatever_is_open_beside_it(hours):
    number, found = leak(hours=hours)
    in_time(found, entry(Kind.NOTE, at(hours=hours + 0.5), incident=number, text="x", by="a"))
    assert of_services() == alone()
    assert recorded(incident_stream(number)) == ["incident_opened", "incident_noted"]
    assert history(incident_stream(number))[0].event.services == ()


def test_an_outage_during_a_leak_is_known_with_its_end_and_has_its_review():
    _, found = leak(hours=-1)
    in_time(found)
    projected()
    assert incident_queries.outages(at(days=9)) == [(START, BACK)]
    services = retex.report(NUMBER, Form.INTERNAL)["services"]
    assert {one["service"] for one in services} == {"database", "worker"}


def test_after_an_outage_what_is_seen_is_of_the_node_again_though_a_leak_lasts():
    number, found = leak(hours=1)
    in_time(found, entry(Kind.CAME_UP, at(hours=61), service="mail"))
    assert recorded(incident_stream(number)) == ["incident_opened"]
    assert recorded(watch_stream("n1"))[-1] == "service_came_up"


def test_a_failure_that_reopened_a_leak_before_is_no_part_of_it():
    number, found = leak(hours=70)
    again = at(hours=71)
    in_time(
        found,
        entry(Kind.RESTORED, at(hours=70.5), incident=number, by="a"),
        entry(Kind.WENT_DOWN, again, service="mail", since=again.isoformat()),
        entry(Kind.REOPENED, again, incident=number),
    )
    assert recorded(incident_stream(number)) == [
        "incident_opened", "service_restored", "incident_reopened",
    ]  # fmt: skip
    assert recorded(watch_stream("n1"))[-1] == "service_went_down"


def test_a_leak_found_in_the_instant_of_a_failure_is_not_what_it_opened():
    number, found = leak(seconds=30)
    journal([*OUTAGE[:4], found, *OUTAGE[4:]])
    recording.record_journal()
    assert of_services() == alone()
    assert recorded(incident_stream(number)) == ["incident_opened"]
