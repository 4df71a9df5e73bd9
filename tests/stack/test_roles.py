"""What each role's sessions and each service of the stack are given, and no more."""

import psycopg
import pytest
from django.db import connections

from config.local import environment
from config.settings import databases
from events import store

SECRETS = {
    "DATABASE_URL": "postgresql://app@db/x",
    "DATABASE_PROJECTOR_URL": "postgresql://projector@db/x",
    "DATABASE_OWNER_URL": "postgresql://owner@db/x",
    "DATABASE_ADMIN_URL": "postgresql://postgres@db/x",
    "BROKER_URL": "pgmq://broker@db/x",
    "EMAIL_URL": "smtp://user:secret@mail",
}


def shown(alias: str, name: str) -> str:
    row = store.session(alias).execute(f"SHOW {name}").fetchone()
    return row[0]


@pytest.mark.parametrize(
    ("name", "web", "worker"),
    [
        ("statement_timeout", "10s", "0"),
        ("lock_timeout", "5s", "0"),
        ("idle_in_transaction_session_timeout", "1min", "1h"),
        ("tcp_keepalives_idle", "10", "10"),
        ("tcp_keepalives_interval", "5", "5"),
        ("tcp_keepalives_count", "3", "3"),
        ("tcp_user_timeout", "15000", "0"),
    ],
)
def test_pages_give_up_early_and_rebuilds_do_not(db, name, web, worker):
    assert shown("default", name) == web
    assert shown("projector", name) == worker


@pytest.mark.parametrize(("alias", "patience"), [("default", "15000"), ("projector", None)])
def test_the_client_notices_a_server_that_is_cut_off(db, alias, patience):
    info = store.session(alias).info.get_parameters()
    assert (info["keepalives_idle"], info.get("tcp_user_timeout")) == ("10", patience)


def test_an_address_may_ask_for_other_limits():
    dsn = "postgresql://app@db/x?options=-c%20statement_timeout%3D3s&keepalives_idle=60"
    options = databases.from_environment({"DATABASE_URL": dsn})["default"]["OPTIONS"]
    assert options["options"].endswith("-c statement_timeout=3s")
    assert options["keepalives_idle"] == "60"


def test_a_page_that_waits_for_a_lock_does_not_wait_for_ever(db, superuser_dsn):
    with psycopg.connect(superuser_dsn) as holder:
        holder.execute("LOCK TABLE events_event IN ACCESS EXCLUSIVE MODE")
        store.session().execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            store.read_stream("notes-x")
    assert store.read_stream("notes-x") == []
    connections.close_all()


@pytest.mark.parametrize(
    "told",
    [
        ("DATABASE_URL", "BROKER_URL"),
        ("BROKER_URL",),
        ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL", "EMAIL_URL"),
    ],
)
def test_a_service_is_told_the_secrets_it_needs_and_no_other(monkeypatch, tmp_path, told):
    """Also when whoever starts the stack has exported them all."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    ours = {name: value for name, value in SECRETS.items() if name != "EMAIL_URL"}
    given = environment.of_a_service(ours, tmp_path, *told)
    assert given.keys() & SECRETS.keys() == set(told)
    assert {given[name] for name in told} == {SECRETS[name] for name in told}
