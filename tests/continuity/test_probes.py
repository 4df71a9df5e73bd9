"""A service that hangs, or that says a letter a minute, holds no round up."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.local import ports
from continuity.beacon import database_probe, probes
from continuity.beacon.probes import Addresses, MailServer, Rounds

WORDS = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"x" * 900


def test_mail_is_a_service_where_there_is_a_server(tmp_path):
    web, mail = ("127.0.0.1", ports.choose()), MailServer("127.0.0.1", 25, tls=False)
    rounds = Rounds(Addresses(web=web, mail=mail, folder=tmp_path, node="n1"))
    assert rounds.services == ["intake", "portal", "database", "mail", "recording", "worker"]


def said(output: str) -> dict:
    """Return the answers of all lines of the child."""
    return {
        name: value for line in output.splitlines() for name, value in json.loads(line).items()
    }


@contextmanager
def dripping(words: bytes, drip: int = 0) -> Iterator[int]:
    """Serve `words` to whoever comes, `drip` of their bytes at once and the rest one by one."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def speak(link: socket.socket) -> None:
            with link:
                try:
                    link.sendall(words[:drip])
                    for place in range(drip, len(words)):
                        if over.wait(0.02):
                            return
                        link.sendall(words[place : place + 1])
                except OSError:
                    return

        def serve() -> None:
            while not over.is_set():
                try:
                    link, _ = server.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=speak, args=(link,)).start()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            over.set()
            serving.join()


@pytest.mark.parametrize("drip", [0, 40])
def test_who_answers_letter_by_letter_does_not_answer(monkeypatch, drip):
    monkeypatch.setattr(probes, "PATIENCE", 0.3)
    with dripping(WORDS, drip) as port, pytest.raises(TimeoutError):
        probes.web_answers("127.0.0.1", port, "/")


def test_a_mail_server_that_greets_letter_by_letter_does_not_answer(monkeypatch):
    monkeypatch.setattr(probes, "PATIENCE", 0.3)
    with dripping(b"220 " + b"x" * 900) as port, pytest.raises(TimeoutError):
        probes.mail_answers(MailServer("127.0.0.1", port, tls=False))


def test_a_round_ends_whatever_hangs_and_does_not_ask_it_twice(tmp_path, monkeypatch):
    over, asked = threading.Event(), list[str]()

    def hangs(_host: str, _port: int, path: str) -> None:
        asked.append(path)
        over.wait(60)

    monkeypatch.setattr(probes, "web_answers", hangs)
    # The log of these tests may answer within the patience of a round on a fast machine.
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    web = ("127.0.0.1", ports.choose())
    rounds = Rounds(Addresses(web=web, mail=None, folder=tmp_path, node="n1"), patience=0.2)
    try:
        for _ in range(3):
            found = rounds.look().tries
            names = ["intake", "portal", "database", "recording", "worker"]
            assert list(found) == rounds.services == names
            assert not any(one.ok for one in found.values())
            assert found["intake"].why == "no answer"
        assert sorted(asked) == sorted([probes.PORTAL, probes.INTAKE])
    finally:
        over.set()


def test_the_database_is_the_one_of_the_environment_where_a_promotion_put_it(
    tmp_path, monkeypatch, capsys, app_dsn
):
    folder = tmp_path / "beacon"
    folder.mkdir()
    monkeypatch.setenv("DATABASE_URL", make_conninfo(app_dsn, host="127.0.0.1", port=1))
    with pytest.raises(psycopg.OperationalError):
        database_probe.main(folder, "n1")
    place = conninfo_to_dict(app_dsn)
    promoted = json.dumps({"host": place["host"], "port": int(place["port"] or 5432)})
    (tmp_path / "log-identity.json").write_text(promoted)
    assert database_probe.main(folder, "n1") == 0
    assert said(capsys.readouterr().out) == {
        "answered": None, "spooled": 0, "recording": "", "waiting": 0,
    }  # fmt: skip


def test_a_file_with_the_address_goes_before_the_environment(
    tmp_path, monkeypatch, capsys, app_dsn
):
    monkeypatch.setenv("DATABASE_URL", make_conninfo(app_dsn, host="127.0.0.1", port=1))
    (tmp_path / "database").write_text(app_dsn)
    assert database_probe.main(tmp_path, "n1") == 0
    assert said(capsys.readouterr().out)["answered"] is None
