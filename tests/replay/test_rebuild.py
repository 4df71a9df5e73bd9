"""Rebuilds beside the table in use: resumable, refused twice, invisible to readers."""

import threading

import psycopg
import pytest
from django.db import connections

from config.local import processes
from events import compare, rebuild, registry, replay, runner, store, swap, tasks
from events.errors import ParkedWouldGrow, RebuildRunning
from events.management.commands.replay import ask_worker
from tests.replay.tally import NotesTally, add, note, reader, rows


def build(projection, *, partitions: int = 3, resume: bool = False) -> None:
    """Rebuild in this process."""
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, partitions, resume=resume)
        rebuild.work(projection)
        swap.finish(projection, run)


def build_in_a_thread(projection) -> None:
    try:
        build(projection)
    finally:
        connections.close_all()


def history(count: int = 30) -> None:
    for n in range(count):
        struck = [note(kind="notes.note_struck", schema=1)] if n % 7 == 0 else []
        add(None, note(n), note(1), *struck)


def test_the_rebuilt_table_equals_the_live_one(projection):
    history()
    runner.catch_up(projection)
    live = rows()
    build(projection)
    assert rows() == live
    assert compare.compare(projection).differences == 0


def test_a_lost_table_is_made_again(projection):
    history()
    runner.catch_up(projection)
    live = rows()
    store.session("projector").execute("TRUNCATE read.notes_tally")
    build(projection)
    assert rows() == live


def test_events_that_arrive_meanwhile_are_in_the_new_table(projection):
    history(5)
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 2, resume=False)
        rebuild.work(projection)
        late = add(None, note(77))
        runner.catch_up(projection)
        swap.finish(projection, run)
    assert (late, "", 1, 77, False) in rows()
    assert compare.compare(projection).differences == 0


def test_shape_names_and_grants_survive_two_swaps(projection):
    history(3)
    before = shape()
    build(projection)
    build(projection)
    assert shape() == before
    assert rows()


def test_a_task_builds_one_partition_and_no_more(projection):
    """The time limit is one partition's, whatever the size of the log."""
    history()
    run = rebuild.begin(projection, 3, resume=False)
    tasks.rebuild_parts(projection.name)
    assert len(rebuild.missing_parts(projection, run)) == 2


def test_one_message_has_every_partition_built_one_after_the_other(live_worker):
    projection = registry.projection("declarations")
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 5, resume=False)
        ask_worker(projection.name)
        assert processes.wait_until(lambda: not rebuild.missing_parts(projection, run), 20), (
            live_worker.log.read_text()
        )
        swap.finish(projection, run)
    assert compare.compare(projection).differences == 0


def test_nothing_to_rebuild_is_no_work(projection):
    tasks.rebuild_parts(projection.name)
    assert rebuild.current(projection) is None


def test_a_finished_partition_is_not_done_twice(projection, monkeypatch):
    history()
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 4, resume=False)
        assert rebuild.build_part(projection, run, 0)
    assert not rebuild.build_part(projection, run, 0)
    done = []
    original = rebuild.read_part

    def spy(connection, projection, partitions, part, as_of="infinity"):
        done.append(part)
        return original(connection, projection, partitions, part, as_of)

    monkeypatch.setattr(rebuild, "read_part", spy)
    build(projection, resume=True)
    assert sorted(done) == [1, 2, 3]
    assert compare.compare(projection).differences == 0


def test_a_partition_cut_off_in_the_middle_leaves_nothing_and_is_built_again(
    projection, monkeypatch
):
    history()
    original = runner.table_rows

    def cut_off(item, place):
        raise KeyboardInterrupt

    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 2, resume=False)
        monkeypatch.setattr(runner, "table_rows", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rebuild.build_part(projection, run, 0)
    monkeypatch.setattr(runner, "table_rows", original)
    assert rows("notes_tally__shadow") == []
    build(projection, resume=True)
    assert compare.compare(projection).differences == 0


def test_a_run_of_other_code_is_not_continued(projection, monkeypatch):
    history(4)
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 4, resume=False)
        rebuild.build_part(projection, run, 0)
        monkeypatch.setitem(projection.__dict__, "digest", "other")
        again = rebuild.begin(projection, 2, resume=True)
    assert again.partitions == 2
    assert rebuild.missing_parts(projection, again) == [0, 1]


def test_a_straggler_of_a_forgotten_run_builds_nothing(projection):
    history(12)
    with rebuild.coordinate(projection):
        old = rebuild.begin(projection, 4, resume=False)
        new = rebuild.begin(projection, 2, resume=False)
        assert not rebuild.build_part(projection, old, 1)
        rebuild.work(projection)
        assert not rebuild.build_part(projection, old, 3)
        swap.finish(projection, new)
    assert compare.compare(projection).differences == 0


def test_rows_that_postgresql_refuses_park_their_stream_in_a_rebuild(projection, monkeypatch):
    history(3)
    bad = add(None, note(5))
    runner.catch_up(projection)
    rows_of = NotesTally.rows

    def too_large(self, stream, state):
        made = rows_of(self, stream, state)
        return [[("", 2**40, False, [])], []] if stream == bad else made

    monkeypatch.setattr(NotesTally, "rows", too_large)
    with pytest.raises(ParkedWouldGrow, match="1 streams cannot be read, 0 before"):
        build(projection)


