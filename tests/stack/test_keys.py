"""New keys are made for a new log only; the keys of another log are found out."""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from config.local import keys, up
from config.local.keys import KeysLostError
from continuity import receipt_check
from events import segments, store
from events.handle import open_stream
from events.keys import keyring
from tests.log import notes
from tests.spool.material import body, header, spool_in


@pytest.fixture
def one_note(db) -> None:
    notes.register()
    open_stream(notes.NOTES, notes.new_stream(), notes.Add(text="un"), notes.envelope())


def test_keys_are_made_once(tmp_path):
    keys.ensure(tmp_path / "keys")
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    keys.ensure(tmp_path / "keys", has_log=lambda: True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


@pytest.mark.parametrize("lost", keys.KEPT)
def test_a_key_of_a_log_is_never_made_anew(tmp_path, lost):
    keys.ensure(tmp_path)
    (tmp_path / lost).unlink()
    with pytest.raises(KeysLostError, match=lost):
        keys.ensure(tmp_path, has_log=lambda: True)
    assert not (tmp_path / lost).exists()


@pytest.fixture
def exchanged(tmp_path, settings):
    """Return a folder of keys, of which the signing one can be exchanged beside a running service."""
    folder = tmp_path / "keys"
    keys.ensure(folder)
    settings.KEYS_DIR = folder
    keyring.cache_clear()
    keyring()
    yield folder
    keyring.cache_clear()


def exchange(folder, *options: str) -> str:
    (folder / "log-ed25519").unlink()
    return made(folder, *options)


def made(folder, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "config.local.keys", str(folder), *options],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def refused(folder, *options: str) -> str:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, "-m", "config.local.keys", str(folder), *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    return done.stderr


def lives(folder) -> list[dict]:
    return json.loads((folder / "published.json").read_text())


def test_what_a_running_service_signs_after_the_exchange_is_valid(exchanged, tmp_path):
    said = exchange(exchanged)
    before, after = lives(exchanged)
    end = datetime.fromisoformat(before["until"])
    assert timedelta(days=1.9) < end - datetime.now(UTC) <= timedelta(days=2)
    assert after["until"] is None
    assert f"signing key {before['key']} was exchanged" in said
    assert "restart every service before" in said
    # This process read its keys before, and signs on with the old one.
    entry = spool_in(tmp_path / "spool").put(header(received_at=datetime.now(UTC)), body())
    assert receipt_check.check(entry.receipt, lives(exchanged))["key"] == before["key"]


def test_a_stolen_key_ends_at_once(exchanged, tmp_path):
    assert "exchanged" not in exchange(exchanged, "--days", "0")
    entry = spool_in(tmp_path / "spool").put(header(received_at=datetime.now(UTC)), body())
    with pytest.raises(receipt_check.NotValid) as refused:
        receipt_check.check(entry.receipt, lives(exchanged))
    assert refused.value.code == "outside_key_life"


def test_a_second_look_moves_no_end(exchanged):
    exchange(exchanged)
    before = lives(exchanged)
    keys.ensure(exchanged, grace=timedelta(days=30))
    assert lives(exchanged) == before


def test_a_key_that_is_found_stolen_later_ends_at_once_too(exchanged):
    exchange(exchanged, "--days", "30")
    (stolen, _) = lives(exchanged)
    said = made(exchanged, "--days", "0")
    old, new = lives(exchanged)
    assert datetime.fromisoformat(old["until"]) <= datetime.now(UTC)
    assert (old["key"], new["until"]) == (stolen["key"], None)
    assert f"signing key {old['key']} has ended: copy" in said
    assert "restart every service now" in said
    before = lives(exchanged)
    assert "signing key" not in made(exchanged, "--days", "0"), "nothing is left to do"
    made(exchanged, "--days", "2")
    keys.ensure(exchanged)
    assert lives(exchanged) == before, "an end that was told is never put off"


def test_the_next_exchange_ends_a_stolen_key_that_was_in_its_grace(exchanged):
    exchange(exchanged, "--days", "30")
    exchange(exchanged, "--days", "0")
    first, second, last = lives(exchanged)
    assert first["until"] == second["until"] <= datetime.now(UTC).isoformat()
    assert last["until"] is None


def test_a_start_and_an_exchange_that_names_no_days_shorten_nothing(exchanged):
    exchange(exchanged, "--days", "30")
    before = lives(exchanged)
    keys.ensure(exchanged)
    assert lives(exchanged) == before
    exchange(exchanged)
    assert lives(exchanged)[0] == before[0]


@pytest.mark.parametrize("left", [None, "[]"])
def test_a_key_from_before_they_were_published_stays_valid_when_it_is_exchanged(
    exchanged, tmp_path, left
):
    (exchanged / "published.json").unlink()
    if left is not None:
        (exchanged / "published.json").write_text(left)
    keys.ensure(exchanged, has_log=lambda: True)
    (one,) = lives(exchanged)
    assert (one["key"], one["from"], one["until"]) == (keyring().log_key_id, None, None)
    entry = spool_in(tmp_path / "spool").put(header(received_at=datetime.now(UTC)), body())
    exchange(exchanged)
    before, after = lives(exchanged)
    assert (before["key"], before["from"], after["until"]) == (one["key"], None, None)
    assert receipt_check.check(entry.receipt, lives(exchanged))["key"] == one["key"]


@pytest.mark.parametrize("left", [None, "[]", ""])
def test_a_key_that_was_never_published_is_not_exchanged(exchanged, left):
    (exchanged / "published.json").unlink()
    if left is not None:
        (exchanged / "published.json").write_text(left)
    old = (exchanged / "log-ed25519").read_bytes()
    (exchanged / "log-ed25519").unlink()
    said = refused(exchanged)
    if left == "":
        assert "published.json holds no published keys: put a whole copy of it back" in said
        return
    assert "put the old log-ed25519 back and run this once" in said
    (exchanged / "log-ed25519").write_bytes(old)
    made(exchanged)
    exchange(exchanged)
    assert [one["from"] is None for one in lives(exchanged)] == [True, False]


def test_a_creation_that_was_cut_short_goes_on(tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(keys.Ed25519PrivateKey, "generate", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            keys.ensure(tmp_path / "keys")
    keys.ensure(tmp_path / "keys")
    assert all((tmp_path / "keys" / name).exists() for name in keys.KEPT)


def test_days_are_not_set_beside_the_exchanged_key(exchanged):
    """The machine has the new published.json, and its log-ed25519 is to be copied still."""
    old = (exchanged / "log-ed25519").read_bytes()
    exchange(exchanged)
    (exchanged / "log-ed25519").write_bytes(old)
    said = refused(exchanged, "--days", "0")
    assert "log-ed25519 here is the exchanged one: copy the new one first" in said
    before = lives(exchanged)
    keys.ensure(exchanged)
    assert lives(exchanged) == before, "a start goes on"


@pytest.mark.parametrize("has_events", [False, True])
def test_a_node_whose_key_has_ended_receives_and_says_so(
    exchanged, tmp_path, client, db, caplog, has_events
):
    if has_events:
        notes.register()
        open_stream(notes.NOTES, notes.new_stream(), notes.Add(text="un"), notes.envelope())
    assert client.get("/health/ready").json()["services"]["keys"] == "up"
    exchange(exchanged, "--days", "0")
    kept = spool_in(tmp_path / "spool")
    for _ in range(2):
        kept.put(header(received_at=datetime.now(UTC)), body())
    (told,) = [one for one in caplog.messages if "receipts that it signs are not valid" in one]
    assert keyring().log_key_id in told
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["services"]["keys"]) == (200, "late")


@pytest.mark.parametrize("left", [None, "", "{}]"])
def test_published_keys_that_cannot_be_read_keep_nothing_from_a_disk(
    exchanged, tmp_path, client, db, left
):
    assert client.get("/health/ready").json()["services"]["keys"] == "up"
    (exchanged / "published.json").unlink()
    if left is not None:
        (exchanged / "published.json").write_text(left)
    assert spool_in(tmp_path / "spool").put(header(), body()).receipt
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["services"]["keys"]) == (200, "late")


OTHERS = (10001, 10001) if os.geteuid() == 0 else (os.getuid(), os.getgid())


def readers(path) -> tuple[int, int, int]:
    told = path.stat()
    return told.st_uid, told.st_gid, told.st_mode & 0o777


def test_exchanged_keys_are_read_by_whoever_read_the_former(exchanged):
    """As root, as operators do: the services have another account."""
    for path in (exchanged, *exchanged.iterdir()):
        os.chown(path, *OTHERS)
    (exchanged / "kek").chmod(0o640)
    (exchanged / "published.json").chmod(0o644)
    exchange(exchanged)
    assert readers(exchanged / "log-ed25519") == (*OTHERS, 0o640), "as the secrets beside it"
    assert readers(exchanged / "published.json") == (*OTHERS, 0o644)


def test_new_keys_are_those_of_the_account_that_has_the_folder(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    os.chown(folder, *OTHERS)
    keys.ensure(folder)
    assert {readers(path) for path in folder.iterdir()} == {(*OTHERS, 0o600)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_who_may_not_leave_the_keys_to_their_account_changes_nothing():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "keys"
        keys.ensure(folder)
        Path(name).chmod(0o755)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o777 if path == folder else 0o644)
        (folder / "log-ed25519").unlink()
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        if (child := os.fork()) == 0:
            os.setgroups([])
            os.setgid(10001)
            os.setuid(10001)
            try:
                keys.ensure(folder)
            except keys.OtherAccountError as refusal:
                os._exit(0 if "another account's: run this as its owner" in str(refusal) else 2)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_keys_that_cannot_be_read_do_not_end_the_reading_of_a_spool(
    exchanged, tmp_path, monkeypatch
):
    spool_in(tmp_path / "spool").put(header(received_at=datetime.now(UTC)), body())
    (segment,) = segments.found([tmp_path / "spool" / "a"])
    assert isinstance(next(segments.read(segment)), segments.Row)
    # As a folder it cannot be read by root either.
    (exchanged / "published.json").unlink()
    (exchanged / "published.json").mkdir()
    (row,) = segments.read(segment)
    assert isinstance(row, segments.Row), "with the keys that were read last"
    monkeypatch.setattr("events.keys._told", None)
    (row,) = segments.read(segment)
    assert isinstance(row, segments.Row), "with its own, in a new process"
    keyring.cache_clear()
    (exchanged / "log-ed25519").unlink()
    (row,) = segments.read(segment)
    assert isinstance(row, segments.Damaged), "until the keys are back"


def test_a_new_database_of_a_site_has_no_log(db, superuser_dsn, tmp_path, monkeypatch):
    assert not up._has_log(tmp_path), "migrated and empty"
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("DROP TABLE events_event CASCADE")
    assert not up._has_log(tmp_path), "provisioned and not migrated"


def test_a_log_on_the_sites_own_server_is_found_from_a_new_machine(one_note, tmp_path):
    assert up._has_log(tmp_path)


def test_a_server_that_cannot_be_asked_gets_no_new_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@127.0.0.1:1/x")
    with pytest.raises(KeysLostError) as refused:
        keys.ensure(tmp_path / "keys", has_log=lambda: up._has_log(tmp_path))
    assert "secret" not in str(refused.value)
    assert not (tmp_path / "keys").exists()


def test_the_embedded_servers_log_is_in_its_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert not up._has_log(tmp_path)
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").touch()
    assert up._has_log(tmp_path)


@pytest.fixture
def other_keys(tmp_path, settings):
    keys.ensure(tmp_path)
    settings.KEYS_DIR = tmp_path
    keyring.cache_clear()
    yield
    keyring.cache_clear()


def test_a_node_with_the_keys_of_another_log_takes_nothing(client, one_note, other_keys):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["services"]["keys"]) == (503, "down")


def test_a_node_with_new_keys_and_an_empty_log_is_up(client, db, other_keys):
    assert client.get("/health/ready").json()["services"]["keys"] == "up"


def test_an_erased_person_does_not_make_the_keys_wrong(client, one_note):
    store.session("projector").execute(
        "SELECT events_destroy_key(subject) FROM events_subject_key"
    )
    assert client.get("/health/ready").json()["services"]["keys"] == "up"
