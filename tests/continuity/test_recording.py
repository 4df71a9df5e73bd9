"""A node's journal in the log: every line, once, under its own time."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections

from continuity import queries, recording
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Kind
from continuity.domain.incident_events import incident_stream, watch_stream
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_events import CATEGORY
from continuity.sheet_projection import PROJECTIONS
from events import local_rounds, runner
from events.errors import LogHalted
from events.event import Actor, stream_name
from events.handle import Envelope, handle, history
from events.local_rounds import LocalRounds
from tests.continuity.incidents import NUMBER, OUTAGE, START, at, entry, folder, journal, said
from tests.continuity.sheet_samples import record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]


def recorded(stream: str | None = None) -> list[str]:
    past = history(stream or incident_stream(NUMBER))
    return [one.event.TYPE.partition(".")[2] for one in past]


def test_every_line_is_recorded_once_under_its_own_time():
    journal()
    assert recording.record_journal() == len(OUTAGE)
    assert recording.record_journal() == 0
    past = history(incident_stream(NUMBER))
    observed = [line for line in OUTAGE if line.at >= START]
    assert [one.event.occurred_at for one in past] == [line.at for line in observed]
    assert [one.event.received_at for one in past] == [line.at for line in observed]
    assert all(one.recorded_at > at(hours=60) for one in past)
    assert {one.event.node for one in past} == {"n1"}


def test_a_failure_belongs_to_the_incident_that_it_opens_and_a_gap_to_the_node():
    journal()
    recording.record_journal()
    assert recorded()[:2] == ["service_went_down", "incident_opened"]
    assert history(incident_stream(NUMBER))[1].event.services == ("database",)
    assert recorded(watch_stream("n1")) == [
        "observation_began", "service_came_up", "service_came_up",
    ]  # fmt: skip
    gap = history(watch_stream("n1"))[0].event
    assert gap.unobserved_since == at(hours=-3)


def test_only_what_the_log_lacks_is_added():
    journal(OUTAGE[:6])
    assert recording.record_journal() == 6
    Journal(folder()).add(OUTAGE[6:])
    assert recording.record_journal() == len(OUTAGE) - 6
    assert len(recorded()) == len(OUTAGE) - 3


def test_two_runners_record_each_line_once():
    journal([*OUTAGE, *[said(Kind.NOTE, at(hours=61, minutes=n), text=str(n)) for n in range(20)]])
    together = threading.Barrier(2)

    def run() -> int:
        together.wait(10)
        try:
            return recording.record_journal()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as runners:
        counts = [one.result(60) for one in [runners.submit(run) for _ in range(2)]]
    assert sum(counts) == len(OUTAGE) + 20
    notes = [o.event.text for o in history(incident_stream(NUMBER)) if hasattr(o.event, "text")]
    assert notes[-20:] == [str(n) for n in range(20)]


def test_a_second_node_tells_its_own_journal(settings):
    journal(OUTAGE[:5])
    recording.record_journal()
    settings.NODE_NAME = "n2"
    assert recording.record_journal() == 5
    assert [one.event.node for one in history(incident_stream(NUMBER))] == ["n1", "n1", "n2", "n2"]
    assert len(recorded(watch_stream("n2"))) == 3


def test_a_damaged_tail_costs_itself_alone_and_is_told():
    path = journal(OUTAGE[:6])
    with path.open("ab") as file:
        file.write(b'{"kind": "note", "at"')
    assert recording.record_journal() == 6
    Journal(folder()).add([said(Kind.NOTE, at(hours=1), text="suite")])
    assert recording.record_journal() == 2
    assert recorded()[-2:] == ["journal_line_unreadable", "incident_noted"]


def changed(path, number: int, old: str, new: str) -> None:
    """Change one line of a journal, its link to the line before left as it is."""
    before = path.read_bytes().splitlines(keepends=True)
    after = [*before]
    after[number - 1] = before[number - 1].replace(old.encode(), new.encode())
    assert after != before
    path.write_bytes(b"".join(after))


def alterations() -> list[tuple[int, bool]]:
    past = [*history(incident_stream(NUMBER)), *history(watch_stream("n1"))]
    events = [one.event for one in past if one.event.TYPE.endswith("unreadable")]
    return [(one.line, one.readable) for one in events]


RESTORED = next(n for n, line in enumerate(OUTAGE, 1) if line.kind is Kind.RESTORED)


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_line_that_was_changed_in_the_middle_is_no_evidence(is_recorded):
    path = journal()
    if is_recorded:
        recording.record_journal()
    changed(path, RESTORED, "T23:05", "T20:05")
    assert recording.record_journal() == (1 if is_recorded else len(OUTAGE))
    assert recording.record_journal() == 0
    assert alterations() == [(RESTORED, True)]
    restored = [
        one.event.occurred_at for one in history(incident_stream(NUMBER))
        if one.event.TYPE.endswith("service_restored")
    ]  # fmt: skip
    assert restored == ([at(hours=5, minutes=5)] if is_recorded else [])


def test_a_line_that_was_removed_is_told_where_it_is_missed():
    path = journal()
    recording.record_journal()
    kept = path.read_bytes().splitlines(keepends=True)
    del kept[RESTORED - 1]
    path.write_bytes(b"".join(kept))
    assert recording.record_journal() == 1
    assert alterations() == [(RESTORED - 1, True)]


def test_an_opening_that_was_changed_opens_and_is_told():
    path = journal()
    changed(path, 5, "T18:00:00", "T17:00:00")
    recording.record_journal()
    assert recorded()[:3] == ["service_went_down", "incident_opened", "journal_line_unreadable"]
    assert alterations() == [(5, True)]
    assert len(recorded()) == len(OUTAGE) - 3 + 1


def test_a_journal_that_lost_its_beginning_keeps_what_is_left():
    path = journal()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[3:]))
    assert recording.record_journal() == len(OUTAGE) - 3 + 1
    assert alterations() == [(1, True)]
    assert recorded()[:2] == ["service_went_down", "incident_opened"]


def test_the_last_line_has_no_successor_and_is_taken_as_it_is():
    path = journal(OUTAGE[:6])
    changed(path, 6, "répond", "repond")
    recording.record_journal()
    assert alterations() == []
    assert recorded()[-1] == "bulletin_issued"


@pytest.mark.parametrize(
    "data",
    [{}, {"incident": NUMBER, "since": "yesterday"}, {"incident": NUMBER, "since": "2026-01-01"}],
)
def test_a_line_without_its_sense_is_told_and_stops_nothing(data):
    journal([entry(Kind.OPENED, at(), **data), said(Kind.NOTE, at(hours=1), text="a\0b")])
    assert recording.record_journal() == 2
    assert recorded(watch_stream("n1")) == ["journal_line_unreadable"]
    assert history(incident_stream(NUMBER))[0].event.text == "a\ufffdb"


def test_an_incident_is_not_closed_over_open_sheets(monkeypatch):
    monkeypatch.setattr(recording, "open_sheets", lambda incident: 2)
    journal()
    assert recording.record_journal() == len(OUTAGE)
    assert recorded()[-1] == "closing_refused"
    monkeypatch.undo()
    assert recording.record_journal() == 0, "it was decided once"
    Journal(folder()).add([said(Kind.CLOSED, at(hours=70))])
    assert recording.record_journal() == 1
    assert recorded()[-1] == "incident_closed"


def test_the_drain_of_the_node_brings_its_journal_once_in_a_while():
    journal(OUTAGE[:6])
    rounds = LocalRounds()
    rounds.run_if_due()
    assert len(recorded()) == 3
    Journal(folder()).add([OUTAGE[6]])
    rounds.run_if_due()
    assert len(recorded()) == 3, "not at every look into the spools"
    LocalRounds().run_if_due()
    assert len(recorded()) == 4


def test_a_journal_that_cannot_be_recorded_stops_no_drain(monkeypatch, caplog):
    def halted():
        raise LogHalted("halted")

    monkeypatch.setitem(local_rounds._rounds, "journal", halted)
    LocalRounds().run_if_due()
    assert "LogHalted" in caplog.text


def test_a_closing_waits_until_the_list_holds_the_sheets_of_the_log():
    journal()
    call = record(occurred_at=at(hours=1), received_at=at(hours=1), told_at=at(hours=30))
    typed = Envelope.of(uuid4(), ["typed"], Actor(id="agent", role="reviewer"))
    handle(SHEET, stream_name(CATEGORY, uuid4()), call, typed)
    closing = len(OUTAGE) - 1
    assert recording.record_journal() == closing
    assert recording.record_journal() == 0
    assert recorded()[-1] == "action_recorded"
    for projection in PROJECTIONS:
        runner.catch_up(projection)
    assert recording.record_journal() == 1
    assert recorded()[-1] == "closing_refused", "the sheet is open"


def test_the_time_of_an_incident_is_what_the_log_says_not_a_file_of_this_node():
    journal()
    recording.record_journal()
    shutil.rmtree(folder())
    assert queries._window(NUMBER) == (START, at(hours=5, minutes=5))
    assert queries._window("INC-20260101-000000") == (datetime(2026, 1, 1, tzinfo=UTC), None)


def test_what_people_say_on_the_node_reaches_the_log(capsys):
    journal(OUTAGE[:14])
    for words in (
        ("normal",),
        ("degraded", "Téléphone"),
        ("cause", "Alimentation", "--nature", "organisational"),
        ("action", "Doubler", "--owner", "DSI", "--due", "2030-09-30"),
        ("action", "--name", "A1", "--proof", "Essai"),
        ("close",),
    ):
        call_command("incident", *words)
    recording.record_journal()
    assert recorded()[-6:] == [
        "degraded_mode_ended", "degraded_mode_activated", "cause_found",
        "action_recorded", "action_recorded", "incident_closed",
    ]  # fmt: skip
    action, proof, closed = [one.event for one in history(incident_stream(NUMBER))[-3:]]
    assert (action.action, action.owner, str(action.due)) == ("A1", "DSI", "2030-09-30")
    assert (proof.action, proof.proof, proof.text) == ("A1", "Essai", None)
    assert closed.by
    assert closed.occurred_at - action.occurred_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("action", "Doubler"), "owner"),
        (("action", "--owner", "DSI", "--due", "2030-09-30"), "what is to be done"),
        (("action", "Doubler", "--owner", "DSI", "--due", "demain"), "no day"),
        (("note",), "needs a text"),
        (("note", "x", "--incident", "INC-1"), "knows no incident"),
        (("normal",), "already"),
        (("note", "x" * 2001), "characters"),
    ],
)
def test_what_says_too_little_is_refused_and_writes_nothing(words, told, capsys):
    path = journal(OUTAGE[:6])
    before = path.read_bytes()
    with pytest.raises(SystemExit):
        call_command("incident", *words)
    assert told in capsys.readouterr().err
    assert path.read_bytes() == before
