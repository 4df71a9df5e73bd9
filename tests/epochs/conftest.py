"""A backup of the test's own database, taken and brought back under a running process."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connections

from tests import pgplugin
from tests.replay.conftest import projection

__all__ = ["projection"]


@dataclass(frozen=True)
class Backup:
    """The whole database as it was: log, read models, outbox."""

    name: str

    @property
    def copy(self) -> str:
        return f"{self.name}_backup"

    def take(self) -> None:
        connections.close_all()
        self._copy(self.name, self.copy)

    def restore(self) -> None:
        """Put it back under the same address; whoever is connected is cut off."""
        connections.close_all()
        self._copy(self.copy, self.name)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(pgplugin.admin_dsn(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')
            admin.execute(f'ALTER DATABASE "{target}" SET search_path = public, read')
            admin.execute(
                f'GRANT CONNECT ON DATABASE "{target}" TO vigilance_app, vigilance_projector'
            )

    def drop(self) -> None:
        with psycopg.connect(pgplugin.admin_dsn(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{self.copy}" WITH (FORCE)')


@pytest.fixture
def backup(db) -> Iterator[Backup]:
    made = Backup(f"vigilance_{pgplugin.process_name()}")
    yield made
    made.drop()


@pytest.fixture
def forger(superuser_dsn) -> Iterator[psycopg.Connection]:
    """Return a connection that has switched the triggers off, as only a superuser can."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for table in ("events_event", "events_position", "events_block", "events_epoch"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield connection
