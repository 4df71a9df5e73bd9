"""What the front says of a request: who sent it, and when it had arrived whole."""

import contextlib
import ipaddress
import time
from collections.abc import Callable, Iterable
from typing import Any

ADDRESS = "REMOTE_ADDR"
ARRIVED = "vigilance.arrived"
"""The key of the WSGI environment (`request.META`) with the arrival, in seconds of `time.monotonic`."""

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Fronted:
    """Sets REMOTE_ADDR and `vigilance.arrived` for the application.

    X-Real-IP and X-Arrived (nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share)
    are believed from the loopback address alone, and only where a front is said to be there: the
    front drops whatever a client writes into them. The application sees neither header.
    """

    def __init__(self, app: App, *, behind_front: bool) -> None:
        self._app = app
        self._behind_front = behind_front

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = environ.pop("HTTP_X_REAL_IP", "")
        arrived = environ.pop("HTTP_X_ARRIVED", "")
        now = time.monotonic()
        environ[ARRIVED] = now
        if self._behind_front and _is_loopback(environ[ADDRESS]):
            with contextlib.suppress(ValueError):
                environ[ADDRESS] = str(ipaddress.ip_address(address))
            with contextlib.suppress(ValueError):
                environ[ARRIVED] = min(now, int(arrived) / 1e9)
        return self._app(environ, start_response)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
