"""What a command has to know of another table than the log's, asked where the log is.

In the middle of an intake a thread has one connection, which was lent to it with a deadline; Django's own
would wait for a server that stands still.
"""

from typing import Any

from django.db.models import QuerySet

from events.store import session


def first_of(asked: QuerySet[Any, Any]) -> tuple[Any, ...] | None:
    """Return the first row of a query, None where there is none, on this thread's connection to the log."""
    sql, values = asked[:1].query.sql_with_params()
    row: tuple[Any, ...] | None = session().execute(sql, values).fetchone()
    return row
