"""What is true of compassionate access while the log is away: what is not possible now, and what is."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import compassionate as may
from accounts.credentials import actor_of
from continuity.queries import intake_works
from portal.outage import RETRY_AFTER_SECONDS, database_answers

View = Callable[..., HttpResponse]


def needs_log(view: View) -> View:
    """Decorate the view of a page that waits for the log: while that is away it says so, and what is possible."""

    @wraps(view)
    def asked(request: HttpRequest, **address: Any) -> HttpResponse:
        return view(request, **address) if database_answers() else away(request)

    return asked


def away(request: HttpRequest) -> HttpResponse:
    """Say that this waits for the log, and what a hospital can do meanwhile."""
    answer = render(request, "portal/access/away.html", possible_now(request), status=503)
    answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def possible_now(request: HttpRequest) -> dict[str, Any]:
    """Return what whoever asks can do without the log."""
    actor = actor_of(request)
    return {
        "takes": intake_works(),
        "may_submit": may.may_submit(actor),
        "may_declare_dispensing": may.may_declare_dispensing(actor),
    }
