"""Who a request comes from: `request.actor` from claims alone, `request.user` from the database."""

from functools import partial

from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from typing_extensions import override

from accounts import credentials
from accounts.sign_in import keep_cookie


class PeopleMiddleware(AuthenticationMiddleware):
    """Sets both, lazily, and gives a browser that signs in its intake cookie, until it signs out.

    What a clinician writes is judged by `actor`, which asks no database. Pages that read ask for
    `user`, whose row is read each time, and only while the claim of the session stands: a sign-out
    ends copies of its cookie too.
    """

    @override
    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(partial(_user, request))  # type: ignore[assignment]
        request.actor = SimpleLazyObject(partial(credentials.actor_in, request))  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Give or take the intake cookie after a sign-in or a sign-out."""
        keep_cookie(request, response)
        return response


def _user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    return get_user(request) if credentials.sign_in_stands(request) else AnonymousUser()