def test_a_second_rebuild_is_refused(projection):
    refused = []

    def second() -> None:
        try:
            with rebuild.coordinate(projection):
                pass
        except RebuildRunning as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    with rebuild.coordinate(projection):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refused == ["rebuild_running"]
    with rebuild.coordinate(projection):
        pass


def test_a_swap_that_would_park_more_stops_and_says_so(projection, monkeypatch):
    history(3)
    runner.catch_up(projection)
    live = rows()
    monkeypatch.setattr(NotesTally, "broken", True)
    with pytest.raises(ParkedWouldGrow, match="3 streams cannot be read, 0 before"):
        build(projection)
    assert rows() == live


def test_a_stream_parked_before_keeps_its_last_rows_through_a_rebuild(projection):
    poisoned = add(None, note(5))
    runner.catch_up(projection)
    add(poisoned, note(1, kind="notes.from_tomorrow"), expected=1)
    runner.catch_up(projection)
    build(projection)
    assert (poisoned, "", 1, 5, False) in rows()


def test_readers_see_neither_an_error_nor_an_empty_table(projection):
    history(20)
    runner.catch_up(projection)
    stop, seen, errors = threading.Event(), [], []

    def read() -> None:
        try:
            with psycopg.connect(**reader()) as connection:
                while not stop.is_set():
                    found = connection.execute(
                        "SELECT count(*) FROM read.notes_tally", prepare=True
                    ).fetchall()
                    seen.append(found[0][0])
        except psycopg.Error as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for _ in range(5):
        build(projection)
    stop.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert set(seen) == {60}


def test_a_reader_that_holds_the_table_delays_the_swap_and_is_not_delayed(projection):
    history(3)
    with psycopg.connect(**{**reader(), "autocommit": False}) as holder:
        holder.execute("SELECT count(*) FROM read.notes_tally")
        thread = threading.Thread(target=build_in_a_thread, args=[projection])
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        with psycopg.connect(**reader()) as other:
            other.execute("SET statement_timeout = '2s'")
            other.execute("SELECT count(*) FROM read.notes_tally")
        holder.rollback()
        thread.join(20)
        assert not thread.is_alive()
    assert compare.compare(projection).differences == 0


def test_a_vacuum_of_the_table_in_use_does_not_hold_the_swap_up(projection, superuser_dsn):
    """Like autovacuum, the holder has a lock that no reader notices and a rename waits for."""
    history(3)
    with psycopg.connect(superuser_dsn) as vacuum:
        vacuum.execute("LOCK TABLE read.notes_tally IN SHARE UPDATE EXCLUSIVE MODE")
        thread = threading.Thread(target=build_in_a_thread, args=[projection])
        thread.start()
        thread.join(0.5)
        with psycopg.connect(**reader()) as other:
            other.execute("SET statement_timeout = '2s'")
            other.execute("SELECT count(*) FROM read.notes_tally")
        vacuum.rollback()
        thread.join(20)
        assert not thread.is_alive()
    assert compare.compare(projection).differences == 0
    assert options() == [None, None]


def options() -> list[str | None]:
    """Return the storage options of the tables in use: autovacuum is on again."""
    found = store.session("projector").execute(
        "SELECT reloptions::text FROM pg_class WHERE relname IN ('notes_tally', 'notes_struck')"
    )
    return [row[0] for row in found]


def test_an_earlier_state_is_built_beside(projection):
    early = add(None, note(5))
    moment = store.read_stream(early)[0].recorded_at
    add(early, note(6), expected=1)
    add()
    built = replay.build_aside(projection, moment)
    assert not built.swapped
    with store.session("projector").cursor() as cursor:
        found = cursor.execute(
            "SELECT stream, weight FROM read.notes_tally__as_of WHERE row_key = ''"
        ).fetchall()
    assert found == [(early, 5)]


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE read.notes_tally SET weight = weight + 1 WHERE row_key = '000'",
        "DELETE FROM read.notes_tally WHERE row_key = '001'",
        "INSERT INTO read.notes_tally VALUES ('notes-x', '', 1, 1, false, '{}')",
        "UPDATE read.notes_tally SET labels = '{x}'",
        "DELETE FROM read.notes_struck",
    ],
)
def test_a_planted_difference_is_found(projection, lie):
    history(1)
    runner.catch_up(projection)
    store.session("projector").execute(lie)
    compared = compare.compare(projection)
    assert compared.differences == 1
    assert (compared.first_difference or "").startswith("notes-")


def shape() -> list[tuple]:
    """Return indexes, owner and privileges of the table in use."""
    with psycopg.connect(**reader()) as connection:
        return connection.execute(
            "SELECT indexname, indexdef, tableowner,"
            " has_table_privilege('vigilance_app', 'read.notes_tally', 'SELECT')"
            " FROM pg_indexes JOIN pg_tables USING (schemaname, tablename)"
            " WHERE tablename = 'notes_tally' ORDER BY 1"
        ).fetchall()
