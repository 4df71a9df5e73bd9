"""Error pages: no request data in them, no database behind them."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.readings import ReadingNotRecorded
from events.errors import UnknownEventType, UnreadableEvent
from portal.kept import KeptForm, Notice
from portal.outage import RETRY_AFTER_SECONDS, is_outage


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
    if isinstance(error, ReadingNotRecorded):
        return _page(request, 503, "unrecorded.html")
    return _page(request, 503 if error is not None and is_outage(error) else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is too old; a form that keeps its text comes back filled in."""
    match = request.resolver_match
    if match is not None and isinstance(match.func, KeptForm):
        return match.func.returned(request, Notice.STALE, **match.kwargs)
    return _page(request, 403)


def _page(request: HttpRequest, status: int, template: str | None = None) -> HttpResponse:
    answer = render(request, template or f"{status}.html", status=status)
    if status == 503:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer
