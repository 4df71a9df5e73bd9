"""What holds data of patients is kept by no browser and no proxy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.credentials import INTAKE_COOKIE
from config.problems import is_api

PRIVATE = "private, no-store"


class NotKeptMiddleware:
    """Forbid keeping every answer but a page that was read by somebody whom no cookie names.

    On a computer of a ward, "back" after signing out must not show the patient. What was posted
    comes back in the page where a session has ended, so that such an answer is not kept either.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        public = (
            request.method in {"GET", "HEAD"}
            and not {settings.SESSION_COOKIE_NAME, INTAKE_COOKIE}.intersection(request.COOKIES)
            and not is_api(request)
        )
        if not public:
            response.headers["Cache-Control"] = PRIVATE
        return response
