"""Incidents as a fold of what was observed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from continuity.beacon.backlog import Backlog
from continuity.beacon.watch import (
    FAILURES,
    FIRST_BULLETIN,
    SILENT,
    Entry,
    Kind,
    Picture,
    Probe,
    State,
    Watch,
    evolve,
    opened,
    picture,
)

START = datetime(2026, 6, 17, 18, 0, tzinfo=UTC)
PERIOD = timedelta(seconds=10)


class Site:
    """A watch, its clock and its journal."""

    def __init__(self) -> None:
        self.watch, self.now, self.journal = Watch(), START, list[Entry]()

    @property
    def seen(self) -> Picture:
        return picture(self.journal)

    def rounds(self, count: int = 1, **down: bool) -> list[Kind]:
        """Look `count` times with these services down; return the kinds of the new entries."""
        before = len(self.journal)
        for _ in range(count):
            tries = {name: Probe(not down.get(name, False)) for name in ("portal", "database")}
            self.journal += self.watch.observe(self.seen, tries, self.now)
            self.now += PERIOD
        return [entry.kind for entry in self.journal[before:]]


@pytest.fixture
def site() -> Site:
    made = Site()
    assert made.rounds(31) == [Kind.CAME_UP, Kind.CAME_UP]
    return made


def test_a_service_is_not_down_before_the_third_failure_in_a_row(site):
    assert site.rounds(2, database=True) == []
    assert site.rounds(1) == []
    assert site.rounds(2, database=True) == []
    assert site.rounds(1, database=True) == [Kind.WENT_DOWN, Kind.OPENED]


def test_an_incident_began_with_its_first_failure(site):
    began = site.now
    site.rounds(3, database=True)
    incident = site.seen.current
    assert incident is not None
    assert (incident.opened_at, incident.services) == (began, ("database",))
    assert incident.number == f"INC-{began:%Y%m%d-%H%M%S}"
    assert incident.next_update == began + FIRST_BULLETIN
    assert site.seen.services["database"].since == began


def test_what_never_answered_may_still_be_starting():
    site = Site()
    assert site.rounds(6, database=True) == [Kind.CAME_UP]
    assert site.seen.services.keys() == {"portal"}
    assert site.rounds(1, database=True) == [Kind.WENT_DOWN, Kind.OPENED]


def test_it_ends_only_when_all_has_answered_for_five_minutes(site):
    site.rounds(3, database=True)
    assert site.rounds(1) == [Kind.CAME_UP]
    assert site.rounds(29) == []
    assert site.seen.current is not None
    assert site.rounds(1) == [Kind.VERIFIED, Kind.RESTORED]
    assert site.seen.current is None


def test_one_failure_while_it_is_verified_does_not_end_it(site):
    site.rounds(3, database=True)
    site.rounds(29)
    site.rounds(1, portal=True)
    assert site.rounds(1) == [Kind.VERIFIED, Kind.RESTORED]


def test_what_fails_again_within_half_an_hour_is_the_same_incident(site):
    site.rounds(3, database=True)
    site.rounds(60)
    assert site.rounds(3, portal=True) == [Kind.WENT_DOWN, Kind.REOPENED]
    (incident,) = site.seen.incidents
    assert incident.restored_at is None
    site.rounds(60)
    site.rounds(180)
    assert site.rounds(3, portal=True) == [Kind.WENT_DOWN, Kind.OPENED]
    assert len(site.seen.incidents) == 2


def test_what_fails_when_it_begins_again_is_of_the_incident_and_is_verified_too(site):
    site.rounds(3, database=True)
    site.rounds(60)
    site.rounds(3, portal=True)
    assert site.seen.current is not None
    assert site.seen.current.services == ("database", "portal")
    site.rounds(30)
    assert site.rounds(1) == [Kind.VERIFIED, Kind.RESTORED]


def test_what_was_promised_before_it_began_again_counts_no_more(site):
    def bulletin(promised: timedelta) -> None:
        due = (site.now + promised).isoformat()
        number = site.seen.incidents[-1].number
        data = {"incident": number, "text": "x", "by": "a", "next_update": due}
        site.journal.append(Entry(kind=Kind.BULLETIN, at=site.now, data=data))

    site.rounds(3, database=True)
    bulletin(timedelta(hours=23))
    site.rounds(60)
    again = site.now
    site.rounds(3, portal=True)
    assert site.seen.current is not None
    assert site.seen.current.next_update == again + FIRST_BULLETIN
    bulletin(timedelta(hours=2))
    assert site.seen.current.next_update == site.now + timedelta(hours=2)


def test_what_a_person_opened_while_all_answers_ends_by_a_person(site):
    site.journal.append(opened(site.now, site.now, "Maintenance", by="a"))
    assert site.rounds(60) == []
    assert site.seen.current is not None
    site.rounds(3, database=True)
    assert site.rounds(31)[-1] == Kind.RESTORED


def test_a_silence_of_the_beacon_is_named_and_bridges_nothing(site):
    """The machine slept or a disk hung: it is not known what happened meanwhile."""
    site.rounds(3, database=True)
    site.rounds(28)
    gone, site.now = site.now - PERIOD, site.now + timedelta(hours=2)
    back = site.now
    assert site.rounds(1) == [Kind.STARTED, Kind.CAME_UP, Kind.CAME_UP]
    assert site.seen.gaps == ((gone, back),)
    assert site.rounds(29) == []
    assert site.rounds(1) == [Kind.VERIFIED, Kind.RESTORED]


def test_failures_on_both_sides_of_a_silence_are_not_in_a_row(site):
    site.rounds(2, database=True)
    site.now += timedelta(hours=2)
    assert site.rounds(2, database=True) == [Kind.STARTED, Kind.CAME_UP]
    assert site.seen.services["database"].state is State.NOT_OBSERVED


def test_a_look_that_took_its_time_is_no_silence(site):
    site.now += SILENT - PERIOD
    assert site.rounds(1) == []


def test_a_second_service_that_fails_joins_the_incident(site):
    site.rounds(3, database=True)
    assert site.rounds(3, database=True, portal=True) == [Kind.WENT_DOWN]
    assert site.seen.current is not None
    assert site.seen.current.services == ("database", "portal")


def test_what_nobody_looked_at_is_never_shown_as_working(site):
    """The beacon was away: its own gap is named, and nothing counts as up before it answers."""
    gone, back = site.now, site.now + timedelta(hours=2)
    data = {"unobserved_since": gone.isoformat()}
    site.journal.append(Entry(kind=Kind.STARTED, at=back, data=data))
    site.watch, site.now = Watch(), back
    assert site.seen.gaps == ((gone, back),)
    assert {one.state for one in site.seen.services.values()} == {State.NOT_OBSERVED}
    assert site.rounds(1, database=True) == [Kind.CAME_UP]
    assert site.seen.services["database"].state is State.NOT_OBSERVED


def started(site: Site, **data: object) -> None:
    """Start the beacon again."""
    site.journal.append(Entry(kind=Kind.STARTED, at=site.now, data=data))
    site.watch = Watch()


def mail_failed(site: Site) -> None:
    since = site.now.isoformat()
    data = {"service": "mail", "since": since}
    site.journal += [
        Entry(kind=Kind.WENT_DOWN, at=site.now, data=data),
        opened(site.now, site.now),
    ]


def test_nothing_waits_for_what_the_beacon_tries_no_more(site):
    site.journal.append(Entry(kind=Kind.CAME_UP, at=site.now, data={"service": "mail"}))
    started(site, services=["portal", "database"])
    assert site.seen.services.keys() == {"portal", "database"}
    site.rounds(3)
    site.rounds(3, database=True)
    assert site.rounds(31)[-2:] == [Kind.VERIFIED, Kind.RESTORED]


def test_an_outage_of_what_is_tried_no_more_ends_and_keeps_its_name(site):
    mail_failed(site)
    assert site.rounds(60) == []
    started(site, services=["portal", "database"])
    assert site.rounds(30) == [Kind.CAME_UP, Kind.CAME_UP]
    assert site.rounds(1) == [Kind.RESTORED]
    assert site.seen.incidents[-1].services == ("mail",)


def test_a_journal_that_does_not_name_what_is_tried_drops_nothing(site):
    mail_failed(site)
    started(site)
    assert site.seen.services["mail"].state is State.NOT_OBSERVED
    assert Kind.RESTORED not in site.rounds(60)
    assert site.seen.current is not None


def leak(site: Site) -> str:
    """Open an incident of another kind; return its number."""
    begun = opened(site.now, site.now, "Accès indu", by="a", kind="confidentiality")
    site.journal.append(begun)
    return str(begun.data["incident"])


def say(site: Site, kind: Kind, number: str) -> None:
    site.journal.append(Entry(kind=kind, at=site.now, data={"incident": number, "by": "a"}))


def test_what_fails_after_a_leak_is_an_outage_of_its_own_and_ends_by_itself(site):
    number = leak(site)
    say(site, Kind.RESTORED, number)
    say(site, Kind.CLOSED, number)
    site.rounds(60)
    assert site.rounds(3, database=True) == [Kind.WENT_DOWN, Kind.OPENED]
    assert site.rounds(31)[-1] == Kind.RESTORED
    assert [one.number for one in site.seen.incidents if one.closed_at] == [number]


def test_what_fails_during_a_leak_is_an_outage_of_its_own_and_ends_by_itself(site):
    number = leak(site)
    assert site.rounds(3, database=True) == [Kind.WENT_DOWN, Kind.OPENED]
    assert site.seen.outage is not None
    assert site.seen.outage.services == ("database",)
    site.rounds(3, database=True, portal=True)
    assert [(one.number == number, one.services) for one in site.seen.open] == [
        (False, ("database", "portal")), (True, ()),
    ]  # fmt: skip
    assert site.rounds(31)[-1] == Kind.RESTORED
    assert [one.number for one in site.seen.open] == [number]


def test_a_leak_that_is_found_during_an_outage_has_none_of_its_services_and_holds_nothing_up(site):
    site.rounds(3, database=True)
    number = leak(site)
    assert site.seen.incidents[-1].services == ()
    site.rounds(3, database=True, portal=True)
    assert site.rounds(31)[-3:] == [Kind.VERIFIED, Kind.VERIFIED, Kind.RESTORED]
    assert [one.number for one in site.seen.open] == [number]
    assert site.rounds(3, portal=True) == [Kind.WENT_DOWN, Kind.REOPENED]
    assert site.seen.outage is not None
    assert site.seen.outage.number == site.seen.incidents[0].number


def test_two_incidents_of_one_second_have_two_numbers(site):
    number = leak(site)
    site.rounds(3, database=True)
    assert site.seen.outage is not None
    assert site.seen.outage.opened_at == site.seen.incidents[0].opened_at
    assert site.seen.outage.number != number


def test_a_journal_in_which_an_outage_reopened_a_leak_is_still_read(site):
    number = leak(site)
    say(site, Kind.RESTORED, number)
    data = {"service": "database", "since": site.now.isoformat()}
    site.journal.append(Entry(kind=Kind.WENT_DOWN, at=site.now, data=data))
    say(site, Kind.REOPENED, number)
    (reopened,) = site.seen.open
    assert (reopened.number, reopened.services) == (number, ())
    assert site.rounds(1, database=True) == [Kind.OPENED]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=120))
def test_whatever_happens_the_picture_tells_no_lie(history):
    site, failing, answered = Site(), {"portal": 0, "database": 0}, set[str]()
    for portal, database in history:
        for name, down in (("portal", portal), ("database", database)):
            failing[name] = failing[name] + 1 if down else 0
            answered |= set() if down else {name}
        site.rounds(1, portal=portal, database=database)
        seen = site.seen
        for name, count in failing.items():
            down = name in seen.services and seen.services[name].state is State.DOWN
            patience = FAILURES if name in answered else 7
            assert down == (count >= patience)
        if any(one.state is State.DOWN for one in seen.services.values()):
            assert seen.current is not None
        assert sum(one.restored_at is None for one in seen.incidents) <= 1
        step = Picture()
        for entry in site.journal:
            step = evolve(step, entry)
        assert step == seen


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def test_an_end_is_estimated_as_a_range_while_a_backlog_shrinks():
    backlog = Backlog()
    for at, waiting in ((0, 1000), (1, 900), (2, 700)):
        backlog.note(minutes(at), waiting)
    backlog.note(minutes(3), 500)
    soonest, latest = backlog.estimate() or (START, START)
    assert (soonest, latest) == (minutes(5.5), minutes(6))


@pytest.mark.parametrize("waiting", [[100], [100, 100, 100], [100, 200, 300], [300, 0, 0], [9, 5]])
def test_no_end_is_estimated_from_what_does_not_shrink(waiting):
    backlog = Backlog()
    for at, count in enumerate(waiting):
        backlog.note(minutes(at), count)
    assert backlog.estimate() is None
