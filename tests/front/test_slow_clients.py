"""Slow, silent and greedy clients cost one coroutine each, and nobody else anything."""

import contextlib
import json

import pytest

from config.local import processes
from tests.front.running import DECLARE, READ, received

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("front")]

HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /api/v1/declarations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhalf"
)
WHOLE = b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_120_slow_connections_delay_nobody(door):
    with door.many(40, HALF_A_HEAD), door.many(40, HALF_A_BODY), door.many(40, b""):
        for _ in range(3):
            alive, declared = door.get("/health/live"), door.post(DECLARE)
            assert (alive.status, declared.status) == (200, 201)
            assert alive.seconds < 0.5
            assert declared.seconds < 0.5


def test_half_a_request_reaches_no_service(door):
    before = door.get(READ).json()["began"]
    with door.many(20, HALF_A_BODY):
        seen = door.post(DECLARE, work=0).json()
    assert seen["began"] - before < 5
    assert "half" not in (door.folder / "intake.log").read_text()


def test_500_idle_connections_take_little_memory(door):
    before = door.memory_kib()
    with door.many(500, b""), contextlib.suppress(ConnectionResetError):
        assert door.post(DECLARE).status == 201
        used = door.memory_kib() - before
    # About 15 KiB each.
    assert used < 20_000, f"{used} KiB for 500 connections"


def test_where_there_are_too_many_the_crowd_makes_room_and_nobody_who_waits(doorway, tmp_path):
    door = doorway("--connections=40", TRUSTED_PROXY="127.0.0.1")
    begun = tmp_path / "begun"
    with door.connected() as waiting:
        waiting.sendall(WHOLE % f"/api/v1/worklist?work=1.5&once={begun}".encode())
        assert processes.wait_until(begun.exists, 10)
        with door.many(39, b"") as idle:
            for _ in range(10):
                assert door.post(DECLARE).status == 201
            # Who was there longest of those that sent nothing has gone.
            assert received(idle[0]) == b""
        assert waiting.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_one_address_with_whole_requests_locks_nobody_out(doorway):
    """It has a quarter of the connections, whatever it sends."""
    door = doorway("--connections=40")
    working = WHOLE % b"/api/v1/declarations/x/y?work=3"
    with (
        door.connected("127.0.0.3") as innocent,
        door.many(60, working.replace(b"GET", b"POST"), origin="127.0.0.2"),
    ):
        innocent.sendall(HALF_A_HEAD)
        assert door.get("/health/live").status == 200
        innocent.sendall(b"1\r\n\r\n")
        assert innocent.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_an_address_with_too_many_makes_room_for_itself(doorway):
    door = doorway("--connections=40")
    with door.connected() as other, door.many(11, b"", origin="127.0.0.2") as crowd:
        assert received(crowd[0]) == b""
        for line in (other, crowd[1], crowd[10]):
            line.sendall(WHOLE % b"/health/live")
            assert line.recv(1000).startswith(b"HTTP/1.1 200 ")


def asked_for_twelve_megabytes(path: str) -> bytes:
    return f"POST {path}?size=12000000 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("path", [DECLARE, "/declarer-sans-compte/"])
def test_who_reads_nothing_of_what_was_declared_holds_no_place(door, path):
    """Twelve megabytes, which is what two become that were typed in signs of HTML."""
    with door.many(8, asked_for_twelve_megabytes(path)):
        told = door.post(DECLARE)
        assert (told.status, told.seconds < 4) == (201, True)


@pytest.mark.parametrize(
    "options", [("--answers-bytes=0", "--place-seconds=0.3"), ("--taken-seconds=0.3",)]
)
def test_an_answer_of_the_intake_has_so_much_time_held_or_not(doorway, options):
    door = doorway(*options)
    with door.many(8, asked_for_twelve_megabytes(DECLARE)) as greedy:
        assert door.post(DECLARE).status == 201
        # This takes longer than the others may.
        assert door.get(f"{READ}?work=1.5").status == 200
        assert len(received(greedy[0])) < 12_000_000


def test_who_reads_nothing_holds_no_thread_of_an_answer_of_usual_size(door):
    """Twenty clients never read a page of 500 KB; there are four threads behind."""
    with door.many(20, WHOLE % b"/static/a.css?size=500000"):
        told = door.get("/static/b.css?size=500000")
        assert (told.status, len(told.body)) == (200, 500_000)
        assert told.seconds < 5


def test_who_reads_nothing_of_a_huge_answer_is_cut_off(doorway):
    door = doorway("--unread-seconds=0.5")
    with door.many(8, WHOLE % b"/static/a.css?size=50000000") as greedy:
        told = door.get("/static/b.css?size=10")
        assert (told.status, told.body) == (200, b"x" * 10)
        assert told.seconds < 8
        assert len(received(greedy[0])) < 50_000_000


def test_who_reads_slowly_gets_all_of_it(doorway):
    door = doorway("--unread-seconds=1")
    with door.connected() as line:
        line.sendall(
            b"GET /static/a.css?size=8000000 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Connection: close\r\n\r\n"
        )
        found = 0
        while chunk := line.recv(1_000_000):
            found += len(chunk)
            processes.wait_until(lambda: False, 0.1, pause=0.1)
    assert found > 8_000_000


def test_bodies_that_arrive_do_not_fill_the_memory(doorway):
    """What is small always passes, whatever others are sending."""
    door = doorway("--unfinished-bytes=1000000", "--small-bytes=10000")
    long = HALF_A_BODY.replace(b"1000\r\n", b"2000000\r\n") + b" " * 900_000
    with door.many(1, long) as (line,):
        assert processes.wait_until(lambda: door.post(DECLARE, b" " * 150_000).status == 503, 10)
        refused = door.post(DECLARE, b" " * 150_000)
        assert (refused.json()["code"], int(refused.headers["retry-after"]) > 0) == (
            "overloaded",
            True,
        )
        assert door.post(DECLARE, b" " * 9_000).status == 201
        line.sendall(b" " * 100_000)
        assert b"503" in line.recv(1000)
    assert door.post(DECLARE, b" " * 150_000).status == 201


def test_a_connection_serves_request_after_request(door):
    with door.connected() as line:
        pids = set()
        for _ in range(5):
            line.sendall(WHOLE % READ.encode())
            answer = line.recv(65536)
            pids.add(json.loads(answer.partition(b"\r\n\r\n")[2])["pid"])
    assert len(pids) == 1
