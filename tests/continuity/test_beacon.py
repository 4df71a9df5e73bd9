"""The beacon as a process: it serves when nothing else does, and its page tells the truth."""

import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.local import ports, processes
from continuity.beacon.clock import now
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind

ROOT = Path(__file__).resolve().parent.parent.parent


class Beacon:
    """A beacon with a quick pulse, watching what the test gives it."""

    def __init__(self, folder: Path, web: int) -> None:
        self.folder, self.web, self.port = folder, web, ports.choose()
        self.silent = 45
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, room: int | None = None) -> None:
        """Start it, with no more than this many bytes for any file."""
        bound = processes.dies_with_parent(signal.SIGKILL)

        def prepare() -> None:
            bound()
            if room is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

        self.process = subprocess.Popen(
            [sys.executable, "-m", "continuity.beacon", "--folder", str(self.folder), "--port",
             str(self.port), "--web", f"127.0.0.1:{self.web}", "--period", "0.05",
             "--verified", "0.5", "--starting", "0.3", "--silent", str(self.silent)],
            cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=prepare,
        )  # fmt: skip
        assert processes.wait_until(lambda: self.asked() is not None, 15)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def asked(self, path: str = "/api/v1/status") -> str | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as page:
                return str(page.read().decode())
        except OSError:
            return None

    def status(self) -> dict:
        return json.loads(self.asked() or "{}")

    def states(self) -> dict[str, str]:
        return {one["name"]: one["state"] for one in self.status().get("services", [])}

    def until(self, **wanted: str) -> None:
        assert processes.wait_until(lambda: wanted.items() <= self.states().items(), 20), (
            self.status()
        )


@pytest.fixture
def beacon(tmp_path):
    made = Beacon(tmp_path / "beacon", ports.choose())
    made.folder.mkdir()
    yield made
    if made.process is not None:
        made.kill()


