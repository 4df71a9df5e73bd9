"""A form gives back what was typed, whatever became of the session, the token or the database."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import update_wrapper
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from accounts import access
from accounts.credentials import actor_of
from events.errors import SpoolFull, UnknownEventType, UnreadableEvent
from portal.forms import NOT_REFUSED, Refusal
from portal.outage import RETRY_AFTER_SECONDS, expect_database, is_outage

View = Callable[..., HttpResponse]


CODE_FIELD = "signing_code"
"""Under this name a form sends what is to be typed each time, and kept nowhere."""


class Notice(StrEnum):
    """Why a form came back without having been taken."""

    EXPIRED = "expired"
    STALE = "stale"
    OUTAGE = "outage"
    FULL = "full"
    """Neither a disk nor the log takes anything."""
    UNREADABLE = "unreadable"


class Sender(StrEnum):
    """Whom a form is for: who may open its page, and who may send it."""

    READER = "reader"
    """Opened by somebody signed in, since it shows a case; sent by whose claim lets her read."""
    SIGNED = "signed"
    """Opened and sent by whose claim lets her read; the view says itself what it can do without a log."""
    TELLER = "teller"
    """Opened and sent by whoever is verified by a claim: it can do without showing the case."""
    DECLARANT = "declarant"
    """Opened and sent with any claim, also one that was taken back: it shows nothing."""
    ANYBODY = "anybody"


STATUS = {
    Notice.EXPIRED: 200,
    Notice.STALE: 403,
    Notice.OUTAGE: 503,
    Notice.FULL: 507,
    Notice.UNREADABLE: 503,
}


class KeptForm:
    """The view of a form; decorate with `keeps_text`.

    `sender` says who may open and send it.

    Nothing that was typed goes through an address: it comes back in the page itself, to be sent
    again under the same key.
    """

    def __init__(
        self,
        view: View,
        shows: View,
        texts: Mapping[str, str | Promise],
        *,
        alone: bool,
        sender: Sender,
    ) -> None:
        update_wrapper(self, view)
        self._view = view
        self._shows = shows
        self._texts = texts
        self._alone = alone
        self._sender = sender

    def __call__(self, request: HttpRequest, **address: Any) -> HttpResponse:
        """Answer; only what nobody expected is left to the error pages."""
        if request.method != "POST":
            if not self._may_open(request):
                return redirect_to_login(request.get_full_path())
            return self._view(request, **address)
        try:
            if not self._may_send(request):
                return self.returned(request, Notice.EXPIRED, **address)
            return self._view(request, **address)
        except Exception as error:
            if (notice := _hindrance(error)) is None:
                raise
            return self._alone_again(request, notice, **address)

    def _may_open(self, request: HttpRequest) -> bool:
        if self._sender is Sender.READER:
            expect_database()
            return request.user.is_authenticated
        return self._may_send(request)

    def _may_send(self, request: HttpRequest) -> bool:
        match self._sender:
            case Sender.READER | Sender.SIGNED:
                return access.may_read(actor_of(request))
            case Sender.TELLER:
                return access.is_verified(actor_of(request))
            case Sender.DECLARANT:
                return not isinstance(actor_of(request), AnonymousUser)
            case Sender.ANYBODY:
                return True

    def returned(self, request: HttpRequest, notice: Notice, **address: Any) -> HttpResponse:
        """Give the form back without acting on it."""
        try:
            if notice is Notice.STALE and not self._may_send(request):
                notice = Notice.EXPIRED
            if notice is Notice.STALE:
                if not self._alone:
                    expect_database()
                return _marked(self._shows(request, notice, **address), notice)
        except Exception as error:
            if (hindrance := _hindrance(error)) is None:
                raise
            notice = hindrance
        return self._alone_again(request, notice, **address)

    def _alone_again(self, request: HttpRequest, notice: Notice, **address: Any) -> HttpResponse:
        """Give the form back without reading the case."""
        if self._alone:
            return _marked(self._shows(request, notice, **address), notice)
        return _marked(plain(request, self._texts, notice=notice), notice)


def plain(
    request: HttpRequest,
    texts: Mapping[str, str | Promise],
    *,
    notice: Notice | None = None,
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show what was typed on a page of its own, for whom the case cannot be read now."""
    posted = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        # What was pressed is not what was typed, and a secret goes into no page: this one only sends.
        if name not in {"csrfmiddlewaretoken", "do", CODE_FIELD}
    ]
    context = {
        "notice": notice,
        "errors": refused.sentences,
        "texts": [(name, texts[name], value) for name, value in posted if name in texts],
        "others": [(name, value) for name, value in posted if name not in texts],
    }
    return render(request, "kept.html", context, status=refused.status)


def refused_again(
    request: HttpRequest,
    texts: Mapping[str, str | Promise],
    refused: Refusal,
    shows: Callable[[], HttpResponse],
) -> HttpResponse:
    """Show a form that was refused: beside its case, or alone where that cannot be read."""
    if not access.may_read(actor_of(request)):
        return plain(request, texts, refused=refused)
    try:
        return shows()
    except Exception as error:
        if _hindrance(error) is None:
            raise
        return plain(request, texts, refused=refused)


def keeps_text(
    shows: View,
    texts: Mapping[str, str | Promise] | None = None,
    *,
    alone: bool = False,
    sender: Sender = Sender.READER,
) -> Callable[[View], KeptForm]:
    """Decorate the view of a form: nothing that was typed is lost.

    `shows(request, notice, **address)` shows the form with what was posted, without acting on it.
    It reads the case, unless `alone` says that it needs neither session nor database; where it
    cannot, a plain page keeps all answers and shows the `texts` (field name to label).
    """

    def decorate(view: View) -> KeptForm:
        return KeptForm(view, shows, texts or {}, alone=alone, sender=sender)

    return decorate


def _hindrance(error: Exception) -> Notice | None:
    """Return what keeps the form from being taken for now; None where it is a defect."""
    if isinstance(error, SpoolFull):
        return Notice.FULL
    if is_outage(error):
        return Notice.OUTAGE
    return Notice.UNREADABLE if isinstance(error, UnknownEventType | UnreadableEvent) else None


def _marked(answer: HttpResponse, notice: Notice) -> HttpResponse:
    answer.status_code = STATUS[notice]
    if answer.status_code in {503, 507}:
        answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer
