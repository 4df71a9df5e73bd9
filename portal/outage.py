"""When the database is away, and when to try again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.outage import RETRY_AFTER_SECONDS, database_answers, expect_database, is_outage

__all__ = [
    "RETRY_AFTER_SECONDS",
    "database_answers",
    "expect_database",
    "is_outage",
    "reads",
]

View = Callable[..., HttpResponse]


def reads(view: View) -> View:
    """Decorate the view of a page that is nothing without the database: 503 while it is away."""

    @wraps(view)
    def asked(request: HttpRequest, **address: Any) -> HttpResponse:
        expect_database()
        return view(request, **address)

    return asked
