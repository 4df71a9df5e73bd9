"""pyeventsourcing's ProjectionRunner with its PostgreSQL view, catching up from the start."""

import time
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from tests.benchmarks.lab import Lab
from tests.benchmarks.material import SMALL_PAYLOAD

NAME = "pyeventsourcing ProjectionRunner"
STREAMS = 400
FOLLOW_UPS = 4
PATIENCE = 300.0


class Declaration(Aggregate):
    """A declaration as small as that library's examples."""

    @event("Declared")
    def __init__(self, body: str) -> None:
        self.body = body

    @event("FollowedUp")
    def follow_up(self, body: str) -> None:
        """Add one event."""
        self.body = body


class Declarations(Application[UUID]):
    """The application that writes them."""


class Summaries(PostgresTrackingRecorder):
    """One row for each declaration, written in one transaction with the tracking."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, events integer, body text)"
            ).format(Identifier("summaries"))
        )

    def note(self, declaration: UUID, body: str, tracking: Tracking) -> None:
        """Write one event's row."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO summaries VALUES (%s, 1, %s) ON CONFLICT (id) DO UPDATE"
                " SET events = summaries.events + 1, body = excluded.body",
                [declaration, body],
                prepare=True,
            )


class Listed(Projection[Summaries]):
    """Writes a row for each event."""

    name = "listed"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Note one event."""
        self.view.note(domain_event.originator_id, domain_event.body, tracking)


def rate(lab: Lab) -> float:
    """Return how many events per second the runner projects."""
    env = _environment(lab.plain_database("bench_runner"))
    with Declarations(env) as application:
        for _ in range(STREAMS):
            declaration = Declaration(SMALL_PAYLOAD)
            for _ in range(FOLLOW_UPS):
                declaration.follow_up(SMALL_PAYLOAD[:200])
            application.save(declaration)
        last = application.recorder.max_notification_id()
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Declarations, projection_class=Listed, view_class=Summaries, env=env
    ) as runner:
        runner.wait(last, timeout=PATIENCE)
        taken = time.perf_counter() - began
    lab.drop("bench_runner")
    return STREAMS * (1 + FOLLOW_UPS) / taken


def _environment(dsn: str) -> dict[str, str]:
    parts = conninfo_to_dict(dsn)
    names = {
        "DBNAME": "dbname",
        "HOST": "host",
        "PORT": "port",
        "USER": "user",
        "PASSWORD": "password",
    }
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_SCHEMA": "public",
        "POSTGRES_CONNECT_TIMEOUT": "60",
        **{f"POSTGRES_{name}": str(parts[key]) for name, key in names.items()},
    }
