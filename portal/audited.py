"""Whoever audits says why she reads a file before anything of it is shown, on whatever page."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.readings import ReasonNeeded


class ReasonFirst:
    """Leads from a page that a reason is missing for to the form that asks it, and says where from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Ask for the reason where a page needs it."""
        if not isinstance(exception, ReasonNeeded):
            return None
        asks = reverse("backoffice:reading_reason", args=[exception.file])
        if request.method not in {"GET", "HEAD"}:
            return redirect(asks)
        return redirect(f"{asks}?{urlencode({'vers': request.get_full_path()})}")
