"""Live projections: once or twice, in any order, and poison stops only its own stream."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from events import replay, runner, store
from tests.replay.tally import NotesTally, add, note, rows


def parked(projection) -> list[tuple]:
    return (
        store.session("projector")
        .execute("SELECT stream, code, reason FROM read.events_parked ORDER BY stream")
        .fetchall()
    )


def test_events_become_rows_and_the_checkpoint_moves(projection):
    stream = add(None, note(2), note(3))
    assert runner.catch_up(projection) == 2
    assert rows() == [
        (stream, "", 2, 5, False),
        (stream, "000", 2, 2, False),
        (stream, "001", 2, 3, False),
    ]
    assert runner.catch_up(projection) == 0


def test_rows_no_longer_owned_disappear(projection, monkeypatch):
    stream = add(None, note(2), note(3))
    runner.catch_up(projection)
    monkeypatch.setattr(NotesTally, "rows", lambda self, name, state: [[("", 0, True, [])], []])
    add(stream, note(1), expected=2)
    runner.catch_up(projection)
    assert rows() == [(stream, "", 3, 0, True)]


def test_the_same_page_twice_changes_nothing(projection):
    add(None, note(2), note(3))
    runner.catch_up(projection)
    before = rows()
    store.session("projector").execute("UPDATE read.events_checkpoint SET position = 0")
    runner.catch_up(projection)
    assert rows() == before


def test_a_page_never_writes_over_a_newer_version(projection):
    stream = add(None, note(2))
    runner.catch_up(projection)
    stale = runner.Folded(stream=stream, version=0, rows=[[("", 99, False, [])], []])
    runner.replace_rows(store.session("projector"), runner.live(projection), [stale])
    assert rows()[0] == (stream, "", 1, 2, False)


def test_other_categories_move_the_checkpoint_only(projection):
    projection.category = "others"
    add()
    assert runner.catch_up(projection) == 1
    assert rows() == []


def test_many_pages_are_caught_up(projection, monkeypatch):
    monkeypatch.setattr(runner, "PAGE", 3)
    streams = [add() for _ in range(8)]
    assert runner.catch_up(projection) == 8
    assert {row[0] for row in rows()} == set(streams)


def test_an_unknown_event_parks_its_stream_keeps_its_last_rows_and_stops_nobody(projection):
    poisoned, healthy = add(None, note(5)), add()
    runner.catch_up(projection)
    add(poisoned, note(1, kind="notes.from_tomorrow"), expected=1)
    add(healthy, note(7), expected=1)
    runner.catch_up(projection)
    kept = {(row[0], row[1]): row[3] for row in rows()}
    assert kept[poisoned, ""] == 5
    assert kept[healthy, ""] == 8
    assert parked(projection) == [
        (poisoned, "unknown_event_type", "unknown event type notes.from_tomorrow")
    ]


def test_a_stream_that_never_could_be_read_shows_a_stub(projection):
    stream = add(None, note(1, kind="notes.from_tomorrow"))
    runner.catch_up(projection)
    assert rows() == [(stream, "", 1, -1, False)]


def test_a_garbled_payload_parks_without_leaking_it(projection):
    secret = store.NewEvent(
        type="notes.note_added",
        schema_version=2,
        payload='{"weight": "Madame X"}',
        occurred_at=note().occurred_at,
        received_at=note().received_at,
    )
    add(None, secret)
    runner.catch_up(projection)
    [(_, code, reason)] = parked(projection)
    assert code == "unreadable_event"
    assert "Madame" not in reason


def test_rows_that_postgresql_refuses_park_their_stream_only(projection, monkeypatch):
    bad, good = add(None, note(5)), add(None, note(6))
    rows_of = NotesTally.rows

    def too_large(self, stream, state):
        made = rows_of(self, stream, state)
        return [[("", 2**40, False, [])], []] if stream == bad else made

    monkeypatch.setattr(NotesTally, "rows", too_large)
    runner.catch_up(projection)
    assert [row[0] for row in rows() if row[1] == ""] == sorted([bad, good])
    [(stream, code, reason)] = parked(projection)
    assert (stream, code) == (bad, "unstorable_row")
    assert reason.startswith("SQLSTATE 22")


@pytest.mark.parametrize("strikes", [SoftTimeLimitExceeded, MemoryError])
def test_a_time_limit_in_the_middle_of_a_fold_parks_nobody(projection, monkeypatch, strikes):
    """It ends the work: the page is not written, and the next look reads it again."""
    stream = add(None, note(4))

    def struck(self, state, seen):
        raise strikes

    with monkeypatch.context() as striking:
        striking.setattr(NotesTally, "evolve", struck)
        with pytest.raises(strikes):
            runner.catch_up(projection)
    assert parked(projection) == []
    assert runner.catch_up(projection) == 1
    assert rows()[0] == (stream, "", 1, 4, False)


def test_a_look_that_has_used_up_its_time_leaves_the_rest_to_the_next(projection, monkeypatch):
    monkeypatch.setattr(runner, "PAGE", 3)
    for _ in range(8):
        add()
    assert runner.catch_up(projection, seconds=0) == 3
    assert runner.catch_up(projection) == 5


def test_rows_of_older_code_stay_known_as_such_while_new_events_come_in(projection, monkeypatch):
    add()
    runner.catch_up(projection)
    monkeypatch.setitem(projection.__dict__, "digest", "new code")
    add()
    runner.catch_up(projection)
    [state] = replay.status([projection])["projections"]
    assert (state["lag"], state["state"]) == (0, "made by other code")


def test_a_session_that_holds_a_checkpoint_may_not_fall_silent(projection):
    runner.ensure_checkpoint(projection)
    connection = store.session("projector")
    with connection.transaction():
        runner.lock_checkpoint(connection, projection)
        held = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    after = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert (held, after) == (("1min",), ("1h",))


def test_new_code_tries_parked_streams_again(projection, monkeypatch):
    stream = add(None, note(4))
    monkeypatch.setattr(NotesTally, "broken", True)
    runner.catch_up(projection)
    assert [row[0] for row in parked(projection)] == [stream]
    monkeypatch.setattr(NotesTally, "broken", False)
    assert runner.retry_parked(projection) == 0
    assert len(parked(projection)) == 1, "the same code does not try again for nothing"
    monkeypatch.setitem(projection.__dict__, "digest", "new code")
    runner.retry_parked(projection)
    assert parked(projection) == []
    assert rows()[0] == (stream, "", 1, 4, False)


def test_a_second_runner_leaves_the_work_to_the_first(projection, projector_dsn):
    import psycopg

    add()
    runner.ensure_checkpoint(projection)
    with psycopg.connect(projector_dsn) as other:
        runner.lock_checkpoint(other, projection)
        assert runner.catch_up(projection) == 0
    assert runner.catch_up(projection) == 1


@pytest.mark.parametrize("page", [1, 2, 500])
def test_the_size_of_a_page_never_changes_the_rows(projection, monkeypatch, page):
    streams = [add(None, note(n), note(1)) for n in range(4)]
    add(streams[0], note(9), expected=2)
    monkeypatch.setattr(runner, "PAGE", page)
    runner.catch_up(projection)
    assert sorted(row[3] for row in rows() if row[1] == "") == [2, 3, 4, 10]
