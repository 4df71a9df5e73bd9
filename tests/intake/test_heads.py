"""A node is lost with its disks: how many people hold a receipt for what nobody has is known."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from continuity.beacon.heads import LONGEST_MINUTES, Heads, keep
from events import heads
from tests.intake.conftest import drained
from tests.intake.test_outage import DEATH


def told() -> dict:
    return Client().get("/health/heads").json()


def lose_the_disks(settings) -> None:
    for folder in settings.SPOOL_DIRS:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "heads"


def test_receipts_of_a_lost_node_that_the_log_lacks_are_counted(doctor, outage, settings, folder):
    doctor.post("/declarations", DEATH, key="one")
    again = doctor.post("/declarations", DEATH, key="one")
    assert again.status_code == 201
    with outage.away():
        for key in ("two", "three"):
            assert doctor.post("/declarations", DEATH, key=key).status_code == 202
        keep(folder, told())
    assert heads.lost(folder) == []
    lose_the_disks(settings)
    (lost,) = heads.lost(folder)
    assert (lost.node, lost.receipts) == (settings.NODE_NAME, 2)


def test_what_was_drained_joined_or_set_aside_is_not_lost(doctor, outage, settings, folder):
    with outage.away():
        body = doctor.post("/declarations", DEATH, key="one").json()
    withdrawal = {"reason": "Doublon."}
    drained(drained=1)
    address = f"/declarations/{body['id']}/withdrawal"
    assert doctor.post(address, withdrawal, key="two").status_code == 201
    with outage.away():
        assert doctor.post(address, withdrawal, key="three").status_code == 202
    drained(set_aside=1)
    keep(folder, told())
    lose_the_disks(settings)
    assert heads.lost(folder) == []


def test_a_node_that_begins_anew_does_not_make_its_past_forgotten(folder):
    def said(*segments: int) -> dict:
        known = [{"segment": n, "seq": 5, "held": 4, "hash": "aa"} for n in segments]
        return {"node": "n1", "heads": known}

    keep(folder, said(1000, 2000))
    keep(folder, said(2000, 3000))
    kept = json.loads((folder / "n1.json").read_text())["heads"]
    assert [head["segment"] for head in kept] == [1000, 2000, 3000]
    keep(folder, said(LONGEST_MINUTES + 2500))
    kept = json.loads((folder / "n1.json").read_text())["heads"]
    assert [head["segment"] for head in kept] == [3000, LONGEST_MINUTES + 2500]


@pytest.mark.parametrize("said", [{}, {"node": "../x", "heads": []}, {"node": "n1"}, []])
def test_what_is_no_answer_is_not_kept(folder, said):
    with pytest.raises((ValueError, KeyError, TypeError)):
        keep(folder, said)
    assert not list(folder.glob("*")) if folder.exists() else True


def test_a_beacon_asks_every_node_and_one_that_is_away_stops_nobody(folder):
    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"node": "n2", "heads": []}).encode()
            self.send_response(200 if self.path == "/health/heads" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        nodes = ["http://127.0.0.1:1", f"http://127.0.0.1:{server.server_port}"]
        Heads(folder, nodes).ask()
    finally:
        server.shutdown()
        server.server_close()
    assert [path.name for path in folder.glob("*")] == ["n2.json"]
