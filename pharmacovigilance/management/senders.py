"""Two ways to declare a case: over HTTP, or through the actions in this process."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.db import DatabaseError, connection, connections

from accounts.models import User
from events.acknowledged import Acknowledged
from events.errors import CommandReused, Refused, VersionConflict
from pharmacovigilance.actions import declare_adverse_event, receipt_time
from pharmacovigilance.api.serializers import ReportSerializer
from pharmacovigilance.domain.vocabulary import Channel

TIMEOUT_SECONDS = 30
PATH = "/api/v1/declarations"
FINAL = frozenset({400, 401, 403, 413, 415, 422})


class NoAnswer(Exception):
    """Nobody can know yet whether the case is recorded: give the same key again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a case: `status` recorded, spooled or refused, with the reasons."""

    id: str
    status: str
    errors: tuple[dict[str, Any], ...] = ()


class Sender(Protocol):
    """One client; it is used by one thread."""

    def send(self, report: dict[str, Any], key: str) -> Answer:
        """Declare one case. Raises NoAnswer."""

    def close(self) -> None:
        """Give back the connection."""


class HttpSender:
    """Declares over one kept HTTP connection."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def send(self, report: dict[str, Any], key: str) -> Answer:
        """Declare one case. Raises NoAnswer."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            opened = self._opened()
            opened.request("POST", PATH, json.dumps(report), headers)
            response = opened.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as failure:
            self.close()
            raise NoAnswer(type(failure).__name__) from failure
        return self._answer(response.status, content)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _opened(self) -> http.client.HTTPConnection:
        if self._connection is None:
            secure = self._address.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            host, port = self._address.hostname or "127.0.0.1", self._address.port
            self._connection = kind(host, port, timeout=TIMEOUT_SECONDS)
            self._connection.connect()
            # Head and body go in two packets: without this each request waits for an ACK.
            self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def _answer(self, status: int, content: bytes) -> Answer:
        try:
            body = json.loads(content)
        except ValueError:
            raise NoAnswer(str(status)) from None
        if status in {201, 202}:
            return Answer(id=body["id"], status=body["status"])
        if status in FINAL:
            return Answer(id="", status="refused", errors=tuple(body.get("errors") or [body]))
        raise NoAnswer(str(status))


class InProcessSender:
    """Declares through the same serializer and action as the API, without HTTP."""

    def __init__(self, user: User) -> None:
        self._user = user

    def send(self, report: dict[str, Any], key: str) -> Answer:
        """Declare one case. Raises NoAnswer."""
        try:
            # The log's connection raises the driver's own errors: this makes them Django's.
            with connection.wrap_database_errors:
                done = self._declared(report, key)
        except Refused as refused:
            errors = [{"pointer": one.pointer, "code": one.code} for one in refused.problems]
            return Answer(id="", status="refused", errors=tuple(errors))
        except CommandReused as reused:
            return Answer(id="", status="refused", errors=({"pointer": "", "code": reused.code},))
        except (DatabaseError, VersionConflict) as failure:
            self.close()
            raise NoAnswer(type(failure).__name__) from failure
        return Answer(id=str(done.id), status=done.status)

    def _declared(self, report: dict[str, Any], key: str) -> Acknowledged:
        now = receipt_time()
        read = ReportSerializer(report, received_at=now).get()
        return declare_adverse_event(
            self._user, read, idempotency_key=key, channel=Channel.API, now=now
        )

    def close(self) -> None:
        """Close this thread's connections."""
        connections.close_all()
