"""Whether the database is away, and when to try again."""

import time

from django.db import InterfaceError, OperationalError, connection

from events.errors import LogAway, LogHalted
from events.line import line

RETRY_AFTER_SECONDS = "10"
PATIENCE = 1.0
"""Seconds that a page waits for a connection, and for a server that stands still."""


def is_outage(error: BaseException) -> bool:
    """Return whether an error, of Django or the driver, means that the database is away.

    So does a server that only reads: another one has taken its place, or is about to.
    """
    driver = connection.Database  # type: ignore[attr-defined]
    kinds = (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)
    read_only = driver.errors.ReadOnlySqlTransaction
    away = isinstance(error, (*kinds, read_only, LogAway, LogHalted))
    return away or isinstance(error.__cause__, read_only)


def database_answers() -> bool:
    """Return whether the database answers now; waits a second at most, and once: the line remembers."""
    try:
        with line().borrowed(time.monotonic() + PATIENCE) as connection:
            # One that nobody has used since it was proven may be dead, and nobody knows it yet.
            connection.execute("SELECT 1")
            return True
    except LogAway:
        return False


def expect_database() -> None:
    """Raise LogAway where the database is away: what is read next on Django's connection would hang.

    Nothing bounds that wait on a server that stands still, and each one takes a thread of intake.
    """
    if not database_answers():
        raise LogAway(reason="away")
