"""The database server is killed, frozen, locked, starved or lied to."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psycopg

from config.local import processes
from tests.chaos.field import Field, fault
from tests.chaos.stack import NotInjectedError, standing_still, traced

# Half of a migration: it has its lock, and the log's table has one column more.
MIGRATION = """
import os, time, psycopg
with psycopg.connect(os.environ["DSN"]) as connection:
    for _ in range(40):
        try:
            connection.execute("SET LOCAL lock_timeout = '300ms'")
            connection.execute("ALTER TABLE events_event ADD COLUMN half_done integer")
            break
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            time.sleep(0.1)
    else:
        raise SystemExit(1)
    print("locked", flush=True)
    time.sleep(60)
"""
HALF_DONE = """
    SELECT FROM pg_attribute
    WHERE attrelid = 'events_event'::regclass AND attname = 'half_done' AND NOT attisdropped
"""
APPLICATION = "usename = 'vigilance_app'"


@fault(11, "the server's first process is killed", needs=())
def postmaster_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    field.kill("postgres", [field.stack.pid("postgres")])
    yield


@fault(11, "every process of the server is killed at once")
def server_killed(field: Field) -> Iterator[None]:
    field.after_some_work()
    field.kill("postgres", field.stack.server())
    yield


@fault(12, "the one backend is killed that has a command in hand: the server resets them all")
def backend_killed(field: Field) -> Iterator[None]:
    for _ in range(2):
        field.after_some_work()
        with suppress(psycopg.Error), field.stack.admin() as connection:
            rows = connection.execute(
                f"SELECT pid FROM pg_stat_activity WHERE {APPLICATION}"
                " ORDER BY state = 'active' DESC, query_start DESC LIMIT 1"
            ).fetchall()
            victims = [pid for (pid,) in rows]
        if victims:
            field.kill("backend", victims)
        field.hold(0.5, 1)
    yield


@fault(13, "the whole server stands still")
def server_frozen(field: Field) -> Iterator[None]:
    with standing_still(field.stack.server()):
        field.hold(3, 5)
        _not_ready(field)
    yield


def _not_ready(field: Field) -> None:
    """I11: while the log is away, the house does not say that all is well."""
    told = field.stack.state().get("status")
    field.found["I11"] = ["ready, while the log is away"] if told == "ready" else []


@fault(13, "the first process stands still: nobody new gets in")
def postmaster_frozen(field: Field) -> Iterator[None]:
    with standing_still(field.stack.server()[:1]):
        field.hold(2, 4)
    yield


@fault(13, "one backend stands still, and whatever it holds")
def backend_frozen(field: Field) -> Iterator[None]:
    with standing_still([field.dice.choice(field.stack.backends())]):
        field.hold(2, 3)
    yield


@fault(15, "every statement of the application is cancelled, again and again")
def statements_cancelled(field: Field) -> Iterator[None]:
    _again_and_again(
        field, f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {APPLICATION}"
    )
    yield


@fault(12, "every session is ended by the server, again and again")
def sessions_ended(field: Field) -> Iterator[None]:
    _again_and_again(
        field,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'vigilance_%'",
        pause=0.5,
    )
    yield


def _again_and_again(field: Field, statement: str, pause: float = 0.02) -> None:
    until = time.monotonic() + field.dice.uniform(2, 3)
    with suppress(psycopg.Error), field.stack.admin() as connection:
        while time.monotonic() < until:
            connection.execute(statement)
            time.sleep(pause)


@fault(17, "the server only reads, as one that is no longer the log's")
def server_only_reads(field: Field) -> Iterator[None]:
    with field.stack.admin() as connection:
        connection.execute("ALTER DATABASE vigilance SET default_transaction_read_only = on")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'vigilance_%'"
        )
        field.hold(2, 4)
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER DATABASE vigilance RESET default_transaction_read_only")
    yield


@fault(37, "somebody locks the log's table and goes to lunch")
def table_locked(field: Field) -> Iterator[None]:
    with _transaction(field, "LOCK TABLE events_event IN ACCESS EXCLUSIVE MODE"):
        field.hold(3, 5)
        _not_ready(field)
    yield


@fault(37, "somebody's open transaction holds the rows that intake proves itself by")
def idle_in_transaction(field: Field) -> Iterator[None]:
    with _transaction(field, "LOCK TABLE events_command IN SHARE ROW EXCLUSIVE MODE"):
        field.hold(3, 5)
    yield


@fault(38, "an old snapshot is kept open: readers that wait for it would never see anything")
def snapshot_kept_open(field: Field) -> Iterator[None]:
    begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM events_event"
    with _transaction(field, begin):
        field.hold(3, 5)
    yield


@fault(47, "a migration holds its locks, and is killed midway")
def migration_killed(field: Field) -> Iterator[None]:
    migration = subprocess.Popen(
        [sys.executable, "-c", MIGRATION], env={**field.stack.env, "DSN": field.stack.superuser_dsn},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        preexec_fn=processes.dies_with_parent(signal.SIGKILL),
    )  # fmt: skip
    assert migration.stdout is not None
    with migration:
        locked = migration.stdout.readline()
        if locked:
            field.hold(3, 5)
        migration.kill()
    if not locked:
        raise NotInjectedError("the migration got no lock")
    with field.stack.admin() as connection:
        if connection.execute(HALF_DONE).fetchone():
            field.found["I2"] = ["half of a migration is left"]
    yield


@contextlib.contextmanager
def _transaction(field: Field, begin: str) -> Iterator[None]:
    with field.stack.admin() as connection:
        if not processes.wait_until(lambda: _begun(connection, begin), 30, pause=0.1):
            raise NotInjectedError("the lock was not granted")
        yield
        connection.execute("ROLLBACK")


def _begun(connection: psycopg.Connection, begin: str) -> bool:
    """Begin; whoever waits for a lock makes all others wait behind it, so never for long."""
    connection.execute("BEGIN")
    try:
        connection.execute("SET LOCAL lock_timeout = '300ms'")
        for part in begin.split(";"):
            connection.execute(part)
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
        connection.execute("ROLLBACK")
        return False
    return True


@fault(36, "somebody else takes every connection that the server has left")
def connections_exhausted(field: Field) -> Iterator[None]:
    with ExitStack() as opened:
        with suppress(psycopg.OperationalError):
            for _ in range(200):
                opened.enter_context(
                    contextlib.closing(
                        psycopg.connect(field.stack.superuser_dsn, connect_timeout=2)
                    )
                )
        field.hold(1.5, 2.5)
    yield


@fault(25, "an fsync of the server fails: it gives up, and recovers from its own log",
       needs=("strace",))  # fmt: skip
def server_fsync_fails(field: Field) -> Iterator[None]:
    pids = field.stack.server()
    with traced(pids, "fdatasync:error=EIO:when=3+", "fsync:error=EIO:when=3+"):
        field.hold(1.5, 2.5)
    yield


@fault(26, "each write of the server takes a third of a second", needs=("strace",))
def server_disk_slow(field: Field) -> Iterator[None]:
    with traced(field.stack.server(), "fdatasync:delay_enter=300000"):
        field.hold(2.5, 3.5)
    yield
