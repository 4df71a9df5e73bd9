"""Error pages: no request data in them, no database behind them."""

import sys

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from events.errors import UnknownEventType, UnreadableEvent

RETRY_AFTER_SECONDS = "10"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request could not be read."""
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this person may not see the page."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here, also when there is something for others."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it failed here; 503 when the database does not answer or a file cannot be read."""
    error = sys.exc_info()[1]
    if isinstance(error, UnknownEventType | UnreadableEvent):
        return _page(request, 503, "unreadable.html")
    return _page(request, 503 if error is not None and is_outage(error) else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is too old; the declaration form itself comes back filled in."""
    from portal.declare import returned  # noqa: PLC0415  it imports this module

    if request.path.startswith("/declarations/nouvelle"):
        return returned(request)
    return _page(request, 403)


def is_outage(error: BaseException) -> bool:
    """Return whether an error means that the database cannot be reached."""
    driver = getattr(connection, "Database", None)
    kinds = (
        OperationalError,
        InterfaceError,
        getattr(driver, "OperationalError", ConnectionError),
    )
    return isinstance(error, kinds)


def _page(request: HttpRequest, status: int, template: str | None = None) -> HttpResponse:
    # The pages name nobody, and must not ask the database who it is.
    request.user = AnonymousUser()
    answer = render(request, template or f"{status}.html", status=status)
    if status == 503:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer
