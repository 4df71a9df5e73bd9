"""The embedded stack: one command, restarted whatever dies, nothing left behind."""

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from config.local import processes
from tests.stack.journey import travels
from tests.stack.running import ROOT, Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def _environ(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {line.partition(b"=")[0].decode() for line in lines}


def test_an_empty_directory_becomes_a_house_that_answers(stack):
    assert stack.get("/health/live") == 200
    assert stack.get("/health/ready") == 200
    assert {"beacon", "web", "worker", "beat", "postgres"} <= set(stack.pids())
    assert (stack.folder / "postgres" / "postmaster.pid").exists()
    assert (stack.folder / "dsn").stat().st_mode & 0o777 == 0o600
    with stack.owner() as owner:
        assert owner.execute("SELECT current_user").fetchone() == ("vigilance_owner",)


def test_no_service_is_told_the_owners_address(stack):
    pids = stack.pids()
    secret = {"DATABASE_URL", "DATABASE_PROJECTOR_URL", "DATABASE_OWNER_URL", "BROKER_URL"}
    told = {name: _environ(pids[name]) & secret for name in ("web", "worker", "beat")}
    assert told == {
        "web": {"DATABASE_URL", "BROKER_URL"},
        "worker": {"DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL"},
        "beat": {"BROKER_URL"},
    }


def test_the_keys_are_for_their_owner_only(stack):
    keys = stack.folder / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in keys.iterdir()} == {
        "kek", "pseudonym", "command", "log-ed25519", "published.json", "django", "claims",
        "spool-x25519", "spool-x25519.pub", "escrow-x25519.pub", "signatories",
    }  # fmt: skip
    signatories = keys / "signatories"
    assert signatories.stat().st_mode & 0o777 == 0o700
    private = [stack.folder / "escrow-x25519", *signatories.iterdir()]
    private += [path for path in keys.iterdir() if path.is_file()]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in private)


def test_a_second_stack_on_the_same_directory_is_refused(stack):
    again = subprocess.run(
        [sys.executable, "-m", "config.local.up"],
        cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 2
    assert "already runs" in again.stderr


def test_an_operators_command_finds_the_running_stack(stack):
    assert "[X]" in stack.manage("showmigrations", "--database", "owner", "events").stdout
    found = subprocess.run(
        [sys.executable, "-m", "config.local.env", "--", sys.executable, "-c",
         "import os; print(os.environ['DATABASE_OWNER_URL'])"],
        cwd=ROOT, env=stack.env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout == (stack.folder / "dsn").read_text()


def status_of(stack) -> dict:
    with urllib.request.urlopen(
        f"http://127.0.0.1:{stack.status_port}/api/v1/status", timeout=5
    ) as page:
        told: dict = json.loads(page.read())
    return told


def test_the_beacon_sees_every_service_of_the_stack_by_its_work(stack):
    wanted = dict.fromkeys(("intake", "portal", "database", "recording", "worker"), "up")
    assert processes.wait_until(
        lambda: {one["name"]: one["state"] for one in status_of(stack)["services"]} == wanted, 60
    ), status_of(stack)


def test_a_command_without_any_database_says_what_to_do(tmp_path):
    refused = Stack(tmp_path).manage("replay", "--status", check=False)
    assert refused.returncode == 2
    assert "make run" in refused.stderr


def test_migrate_refuses_without_the_owners_address(stack):
    application = {**stack.env, "DATABASE_URL": (stack.folder / "dsn").read_text().strip()}
    refused = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT, env=application, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "DATABASE_OWNER_URL" in refused.stderr


@pytest.mark.parametrize("name", ["web", "worker", "beat", "postgres"])
def test_whatever_is_killed_comes_back(stack, name):
    before = stack.pids()[name]
    processes.send([before], signal.SIGKILL)
    assert processes.wait_until(lambda: stack.pids().get(name, before) != before, 20), stack.said()
    assert processes.wait_until(stack.whole, 60), stack.said()
    # The database of the others may have gone under them: they go on, or come back too.
    assert stack.process.poll() is None


def test_a_killed_backend_ends_its_server_which_is_started_anew(stack):
    """A server that crashed again while it recovered by itself would stand in recovery for ever."""
    before = stack.pids()["postgres"]
    with stack.owner() as owner:
        processes.send([owner.info.backend_pid], signal.SIGKILL)
        assert processes.wait_until(lambda: stack.pids().get("postgres", before) != before, 20), (
            stack.said()
        )
    assert processes.wait_until(stack.whole, 60), stack.said()


def test_neither_a_kill_nor_ctrl_c_leaves_anything_behind_or_loses_data(tmp_path):
    """As root the server runs as nobody, who cannot pass through a folder like this one."""
    tmp_path.chmod(0o700)
    stack = Stack(tmp_path / "data", {"DEMO": "0"})
    try:
        stack.start()
        assert (stack.folder / "postgres" / "postmaster.pid").exists()
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        with stack.owner() as owner:
            owner.execute("CREATE TABLE kept AS SELECT 7 AS n")
        assert len(stack.alive()) > 5
        stack.kill()
        assert processes.wait_until(lambda: stack.alive() == [], 10), stack.alive()

        stack.start()
        assert stack.get("/health/ready") == 200
        with stack.owner() as owner:
            assert owner.execute("SELECT n FROM kept").fetchone() == (7,)
        began = time.monotonic()
        assert stack.stop() == 0
        assert time.monotonic() - began < 15
        assert stack.alive() == []
    finally:
        stack.end()
        kept = (stack.folder / "postgres").resolve()
        if not kept.is_relative_to(tmp_path):
            shutil.rmtree(kept.parent)


def test_a_declaration_travels_from_the_api_to_the_worklist(stack):
    travels(stack)
