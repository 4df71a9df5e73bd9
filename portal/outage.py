"""When the database is away, and when to try again."""

from django.db import InterfaceError, OperationalError, connection

RETRY_AFTER_SECONDS = "10"


def is_outage(error: BaseException) -> bool:
    """Return whether an error, of Django or the driver, means that the database is away.

    So does a server that only reads: another one has taken its place, or is about to.
    """
    driver = connection.Database  # type: ignore[attr-defined]
    kinds = (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)
    read_only = driver.errors.ReadOnlySqlTransaction
    return isinstance(error, (*kinds, read_only)) or isinstance(error.__cause__, read_only)
