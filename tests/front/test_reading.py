"""What the front takes for a request, and what it refuses: nothing that two readers read in two ways."""

import json

import pytest

from tests.front.running import DECLARE, READ

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("front")]

HOST = b"Host: 127.0.0.1\r\n"
MEGABYTE = 1024 * 1024


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def posted(*lines: bytes, body: bytes = b"", host: bytes = HOST) -> bytes:
    return b"POST /api/v1/declarations HTTP/1.1\r\n" + host + b"".join(
        line + b"\r\n" for line in lines
    ) + b"\r\n" + body  # fmt: skip


SMUGGLED = {
    "both lengths": posted(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "both lengths, the other way round": posted(
        b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n"
    ),
    "two lengths": posted(b"Content-Length: 4", b"Content-Length: 5", body=b"abcd"),
    "two lengths in one": posted(b"Content-Length: 4, 5", body=b"abcd"),
    "a signed length": posted(b"Content-Length: +4", body=b"abcd"),
    "a length that is no number": posted(b"Content-Length: 0x4", body=b"abcd"),
    "an unknown coding": posted(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "a coding that looks known": posted(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked twice": posted(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "a tab that hides": posted(b"Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n"),
    "a space before the colon": posted(b"Content-Length : 4", body=b"abcd"),
    "a folded line": posted(b"X-A: 1", b" Content-Length: 4", body=b"abcd"),
    "a folded coding": posted(b"Transfer-Encoding:", b"\tchunked", body=b"0\r\n\r\n"),
    "a bare line feed": posted(b"X-A: 1\nContent-Length: 4", body=b"abcd"),
    "a bare carriage return": posted(b"X-A: 1\rContent-Length: 4", body=b"abcd"),
    "a zero byte": posted(b"X-A: 1\x00", b"Content-Length: 0"),
    "a bad chunk size": posted(b"Transfer-Encoding: chunked", body=b"zz\r\nabcd\r\n0\r\n\r\n"),
    "a signed chunk size": posted(b"Transfer-Encoding: chunked", body=b"+4\r\nabcd\r\n0\r\n\r\n"),
    "a chunk that is longer": posted(b"Transfer-Encoding: chunked", body=b"2\r\nabcd\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": posted(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n").replace(
        b"HTTP/1.1", b"HTTP/1.0"
    ),
    "no host": posted(b"Content-Length: 0", host=b""),
    "two hosts": posted(b"Host: other.example", b"Content-Length: 0"),
    "an address of elsewhere": b"GET http://other.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:5432 HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(door, name):
    second = b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"
    answer = door.raw(SMUGGLED[name] + second)
    assert status(answer) in {400, 405, 501, 505}
    # The end of it is not taken for a request of its own.
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer


def test_a_chunked_body_arrives_with_a_length(door):
    body = b'5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\nX-Trailer: 1\r\n\r\n'
    answer = door.raw(posted(b"Transfer-Encoding: chunked", b"Connection: close", body=body))
    seen = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (seen["length"], seen["body"]) == (7, '{"a":1}')
    assert seen["environ"]["CONTENT_LENGTH"] == "7"
    assert "HTTP_TRANSFER_ENCODING" not in seen["environ"]


def test_requests_sent_at_once_are_answered_one_after_the_other(door):
    one = b"GET /api/v1/worklist?n=%d HTTP/1.1\r\n" + HOST + b"%b\r\n"
    chunked = posted(b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n")
    whole = posted(b"Content-Length: 2", body=b"{}")
    answer = door.raw(one % (1, b"") + chunked + whole + one % (4, b"Connection: close\r\n"))
    told = [json.loads(part.partition(b"\r\n\r\n")[2]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert [seen["method"] for seen in told] == ["GET", "POST", "POST", "GET"]
    assert [seen["environ"]["QUERY_STRING"] for seen in told] == ["n=1", "", "", "n=4"]


def test_who_asks_before_sending_is_told_to_go_on_or_not_to(door):
    with door.connected() as line:
        line.sendall(posted(b"Expect: 100-continue", b"Content-Length: 2", b"Connection: close"))
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"{}")
        assert b" 201 " in line.recv(1000)
    too_long = posted(b"Expect: 100-continue", b"Content-Length: 9000000")
    answer = door.raw(too_long)
    assert status(answer) == 413


def test_head_answers_without_a_body(door):
    answer = door.raw(b"HEAD /api/v1/worklist HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == 200
    assert b"content-length: " in head.lower()
    assert body == b""


def test_a_client_of_http_1_0_is_answered_and_let_go(door):
    answer = door.raw(b"GET /health/live HTTP/1.0\r\n\r\n")
    assert status(answer) == 200
    assert b'"path": "/health/live"' in answer


def test_bodies_up_to_six_megabytes_pass_whole(door):
    assert door.post(DECLARE, b" " * (6 * MEGABYTE)).json()["length"] == 6 * MEGABYTE
    refused = door.post(DECLARE, b" " * (6 * MEGABYTE + 1))
    assert (refused.status, refused.json()["code"]) == (413, "too_large")
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_chunked_body_ends_at_six_megabytes_too(door):
    chunk = b"100000\r\n" + b" " * MEGABYTE + b"\r\n"
    answer = door.raw(posted(b"Transfer-Encoding: chunked", body=chunk * 8 + b"0\r\n\r\n"))
    assert status(answer) == 413


def test_a_body_in_crumbs_is_refused(door):
    crumbs = b"1\r\n \r\n" * 10_001
    answer = door.raw(posted(b"Transfer-Encoding: chunked", body=crumbs + b"0\r\n\r\n"))
    assert status(answer) == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/declarations/nouvelle/"), ("POST", "/connexion/"), ("POST", "/health/live"),
     ("DELETE", READ)],
)  # fmt: skip
def test_where_nothing_is_declared_bodies_are_short(door, method, path):
    assert door.ask(method, path, b" " * (256 * 1024), {}).status in {200, 201}
    assert door.ask(method, path, b" " * (256 * 1024 + 1), {}).status == 413
    chunk = b"60000\r\n" + b" " * 0x60000 + b"\r\n0\r\n\r\n"
    line = f"{method} {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = door.raw(line.encode() + chunk)
    assert status(answer) == 413
    assert b"256 Kio" in answer


def test_headers_beyond_32_kibibytes_are_refused(door):
    long = {f"X_{number}": "x" * 4_000 for number in range(7)}
    assert door.get(READ, **long).status == 200
    assert door.get(READ, **long, X_More="x" * 5_000).status == 431
    assert status(door.raw(b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 40_000)) == 431


def test_what_comes_too_slowly_is_told_so(doorway):
    door = doorway(
        "--head-seconds=0.3", "--body-seconds=0.6", "--silent-seconds=0.3", "--idle-seconds=0.5"
    )
    assert status(door.raw(b"GET / HTT")) == 408
    assert status(door.raw(posted(b"Content-Length: 10", body=b"abc"))) == 408
    assert door.raw(b"") == b""


def test_an_address_written_otherwise_goes_the_same_way(door):
    assert door.post("/api/v1/%64eclarations?x=1").json()["name"] == "intake"
    assert door.post(DECLARE).json()["name"] == "intake"
    assert door.get(DECLARE).json()["name"] == "web"


def test_refusals_of_pages_are_pages_in_two_languages(door):
    refused = door.post("/declarations/nouvelle/", b" " * (6 * MEGABYTE + 1))
    assert refused.status == 413
    assert "dépasse 5 Mo" in refused.body.decode()
    assert "exceeds 5 MB" in refused.body.decode()
    assert "http://status.example/status" in refused.body.decode()