@contextmanager
def portal(port: int):
    """Answer `/health/live` and `/health/intake` as the portal does."""
    code = (
        "import http.server as h\n"
        "class P(h.BaseHTTPRequestHandler):\n"
        "  def do_GET(self): self.send_response(200); self.end_headers()\n"
        "  def log_message(self, *a): pass\n"
        f"h.HTTPServer(('127.0.0.1', {port}), P).serve_forever()"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_with_everything_dead_it_still_answers_and_opens_an_incident(beacon):
    beacon.start()
    beacon.until(intake="down", portal="down", database="down", recording="down")
    told = beacon.status()
    assert told["incident"]["services"]
    assert told["next_update"] > told["at"]
    assert told["eta"] is None
    page = beacon.asked("/status") or ""
    assert "Les déclarations ne peuvent pas être reçues ici" in page
    assert "Retour à la normale : inconnu" in page
    assert "centre régional" in page


def test_it_watches_real_writes_and_ends_an_incident_when_all_answer(
    beacon, app_dsn, projector_dsn
):
    (beacon.folder / "database").write_text(app_dsn)
    beacon.start()
    beacon.until(portal="down", worker="down", database="up")
    with portal(beacon.web), psycopg.connect(projector_dsn, autocommit=True) as worker:
        assert processes.wait_until(
            lambda: worker.execute("SELECT count(*) FROM continuity_probe").fetchone() == (1,), 10
        )
        worker.execute("UPDATE continuity_probe SET answered_at = clock_timestamp()")
        beacon.until(intake="up", portal="up", worker="up", database="up", recording="up")
        assert processes.wait_until(lambda: beacon.status()["incident"] is None, 20)
    (over,) = beacon.status()["incidents"]
    assert over["restored_at"] > over["opened_at"]
    assert "Incidents passés" in (beacon.asked("/status") or "")


def test_its_own_absence_is_not_observed_and_never_up(beacon, app_dsn):
    (beacon.folder / "database").write_text(app_dsn)
    beacon.start()
    beacon.until(database="up")
    beacon.kill()
    beacon.start()
    beacon.until(database="up")
    (gap,) = beacon.status()["not_observed"]
    assert gap["from"] < gap["to"]
    assert "Non observé" in (beacon.asked("/status") or "")


def test_what_it_tries_no_more_is_gone_from_its_page(beacon):
    since = now()
    Journal(beacon.folder).add([Entry(kind=Kind.CAME_UP, at=since, data={"service": "mail"})])
    beacon.start()
    beacon.until(intake="down")
    assert "mail" not in beacon.states()
    assert beacon.status()["not_observed"], "and yet its own gap is named"


def test_while_it_hangs_nothing_is_called_working_and_the_gap_is_named_afterwards(beacon):
    # Longer than a round may last.
    beacon.silent = 10
    beacon.start()
    beacon.until(intake="down", portal="down", database="down", recording="down")
    with Journal(beacon.folder).path.open("rb") as file:
        # Like a disk that stands still: the next line is never written.
        fcntl.flock(file, fcntl.LOCK_EX)
        with portal(beacon.web):
            names = ("intake", "portal", "database", "recording", "worker")
            beacon.until(**dict.fromkeys(names, "not_observed"))
            assert "Non observé depuis le" in (beacon.asked("/status") or "")
            assert beacon.status()["not_observed"] == []
            fcntl.flock(file, fcntl.LOCK_UN)
            beacon.until(portal="up")
            (gap,) = beacon.status()["not_observed"]
            assert gap["from"] < gap["to"]


def test_a_full_disk_loses_no_incident(beacon):
    with portal(beacon.web):
        beacon.start()
        beacon.until(intake="up", portal="up")
        beacon.until(database="down")
        assert processes.wait_until(lambda: beacon.status()["incident"] is not None, 10)
        assert beacon.process is not None
        size = Journal(beacon.folder).path.stat().st_size
        _, hard = resource.prlimit(beacon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(beacon.process.pid, resource.RLIMIT_FSIZE, (size, hard))
    beacon.until(intake="down", portal="down")
    assert {"intake", "portal"} <= set(beacon.status()["incident"]["services"])
    assert Journal(beacon.folder).path.stat().st_size == size
    resource.prlimit(beacon.process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def written() -> set[str]:
        entries = Journal(beacon.folder).entries()
        return {entry.data["service"] for entry in entries if entry.kind is Kind.WENT_DOWN}

    assert processes.wait_until(lambda: {"intake", "portal"} <= written(), 10)
    whole = Journal(beacon.folder)
    assert len([one for one in whole.entries() if one.kind is Kind.OPENED]) == 1
    assert not whole.altered


def test_it_begins_on_a_full_disk(beacon):
    (beacon.folder / "journal.jsonl").write_bytes(b"")
    beacon.start(room=40)
    beacon.until(database="down")
    assert processes.wait_until(lambda: beacon.status()["incident"] is not None, 10)


def test_slow_callers_hold_nobody_up(beacon):
    beacon.start()
    slow = [socket.create_connection(("127.0.0.1", beacon.port)) for _ in range(40)]
    for one in slow:
        one.sendall(b"GET /status HTTP/1.1\r\nHost:")
    try:
        assert beacon.asked("/status")
    finally:
        for one in slow:
            one.close()


def test_a_bulletin_is_on_the_page_and_says_when_the_next_one_comes(beacon, run_incident):
    beacon.start()
    beacon.until(database="down")
    assert processes.wait_until(lambda: beacon.status()["incident"] is not None, 10)
    run_incident(beacon, "bulletin", "Disques en panne. <script>", "--next-update", "23:59")
    assert processes.wait_until(
        lambda: "Disques en panne. &lt;script&gt;" in (beacon.asked("/status") or ""), 10
    )
    assert beacon.status()["incident"]["bulletins"][0]["text"].startswith("Disques")


@pytest.fixture
def run_incident(tmp_path):
    def run(beacon: Beacon, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", "incident", *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "DATA_DIR": str(beacon.folder.parent),
                 "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


def test_people_on_call_open_note_and_close_without_any_service(beacon, run_incident):
    run_incident(beacon, "open", "Maintenance", "--next-update", "23:59")
    assert "open already" in run_incident(beacon, "open", "Encore", code=2)
    run_incident(beacon, "note", "Fournisseur appelé")
    assert "--next-update" in run_incident(beacon, "bulletin", "Bientôt", code=2)
    assert "neither" in run_incident(beacon, "bulletin", "x", "--next-update", "tantôt", code=2)
    closed = json.loads(run_incident(beacon, "close", "--json"))["incident"]
    assert closed["closed_at"]
    assert "no incident" in run_incident(beacon, "note", "Trop tard", code=2)
    kinds = [entry.kind for entry in Journal(beacon.folder).entries()]
    assert kinds == [Kind.OPENED, Kind.BULLETIN, Kind.NOTE, Kind.CLOSED]


def test_an_incident_is_not_closed_over_what_is_still_down(beacon, run_incident):
    beacon.start()
    beacon.until(database="down")
    assert processes.wait_until(lambda: beacon.status()["incident"] is not None, 10)
    assert "still down" in run_incident(beacon, "close", code=2)
