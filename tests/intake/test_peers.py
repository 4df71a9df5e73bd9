"""A second disk keeps what waits here, and nobody waits long for it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from events import copies, peers
from tests.intake.conftest import drained, node
from tests.intake.test_outage import DEATH, state


class Other(ThreadingHTTPServer):
    """Another node's door: keeps what it is given, and answers when it may."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.name = name
        self.kept: list[dict[str, str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Door(BaseHTTPRequestHandler):
    server: Other

    def do_POST(self) -> None:
        self.server.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.may_answer.wait(20)
        told = json.dumps({"receipt_id": "x", "node": self.server.name}).encode()
        self.send_response(202)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def other(name: str, settings) -> Iterator[Other]:
    """Run another node's door, of which this node knows."""
    door = Other(name)
    thread = threading.Thread(target=door.serve_forever, daemon=True)
    thread.start()
    settings.PEERS = [door.url]
    try:
        yield door
    finally:
        door.may_answer.set()
        door.shutdown()
        door.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _nobody_rests(monkeypatch):
    monkeypatch.setattr(peers, "_peers", {})


def declared(doctor, key: str) -> dict[str, str]:
    answer = doctor.post("/declarations", DEATH, key=key)
    assert answer.status_code == 202
    return answer.json()


def test_what_two_nodes_keep_survives_the_loss_of_the_first(doctor, outage, settings, tmp_path):
    with other("n2", settings) as second:
        with outage.away():
            body = declared(doctor, "one")
            assert body["level"] == "spooled2"
            # The first node is lost with its disks: from here on there is the second alone.
            with node("n2", settings, tmp_path):
                assert copies.keep(second.kept[0]) == body["receipt_id"]
                outage.back()
                drained(drained=1)
        assert state(doctor, body["receipt_id"]) == "recorded"
        # The first node's disks are found again: everything in them is known.
        drained()


def test_what_the_log_has_taken_is_given_to_nobody(doctor, outage, settings):
    with other("n2", settings) as second:
        body = doctor.post("/declarations", DEATH, key="one").json()
    assert (body["status"], body["level"], second.kept) == ("recorded", "recorded", [])


def test_without_another_node_one_disk_is_said(doctor, outage):
    with outage.away():
        assert declared(doctor, "one")["level"] == "spooled1"


def test_a_node_that_hangs_costs_a_moment_once_and_is_then_left_alone(doctor, outage, settings):
    with other("n2", settings) as second, outage.away():
        declared(doctor, "before")
        second.may_answer.clear()
        began = time.monotonic()
        assert declared(doctor, "one")["level"] == "spooled1"
        assert time.monotonic() - began < 1
        asked = len(second.kept)
        assert declared(doctor, "two")["level"] == "spooled1"
        assert len(second.kept) == asked


def test_a_node_that_is_gone_costs_nothing_and_is_asked_again_later(
    doctor, outage, settings, monkeypatch
):
    monkeypatch.setattr(peers, "REST_SECONDS", 0.0)
    with other("n2", settings) as second:
        url = second.url
    with outage.away():
        settings.PEERS = [url]
        assert declared(doctor, "one")["level"] == "spooled1"
        with other("n2", settings):
            assert declared(doctor, "two")["level"] == "spooled2"


def test_an_address_that_leads_back_here_is_no_second_disk(doctor, outage, settings):
    with other(settings.NODE_NAME, settings), outage.away():
        assert declared(doctor, "one")["level"] == "spooled1"
