"""The operator's commands: keys, exit codes, interruption, and what they say."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command

from events import rebuild, runner, store, swap
from events.errors import RebuildRunning
from tests.replay.tally import add, note, rows

ROOT = Path(__file__).resolve().parent.parent.parent


def asked(capsys, *arguments: str, code: int = 0) -> dict:
    """Run a command with --json; check its exit code and return its answer."""
    ended = 0
    try:
        call_command(*arguments, "--json")
    except SystemExit as exit_:
        ended = int(exit_.code or 0)
    out = capsys.readouterr()
    assert ended == code, out.err
    return json.loads(out.out) if out.out else {}


def test_status_says_where_everything_stands(projection, capsys):
    add(None, note(), note())
    runner.catch_up(projection)
    add()
    answer = asked(capsys, "replay", "--status")
    assert answer["log"] == {"events": 3, "positions": 2}
    assert answer["head"] == 2
    [state] = answer["projections"]
    assert state.keys() == {
        "name", "version", "position", "lag", "lag_seconds", "parked", "state",
    }  # fmt: skip
    assert (state["name"], state["lag"], state["state"]) == ("notes_tally", 1, "behind")
    assert state["lag_seconds"] > 0
    assert store.session("projector").execute("SELECT FROM events_pending").fetchall(), (
        "reads only"
    )
    runner.catch_up(projection)
    [state] = asked(capsys, "replay", "--status")["projections"]
    assert (state["lag"], state["lag_seconds"], state["state"]) == (0, 0, "current")


def test_what_nobody_has_numbered_and_nobody_reads_yet_is_behind(projection, capsys):
    """Neither worker nor beat has ever run: the operator must not be told that all is seen."""
    add(None, note(), note())
    answer = asked(capsys, "replay", "--status")
    assert (answer["head"], answer["projections"][0]["lag"]) == (0, 2)
    assert answer["projections"][0]["state"] == "behind"


def test_what_was_queued_for_no_event_is_not_waited_for(projection, capsys, app_dsn):
    add()
    runner.catch_up(projection)
    with psycopg.connect(app_dsn, autocommit=True) as web:
        web.execute("INSERT INTO events_pending SELECT max(id) FROM events_event")
        web.execute("INSERT INTO events_pending VALUES (999999)")
    [state] = asked(capsys, "replay", "--status")["projections"]
    assert (state["lag"], state["lag_seconds"], state["state"]) == (0, 0, "current")


def test_replay_catches_up(projection, capsys):
    add(None, note(), note())
    answer = asked(capsys, "replay")
    assert answer["caught_up"][0]["events"] == 2
    assert rows()


def test_replay_to_a_position_stops_there(projection, capsys):
    add()
    add()
    asked(capsys, "replay", "--to", "1")
    assert asked(capsys, "replay", "--status")["projections"][0]["position"] == 1


def test_replay_from_a_position_mends_what_changed_since(projection, capsys):
    add()
    stream = add(None, note(5))
    asked(capsys, "replay")
    store.session("projector").execute("UPDATE read.notes_tally SET weight = 0")
    asked(capsys, "replay", "--from", "2")
    weights = {row[0]: row[3] for row in rows() if row[1] == ""}
    assert weights[stream] == 5
    assert sorted(weights.values()) == [0, 5]


def test_a_parked_stream_makes_the_exit_code_three(projection, capsys):
    add(None, note(1, kind="notes.from_tomorrow"))
    assert asked(capsys, "replay", code=3)["parked"] == 1
    assert asked(capsys, "replay", "--status", code=3)["projections"][0]["parked"] == 1


def test_verify_finds_nothing_wrong_then_a_planted_lie(projection, capsys):
    stream = add(None, note(5))
    asked(capsys, "replay")
    assert asked(capsys, "replay", "--verify")["ok"]
    store.session("projector").execute("UPDATE read.notes_tally SET weight = 6")
    answer = asked(capsys, "replay", "--verify", code=1)
    assert answer["projections"][0]["first_difference"] == stream
    assert not asked(capsys, "replay", "--verify", "--from", "1", "--to", "1", code=1)["ok"]


def test_what_is_parked_was_not_verified(projection, capsys):
    add(None, note(1, kind="notes.from_tomorrow"))
    answer = asked(capsys, "replay", "--verify", code=3)
    assert (answer["ok"], answer["parked"]) == (True, 1)


def test_verifying_a_part_counts_its_rows(projection, capsys):
    add(None, note(5), note(6))
    add()
    answer = asked(capsys, "replay", "--verify", "--from", "1", "--to", "2")
    assert answer["projections"][0]["rows"] == 3


def test_a_dry_run_changes_nothing(projection, capsys):
    add()
    answer = asked(capsys, "replay", "--rebuild", "--dry-run")
    assert answer["would"][0]["events"] == 1
    assert rows() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--projection", "nothing"],
        ["--from", "9", "--to", "3"],
        ["--from", "0"],
        ["--as-of", "yesterday"],
        ["--as-of", "2026-01-01", "--from", "2"],
        ["--workers", "0"],
        ["--rebuild", "--to", "99"],
        ["--rebuild", "--from", "2"],
        ["--rebuild", "--from", "1", "--to", "1"],
        ["--rebuild", "--resume", "--to", "1"],
        ["--rebuild", "--watch"],
        ["--watch"],
        ["--status", "--resume"],
        ["--verify", "--resume"],
        ["--status", "--from", "1"],
        ["--status", "--as-of", "2026-01-01"],
        ["--work", "--to", "1"],
        ["--as-of", "2020-01-01"],
        ["--verify", "--as-of", "2020-01-01"],
    ],
)
def test_wrong_usage_is_two(projection, capsys, arguments):
    add()
    asked(capsys, "replay", *arguments, code=2)
    assert rows() == []


def test_catching_up_goes_on_where_it_stopped_said_or_not(projection, capsys):
    add()
    asked(capsys, "replay", "--resume")
    assert rows()


def test_verify_of_the_log_and_of_a_checkpoint(projection, capsys, tmp_path):
    add()
    told = asked(capsys, "verify")
    assert [told[key] for key in ("ok", "events", "blocks", "first_bad")] == [True, 1, 1, None]
    garbled = tmp_path / "checkpoint.json"
    garbled.write_text("{}")
    asked(capsys, "verify", "--checkpoint", str(garbled), code=2)


def test_a_rebuild_that_is_running_is_said_with_exit_code_one(projection, capsys, monkeypatch):
    def refuse(*_, **__):
        raise RebuildRunning(projection=projection.name)

    monkeypatch.setattr("events.replay.rebuild_all", refuse)
    with pytest.raises(SystemExit) as ended:
        call_command("replay", "--rebuild", "--json")
    assert ended.value.code == 1
    assert RebuildRunning.code in capsys.readouterr().err


@pytest.mark.parametrize("command", ["replay", "verify", "erase", "epoch"])
def test_help_has_examples(command):
    done = subprocess.run(
        [sys.executable, "manage.py", command, "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"manage.py {command}" in done.stdout.partition("examples:")[2]


def test_erase_needs_a_ground(projection, capsys):
    asked(capsys, "erase", "notes-x", code=2)
    assert asked(capsys, "erase", "--again") == {"destroyed": 0, "unknown": 0}


def test_an_interrupted_rebuild_ends_with_130_and_is_resumed(projection, monkeypatch, capsys):
    """Ctrl-C at a partition: the table in use is untouched, done partitions are kept."""
    for n in range(20):
        add(None, note(n))
    runner.catch_up(projection)
    before = rows()

    def press_ctrl_c(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr("events.replay.FEW_STREAMS", 0)
        interrupted.setattr("events.replay._await_parts", press_ctrl_c)
        asked(capsys, "replay", "--rebuild", code=130)
    assert rows() == before
    with rebuild.coordinate(projection):
        run = rebuild.begin(projection, 9, resume=True)
        assert run.partitions == rebuild.parts_for(20, workers=2)
        rebuild.work(projection)
        swap.finish(projection, run)
    assert rows() == before


def test_the_real_read_models_are_rebuilt_by_a_real_worker(live_worker, capsys, monkeypatch):
    """Partitions go to Celery: no process of this machine is started."""
    monkeypatch.setattr("events.replay.FEW_STREAMS", -1)
    monkeypatch.setattr("events.replay.GRACE_SECONDS", 30)
    monkeypatch.setattr("events.replay._local_worker", None)
    answer = asked(capsys, "replay", "--rebuild", "--workers", "2")
    assert all(projection["swapped"] for projection in answer["projections"])


def test_a_small_log_is_rebuilt_without_starting_anything(db, capsys, monkeypatch):
    monkeypatch.setattr("events.replay._local_worker", None)
    monkeypatch.setattr("events.management.commands.replay.ask_worker", None)
    answer = asked(capsys, "replay", "--rebuild")
    assert all(projection["swapped"] for projection in answer["projections"])


def test_without_a_worker_processes_of_this_machine_rebuild(db, capsys, monkeypatch):
    monkeypatch.setattr("events.replay.FEW_STREAMS", -1)
    answer = asked(capsys, "replay", "--rebuild", "--projection", "declarations")
    assert [projection["name"] for projection in answer["projections"]] == ["declarations"]


def test_ctrl_c_on_a_terminal_ends_with_130(db):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "replay", "--status", "--watch"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # Whoever runs the tests in the background ignores SIGINT, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert b"safe to run this again" in said
