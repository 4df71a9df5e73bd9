"""When a request arrived: the intake's deadline runs from there, not from its turn."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.fronted import ARRIVED
from events.intake import arriving


class ArrivalMiddleware:
    """Tell the intake when the request had arrived whole; now, where no front says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with arriving(request.META.get(ARRIVED) or time.monotonic()):
            return self.get_response(request)
