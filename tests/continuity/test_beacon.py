"""The beacon as a process: it serves when nothing else does, and its page tells the truth."""

import json
import os
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
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Kind

ROOT = Path(__file__).resolve().parent.parent.parent


class Beacon:
    """A beacon with a quick pulse, watching what the test gives it."""

    def __init__(self, folder: Path, web: int) -> None:
        self.folder, self.web, self.port = folder, web, ports.choose()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "continuity.beacon", "--folder", str(self.folder), "--port",
             str(self.port), "--web", f"127.0.0.1:{self.web}", "--period", "0.05",
             "--verified", "0.5", "--starting", "0.3"],
            cwd=ROOT, env={"PATH": os.environ["PATH"]},
            preexec_fn=processes.dies_with_parent(signal.SIGKILL),
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
    """Answer `/health/live` as the portal does."""
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
    beacon.until(portal="down", database="down", worker="down")
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
        beacon.until(portal="up", worker="up", database="up")
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
