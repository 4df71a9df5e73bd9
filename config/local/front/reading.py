"""Read one request whole: its head strictly, its body up to a limit, both in bounded time."""

import asyncio
from dataclasses import dataclass, field

import h11

from config.local.front import urgency
from config.local.front.limits import Budget, Limits
from config.local.front.routing import READING, Lane, lane_of, path_of

_CHUNK = 64 * 1024
_END = b"\r\n\r\n"
_NEVER = frozenset({"CONNECT", "TRACE"})


class Refused(Exception):
    """What arrived is no request that anybody answers; the connection ends with `status`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


class Closed(Exception):
    """The client has gone, or was silent between two requests."""


@dataclass(slots=True, kw_only=True)
class Request:
    """A request as it was sent, without the framing: `body` is whole."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    version: bytes
    body: bytes = b""
    path: str = field(init=False)
    lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        self.path = path_of(self.target)
        self.lane = lane_of(self.method, self.path)

    def header(self, name: bytes) -> bytes:
        """Return the first header of that name (lower case), b"" without one."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def content_type(self) -> str:
        return self.header(b"content-type").decode("latin-1")

    def urgency(self) -> int:
        """Return how urgent it is: a form that is asked for comes before what harmed nobody gravely."""
        if self.method in READING:
            return urgency.FORM
        return urgency.of(self.path, self.content_type, self.body)

    def credential(self) -> int:
        """Return what tells senders of one address apart; of no meaning elsewhere."""
        return hash(self.header(b"authorization") or self.header(b"cookie"))

    def is_repeatable(self) -> bool:
        """Say whether it acts once even when it is passed on twice."""
        if self.method in READING or self.header(b"idempotency-key"):
            return True
        if self.lane is not Lane.DECLARING:
            return False
        with_file = urgency.has_key_part(self.content_type, self.body)
        return with_file or urgency.has_form_key(self.fields())

    def fields(self) -> list[tuple[str, str]]:
        """Return the posted fields of a form; none where it is no form, or a very long one."""
        is_form = self.content_type.startswith("application/x-www-form-urlencoded")
        small = len(self.body) <= urgency.LARGEST_READ
        return urgency.fields(self.body) if is_form and small else []


class Source:
    """What one client sends; keeps what came before its time."""

    def __init__(self, reader: asyncio.StreamReader, limits: Limits) -> None:
        self._reader = reader
        self._limits = limits
        self.held = b""

    async def more(self) -> bytes:
        """Return what comes next. Raises Closed at the end."""
        try:
            chunk = await self._reader.read(_CHUNK)
        except OSError:
            raise Closed from None
        if not chunk:
            raise Closed
        return chunk

    async def head(self) -> bytes:
        """Return the next head, with what follows it so far. Raises Closed, Refused."""
        held = bytearray(self.held)
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                while not held.lstrip(b"\r\n"):
                    held = bytearray(await self.more())
        except TimeoutError:
            raise Closed from None
        del held[: len(held) - len(held.lstrip(b"\r\n"))]
        if (end := held.find(_END)) < 0:
            try:
                async with asyncio.timeout(self._limits.head_seconds):
                    while (end := held.find(_END)) < 0:
                        self._bounded(held, len(held))
                        held += await self.more()
            except TimeoutError:
                raise Refused(408, "request_timeout") from None
        self._bounded(held[: end + 4], end)
        return bytes(held)

    def _bounded(self, head: bytearray, length: int) -> None:
        if length > self._limits.head_bytes:
            raise Refused(431, "headers_too_large")
        lines = head.count(b"\r\n")
        # A line end of one sign alone, or a line that goes on in the next, is read in two ways.
        ends = head.count(b"\n"), head.count(b"\r") - head.endswith(b"\r")
        if ends != (lines, lines) or b"\n " in head or b"\n\t" in head or b"\0" in head:
            raise Refused(400, "bad_request")


def parsed(protocol: h11.Connection, head: bytes) -> Request:
    """Return the request of a head, without its body. Raises Refused."""
    try:
        protocol.receive_data(head)
        event = protocol.next_event()
    except h11.RemoteProtocolError as error:
        raise Refused(error.error_status_hint, "bad_request") from None
    if not isinstance(event, h11.Request):
        raise Refused(400, "bad_request")
    request = Request(
        method=event.method.decode("ascii"),
        target=event.target.decode("latin-1"),
        headers=list(event.headers),
        version=event.http_version,
    )
    _check(request)
    return request


def _check(request: Request) -> None:
    names = [name for name, _ in request.headers]
    chunked = b"transfer-encoding" in names
    if request.version not in {b"1.0", b"1.1"}:
        raise Refused(505, "version_not_supported")
    if chunked and (b"content-length" in names or request.version == b"1.0"):
        raise Refused(400, "bad_request")
    if names.count(b"host") > 1 or not request.target.startswith(("/", "*")):
        raise Refused(400, "bad_request")
    if request.method in _NEVER:
        raise Refused(405, "method_not_allowed")


def most_of(request: Request, limits: Limits) -> int:
    """Return how many bytes a body may have: nothing but what clinicians send is ever long."""
    return limits.body_bytes if request.lane is Lane.DECLARING else limits.page_bytes


def check_length(request: Request, limits: Limits) -> None:
    """Raise Refused for a body that says beforehand that it is too long."""
    length, most = request.header(b"content-length"), most_of(request, limits)
    if length and int(length) > most:
        raise _too_large(most, limits)


def _too_large(most: int, limits: Limits) -> Refused:
    return Refused(413, "too_large" if most == limits.body_bytes else "page_too_large")


async def read_body(
    protocol: h11.Connection, source: Source, most: int, limits: Limits, unfinished: Budget
) -> bytes:
    """Return the whole body; what follows it stays in `source`. Raises Closed, Refused."""
    body = _Body(most, limits, unfinished)
    try:
        if not body.is_whole_with(protocol):
            async with asyncio.timeout(limits.body_seconds):
                while not body.is_whole_with(protocol):
                    async with asyncio.timeout(limits.silent_seconds):
                        protocol.receive_data(await source.more())
    except TimeoutError:
        raise Refused(408, "request_timeout") from None
    except h11.RemoteProtocolError:
        raise Refused(400, "bad_request") from None
    finally:
        unfinished.used -= body.taken
    source.held = protocol.trailing_data[0]
    return b"".join(body.parts)


class _Body:
    """The parts of a body that are there, counted while the rest arrives."""

    def __init__(self, most: int, limits: Limits, unfinished: Budget) -> None:
        self._most = most
        self._limits = limits
        self._unfinished = unfinished
        self.parts: list[bytes] = []
        self.taken = 0

    def is_whole_with(self, protocol: h11.Connection) -> bool:
        """Take what has arrived; return whether it is all. Raises Refused, RemoteProtocolError."""
        while isinstance(event := protocol.next_event(), h11.Data):
            self._take(bytes(event.data))
        return event is not h11.NEED_DATA

    def _take(self, part: bytes) -> None:
        self.parts.append(part)
        self.taken += len(part)
        self._unfinished.used += len(part)
        if self.taken > self._most or len(self.parts) > self._limits.chunks:
            raise _too_large(self._most, self._limits)
        if self._unfinished.is_over and self.taken > self._limits.small_bytes:
            raise Refused(503, "overloaded")
