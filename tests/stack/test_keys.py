"""New keys are made for a new log only; the keys of another log are found out."""

import psycopg
import pytest

from config.local import keys, up
from config.local.keys import KeysLostError
from events import store
from events.handle import open_stream
from events.keys import keyring
from tests.log import notes


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
