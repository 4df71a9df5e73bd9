"""pyeventsourcing, as its documentation sets it up: PostgreSQL recorder with its default lock."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.material import SMALL_PAYLOAD

NAME = "pyeventsourcing"
PAGE = 500
POLL_SECONDS = 0.01


def recorder(dsn: str) -> PostgresApplicationRecorder:
    """Return a recorder on one connection."""
    parts = conninfo_to_dict(dsn)
    store = PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts["host"]),
        port=str(parts["port"]),
        user=str(parts["user"]),
        password=str(parts["password"]),
        schema="public",
        connect_timeout=60,
    )
    return PostgresApplicationRecorder(store)


def create_table(dsn: str) -> None:
    """Make the recorder's table, and leave no connection or thread behind to be forked."""
    found = recorder(dsn)
    found.create_table()
    found.datastore.close()


def inserter(dsn: str) -> Callable[[], Any]:
    """Return the insertion of one event into a new stream."""
    insert = recorder(dsn).insert_events
    state = SMALL_PAYLOAD.encode()

    def call() -> None:
        insert([StoredEvent(uuid4(), 1, "pharmacovigilance:AdverseEventDeclared", state)])

    return call


def tail(dsn: str, ending: Any) -> int:
    """Read notifications as they appear, as the log's own tail does; return how many were seen."""
    found = recorder(dsn)
    last, seen, quiet_since = 0, 0, 0.0
    while True:
        page = found.select_notifications(start=last + 1, limit=PAGE)
        if page:
            seen += len(page)
            last, quiet_since = page[-1].id, 0.0
            continue
        now = time.monotonic()
        quiet_since = quiet_since or now
        if ending.is_set() and now - quiet_since > 1:
            return seen
        time.sleep(POLL_SECONDS)


def fill(dsn: str, log: str) -> None:
    """Give the peer the payloads of a log, one stream of its own for each event."""
    create_table(dsn)
    found = recorder(dsn)
    with psycopg.connect(log) as connection, connection.cursor("payloads") as cursor:
        cursor.execute("SELECT payload::text FROM events_event ORDER BY id")
        while rows := cursor.fetchmany(1000):
            found.insert_events(
                [
                    StoredEvent(uuid4(), 1, "pharmacovigilance:Event", payload.encode())
                    for (payload,) in rows
                ]
            )
    found.datastore.close()


def read_all(dsn: str, page_size: int, _ending: Any) -> int:
    """Read every notification in pages; return how many there were."""
    found = recorder(dsn)
    seen = last = 0
    while page := found.select_notifications(start=last + 1, limit=page_size):
        seen += len(page)
        last = page[-1].id
    return seen
