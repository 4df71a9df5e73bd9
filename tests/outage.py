"""A database that is away, as far as this process can tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import psycopg
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from events.line import hang_up
from events.proving import Prover


@contextmanager
def database_away() -> Iterator[list[str]]:
    """Close every connection and let none be opened; return the aliases that were asked for."""
    asked: list[str] = []

    def refuses(wrapper: BaseDatabaseWrapper) -> None:
        asked.append(wrapper.alias)
        raise OperationalError("secret: the server closed the connection")

    def refuses_too(*_: object, **__: object) -> None:
        asked.append("psycopg")
        raise psycopg.OperationalError("secret: connection refused")

    def unreachable(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("secret: connection refused")

    connections.close_all()
    hang_up()
    try:
        with (
            patch.object(BaseDatabaseWrapper, "connect", refuses),
            patch.object(psycopg.Connection, "connect", refuses_too),
            patch.object(psycopg, "connect", refuses_too),
            # The keeper of the line asks for itself, whoever is waited for.
            patch.object(Prover, "opened", unreachable),
        ):
            yield asked
    finally:
        hang_up()
