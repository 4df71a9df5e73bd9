"""A form gives back what was typed, whatever became of the session, the token or the database."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import update_wrapper
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from events.errors import UnknownEventType, UnreadableEvent
from portal.outage import RETRY_AFTER_SECONDS, is_outage

View = Callable[..., HttpResponse]


class Notice(StrEnum):
    """Why a form came back without having been taken."""

    EXPIRED = "expired"
    STALE = "stale"
    OUTAGE = "outage"
    UNREADABLE = "unreadable"


STATUS = {
    Notice.EXPIRED: 200,
    Notice.STALE: 403,
    Notice.OUTAGE: 503,
    Notice.UNREADABLE: 503,
}


class KeptForm:
    """The view of a form for people who are signed in; decorate with `keeps_text`.

    Nothing that was typed goes through an address: it comes back in the page itself, to be sent
    again under the same key.
    """

    def __init__(
        self, view: View, shows: View, texts: Mapping[str, str | Promise], *, alone: bool
    ) -> None:
        update_wrapper(self, view)
        self._view = view
        self._shows = shows
        self._texts = texts
        self._alone = alone

    def __call__(self, request: HttpRequest, **address: Any) -> HttpResponse:
        """Answer; only what nobody expected is left to the error pages."""
        if request.method != "POST":
            return login_required(self._view)(request, **address)
        try:
            if not request.user.is_authenticated:
                return self.returned(request, Notice.EXPIRED, **address)
            return self._view(request, **address)
        except Exception as error:
            if (notice := _hindrance(error)) is None:
                raise
            return self._alone_again(request, notice, **address)

    def returned(self, request: HttpRequest, notice: Notice, **address: Any) -> HttpResponse:
        """Give the form back without acting on it."""
        try:
            if notice is Notice.STALE and not request.user.is_authenticated:
                notice = Notice.EXPIRED
            if notice is Notice.STALE:
                return _marked(self._shows(request, notice, **address), notice)
        except Exception as error:
            if (hindrance := _hindrance(error)) is None:
                raise
            notice = hindrance
        return self._alone_again(request, notice, **address)

    def _alone_again(self, request: HttpRequest, notice: Notice, **address: Any) -> HttpResponse:
        """Give the form back without reading the case, or who asks for it."""
        request.user = AnonymousUser()
        if self._alone:
            return _marked(self._shows(request, notice, **address), notice)
        return self._plain(request, notice)

    def _plain(self, request: HttpRequest, notice: Notice) -> HttpResponse:
        """Show what was typed on a page of its own."""
        posted = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        context = {
            "notice": notice,
            "texts": [
                (name, self._texts[name], value) for name, value in posted if name in self._texts
            ],
            "others": [(name, value) for name, value in posted if name not in self._texts],
        }
        return _marked(render(request, "kept.html", context), notice)


def keeps_text(
    shows: View, texts: Mapping[str, str | Promise] | None = None, *, alone: bool = False
) -> Callable[[View], KeptForm]:
    """Decorate the view of a form: people sign in first, and nothing they typed is lost.

    `shows(request, notice, **address)` shows the form with what was posted, without acting on it.
    It reads the case, unless `alone` says that it needs neither session nor database; where it
    cannot, a plain page keeps all answers and shows the `texts` (field name to label).
    """

    def decorate(view: View) -> KeptForm:
        return KeptForm(view, shows, texts or {}, alone=alone)

    return decorate


def _hindrance(error: Exception) -> Notice | None:
    """Return what keeps the form from being taken for now; None where it is a defect."""
    if is_outage(error):
        return Notice.OUTAGE
    return Notice.UNREADABLE if isinstance(error, UnknownEventType | UnreadableEvent) else None


def _marked(answer: HttpResponse, notice: Notice) -> HttpResponse:
    answer.status_code = STATUS[notice]
    if answer.status_code == 503:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer
