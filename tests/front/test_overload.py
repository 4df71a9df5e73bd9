"""More than can be done: reads are refused, declarations wait, the most urgent and each sender first."""

import json
import socket
import subprocess
import sys

import pytest

from config.local import processes
from tests.front.running import DECLARE, PLACES, READ, ROOT

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("front")]

DEATH = {"seriousness": ["death"]}


def test_400_reads_do_not_delay_a_declaration(door):
    """A machine that is busy with other things has three tries."""
    assert any(declares_behind_400_reads(door) < 0.3 for _ in range(3))


def declares_behind_400_reads(door) -> float:
    """Return the longest time that one of five declarations took, in seconds."""
    flooding = [sys.executable, "-m", "tests.front.flooding", str(door.port), f"{READ}?work=0.05"]
    with subprocess.Popen([*flooding, "400"], cwd=ROOT, stdout=subprocess.PIPE) as reads:
        assert reads.stdout.readline() == b"asking\n"
        told = [(door.post(DECLARE), door.get("/health/live")) for _ in range(5)]
        statuses = json.loads(reads.stdout.readline())
    assert {(declared.status, alive.status) for declared, alive in told} == {(201, 200)}
    assert set(statuses) == {"200", "503"}, statuses
    return max(declared.seconds for declared, _ in told)


def test_a_read_that_is_refused_says_when_to_try_again(door):
    with door.flood(60, lambda _: door.get(f"{READ}?work=0.3")) as reads:
        pass
    refused = [told for told in reads if told.status == 503]
    assert len(refused) > 30
    assert {told.json()["code"] for told in refused} == {"overloaded"}
    assert len({told.headers["retry-after"] for told in refused}) > 1
    assert {int(told.headers["retry-after"]) for told in refused} <= {1, 2, 3}
    # Nobody waited long to be told so.
    assert max(told.seconds for told in refused) < 3


def began(told) -> float:
    assert told.status == 201, told
    return told.json()["began"]


def test_who_floods_waits_for_who_sends_one(door):
    path = f"{DECLARE}?work=0.02"
    with door.flood(
        200, lambda _: door.post(path, Authorization="Bearer institution")
    ) as flooding:
        assert processes.wait_until(lambda: len(flooding) >= 10, 20)
        so_far = len(flooding)
        alone = door.post(path, Authorization="Bearer ward")
    later = sum(began(told) > began(alone) for told in flooding)
    # Those that were in work, or answered while it travelled, are all that came before it.
    assert later > 200 - so_far - 60
    assert alone.seconds < 0.7


def test_a_death_overtakes_what_waits(door):
    path = f"{DECLARE}?work=0.05"
    with door.flood(100, lambda _: door.post(path, {"seriousness": []})) as others:
        assert processes.wait_until(lambda: len(others) >= 5, 20)
        death = door.post(path, DEATH)
    assert sum(began(told) > began(death) for told in others) > 50
    assert death.seconds < 0.7


def test_no_declaration_is_refused_while_reads_are(door):
    def ask(number: int):
        if number % 3:
            return "read", door.get(f"{READ}?work=0.1")
        return "declaration", door.post(f"{DECLARE}?work=0.05")

    with door.flood(150, ask) as told:
        pass
    reads = {answer.status for kind, answer in told if kind == "read"}
    declared = {answer.status for kind, answer in told if kind == "declaration"}
    assert (reads, declared) == ({200, 503}, {201})


def test_forms_leave_half_of_the_places_to_declarations(door):
    """Pages that hang (they read the database) do not hold what clinicians send."""
    with door.flood(20, lambda _: door.get("/declarations/x/complement/?work=0.5")):
        slowest = max(door.post(DECLARE).seconds for _ in range(5))
    assert slowest < 0.4


def test_pages_that_hang_do_not_hold_the_health_of_the_service(door):
    with (
        door.flood(PLACES, lambda _: door.get("/?work=1")),
        door.flood(PLACES, lambda _: door.get(f"{READ}?work=1")),
    ):
        assert door.get("/health/live").seconds < 0.5


def abandoned(door, path: str, count: int) -> None:
    """Send requests and go away before they are answered."""
    for _ in range(count):
        with door.connected() as line:
            line.sendall(
                b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                b"Content-Length: 2\r\n\r\n{}" % path.encode()
            )
            line.shutdown(socket.SHUT_WR)


def test_who_still_waits_goes_before_who_has_gone_and_what_was_sent_is_done(door, tmp_path):
    with door.flood(PLACES, lambda _: door.post(f"{DECLARE}?work=0.4")):
        abandoned(door, f"{DECLARE}?work=0.1&once={tmp_path}/kept", 1)
        abandoned(door, f"{DECLARE}?work=0.1", 40)
        alive = door.post(DECLARE)
    assert alive.status == 201
    assert alive.seconds < 0.8
    assert processes.wait_until((tmp_path / "kept").exists, 10)


def test_a_read_whose_reader_has_gone_is_not_done(door, tmp_path):
    begun = [tmp_path / f"begun{number}" for number in range(PLACES // 2)]
    with door.flood(2, lambda number: door.get(f"{READ}?work=0.5&once={begun[number]}")):
        assert processes.wait_until(lambda: all(path.exists() for path in begun), 10)
        for number in range(5):
            with door.connected() as line:
                line.sendall(
                    b"GET /api/v1/worklist?die=1&once=%b HTTP/1.1\r\nHost: a\r\n\r\n"
                    % f"{tmp_path}/read{number}".encode()
                )
    assert door.get(READ).status == 200
    assert list(tmp_path.glob("read*")) == []


def test_a_full_queue_refuses_the_least_urgent_and_says_so(doorway):
    door = doorway("--waiting=5")
    # Longer than it takes to send them all: no place comes free meanwhile.
    path = f"{DECLARE}?work=1"
    with (
        door.flood(PLACES, lambda _: door.post(path)),
        door.flood(12, lambda _: door.post(path, {"seriousness": []})) as others,
    ):
        assert processes.wait_until(lambda: len(others) >= 7, 10)
        death = door.post(path, DEATH)
    assert death.status == 201
    refused = [told for told in others if told.status == 503]
    assert 7 <= len(refused) <= 8
    assert {told.json()["code"] for told in refused} == {"overloaded"}
    assert all(json.loads(told.body)["detail"].startswith("Trop de demandes") for told in refused)
