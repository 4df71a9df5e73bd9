"""A client that costs almost nothing: it shares the processors with what it measures."""

import json
import socket
import time
from typing import Any

PATIENCE = 30.0
PAUSE = 0.02


class Wire:
    """One kept connection that posts JSON bodies; made again when the server has closed it."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        )

    def post(self, body: bytes, key: str) -> dict[str, Any]:
        """Return the answer's JSON: recorded (201), or kept in the spool until the log has it (202).

        Raises RuntimeError for any other status.
        """
        return self._posted(body, key)[1]

    def recorded(self, body: bytes, key: str) -> dict[str, Any]:
        """Post the same until the log has it: to be kept in the spool alone is not enough.

        Raises RuntimeError for any status but 201 and 202, and after 30 s.
        """
        until = time.monotonic() + PATIENCE
        while True:
            status, said = self._posted(body, key)
            if status == b"201":
                return said
            if time.monotonic() > until:
                raise RuntimeError("kept in the spool, and not recorded")
            time.sleep(PAUSE)

    def _posted(self, body: bytes, key: str) -> tuple[bytes, dict[str, Any]]:
        head = f"{self._head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        status, content = self._asked(head.encode() + body)
        if status not in {b"201", b"202"}:
            raise RuntimeError(f"{status.decode()}: {content[:300].decode()}")
        said: dict[str, Any] = json.loads(content)
        return status, said

    def _asked(self, message: bytes) -> tuple[bytes, bytes]:
        try:
            return self._exchanged(message)
        except ConnectionError:
            # gunicorn closes what was silent for two seconds; the key makes a second try safe.
            self._socket = None
            return self._exchanged(message)

    def _exchanged(self, message: bytes) -> tuple[bytes, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        head, content = b"", b""
        while not head:
            content += self._received()
            before, found, after = content.partition(b"\r\n\r\n")
            if found:
                head, content = before, after
        length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        while len(content) < length:
            content += self._received()
        if b"connection: close" in head.lower():
            self._socket = None
        return head.split(b" ", 2)[1], content

    def _received(self) -> bytes:
        assert self._socket is not None
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionResetError
        return received
