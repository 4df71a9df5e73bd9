"""The beacon's own web server: two answers, small, never waiting for anybody."""

import json
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from continuity.beacon import page
from continuity.beacon.clock import now

SLOWEST = 5.0
MOST_AT_ONCE = 64
Ask = Callable[[], page.Told]


class Server(ThreadingHTTPServer):
    """Serves what `told` gives; more than 64 callers at once are turned away."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], told: Ask) -> None:
        super().__init__(address, _Handler)
        self.told = told
        self._room = threading.BoundedSemaphore(MOST_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller went away."""


class _Handler(BaseHTTPRequestHandler):
    timeout = SLOWEST
    server: Server

    def do_GET(self) -> None:
        """Answer the page or its JSON."""
        told, at = self.server.told(), now()
        where = self.path.partition("?")[0].rstrip("/")
        if where in {"", "/status"}:
            self._answer("text/html", page.as_html(told, at))
        elif where == "/api/v1/status":
            self._answer("application/json", json.dumps(page.as_json(told, at)))
        else:
            self._answer("text/plain", "/status, /api/v1/status\n", HTTPStatus.NOT_FOUND)

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, kind: str, text: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header(
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"
        )
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "beacon"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep no record of who looked."""


def bound(host: str, port: int, told: Ask) -> Server:
    """Return a server that listens. Raises OSError when the port is taken."""
    server = Server((host, port), told)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return server
