"""A service that ends, is started again, or answers half: what its callers are told."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import pytest

from config.local import processes
from tests.front.running import DECLARE, PLACES, READ, received

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("front")]

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def broken(door):
    """Return the front, whose services are all back after the test."""
    yield door
    for name in door.behind:
        if name not in door.running:
            door.start(name)
    assert processes.wait_until(door.is_ready, 30, pause=0.2), door.said()


def test_the_other_service_takes_declarations_while_the_intake_is_away(broken):
    broken.kill("intake")
    declared = broken.post(DECLARE, Idempotency_Key="k")
    assert (declared.status, declared.json()["name"]) == (201, "web")
    assert declared.seconds < 0.5


def test_a_declaration_waits_for_a_service_that_is_being_started_again(doorway):
    # As long as a busy machine needs to start one.
    door = doorway("--intake-connect-seconds=25")
    door.kill("web")
    door.kill("intake")
    with door.flood(3, lambda _: door.post(DECLARE)) as declared:
        assert not processes.wait_until(lambda: bool(declared), 0.5)
        door.start("intake")
    assert [told.status for told in declared] == [201] * 3


def test_who_is_not_received_is_told_so_and_keeps_what_was_typed(doorway):
    door = doorway("--intake-connect-seconds=0.3")
    door.kill("intake")
    door.kill("web")
    typed = [("csrfmiddlewaretoken", "t"), ("key", str(uuid4())), ("narrative", '<b>"é\n&</b>')]
    answer = door.ask(
        "POST", "/declarations/nouvelle/?produit=x", urlencode(typed).encode(),
        {"Content-Type": FORM},
    )  # fmt: skip
    page = answer.body.decode()
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"
    assert "n’a pas été reçu" in page
    assert "was not received" in page
    assert "http://status.example/status" in page
    assert "<b>" not in page
    fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    assert [(unescape(name), unescape(value)) for name, value in fields] == typed
    assert 'action="/declarations/nouvelle/?produit=x"' in page
    assert parse_qsl(urlencode(typed)) == typed


def test_software_is_told_to_come_again_with_the_same_key(doorway):
    door = doorway("--intake-connect-seconds=0.3", "--web-connect-seconds=0.3")
    door.kill("web")
    assert (door.get(READ).status, door.get("/").status) == (503, 503)
    # The intake goes on.
    assert door.post(DECLARE).status == 201
    door.kill("intake")
    refused = door.post(DECLARE)
    assert (refused.status, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert "Ce service ne répond pas" in door.get("/").body.decode()


def test_what_acts_once_is_sent_again_when_its_service_was_killed(broken, tmp_path):
    path = f"{DECLARE}?die=1&once={tmp_path}/"
    told = broken.post(path + "a", Idempotency_Key="k")
    assert told.status == 201
    form = urlencode([("key", str(uuid4()))]).encode()
    told = broken.ask(
        "POST", f"/declarations/nouvelle/?die=1&once={tmp_path}/b", form, {"Content-Type": FORM}
    )
    assert told.status == 201
    assert broken.get(f"{READ}?die=1&once={tmp_path}/c").status == 200


def test_what_may_act_twice_is_not_sent_again(broken, tmp_path):
    told = broken.post(f"{DECLARE}?die=1&once={tmp_path}/a")
    assert (told.status, told.json()["code"]) == (503, "in_doubt")
    told = broken.ask("POST", "/connexion/?die=1", b"key=x", {"Content-Type": FORM})
    assert told.status == 503
    assert "Il n’est pas certain" in told.body.decode()


def test_what_kills_its_service_is_not_sent_for_ever(broken):
    told = broken.post(f"{DECLARE}?die=1", Idempotency_Key="k")
    assert (told.status, told.json()["code"]) == (503, "in_doubt")


def test_a_head_alone_is_no_answer(broken, tmp_path):
    path = f"{DECLARE}?bare=1&once={tmp_path}/"
    assert broken.post(path + "a", Idempotency_Key="k").status == 201
    told = broken.post(path + "b")
    assert (told.status, told.json()["code"]) == (503, "in_doubt")


def test_half_an_answer_is_no_answer(broken):
    told = broken.get(f"{READ}?half=1&size=100")
    assert told.status == 0
    assert b"IncompleteRead" in told.body


def test_a_service_that_hangs_is_given_up_and_its_places_stay_taken(doorway):
    """Four threads hang: the callers are told, and nothing more is sent into a queue behind them."""
    door = doorway("--intake-answer-seconds=0.5")
    with door.flood(4, lambda _: door.post(f"{DECLARE}?work=3", Idempotency_Key="k")) as hung:
        pass
    assert {told.status for told in hung} == {504}
    assert {told.json()["code"] for told in hung} == {"too_late"}
    # A fifth waits for a thread, then is answered at once.
    fifth = door.post(DECLARE)
    assert fifth.status == 201
    assert fifth.seconds > 1


def test_the_front_ends_after_what_it_has_begun(doorway):
    door = doorway()
    with door.connected() as line, door.many(3, b"") as idle:
        line.sendall(b"GET /api/v1/worklist?work=0.5 HTTP/1.1\r\nHost: a\r\n\r\n")
        processes.wait_until(lambda: False, 0.2)
        door.running["front"].terminate()
        assert received(idle[0]) == b""
        assert received(line).startswith(b"HTTP/1.1 200 ")
    assert door.running["front"].wait(5) == 0


def test_who_waits_when_the_front_ends_is_told_to_come_again(doorway, tmp_path):
    door = doorway()
    begun = f"{DECLARE}?work=1&once={tmp_path}/"
    waiting = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % DECLARE.encode()
    with door.flood(PLACES, lambda number: door.post(f"{begun}{number}")) as told:
        assert processes.wait_until(lambda: len(list(tmp_path.glob("[0-9]"))) == PLACES, 10)
        with door.many(8, waiting) as lines:
            # What came before this answer has been read.
            assert door.get("/health/live").status == 200
            door.running["front"].terminate()
            answers = [received(line) for line in lines]
    assert [one.status for one in told] == [201] * PLACES
    assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in answers), answers


def test_a_refusal_leaves_no_trace_of_what_was_sent(broken):
    broken.post(f"{DECLARE}?die=1", {"narrative": "DUPONT"}, Authorization="Bearer SECRET")
    broken.raw(b"GET /DUPONT HTTP/1.1\r\nHost: a\r\nDUPONT\r\n\r\n")
    said = (broken.folder / "front.log").read_text()
    assert "DUPONT" not in said
    assert "SECRET" not in said
