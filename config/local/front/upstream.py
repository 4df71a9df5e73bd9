"""Pass a whole request on to a service, once, and read its answer.

Each request has a connection of its own: none is ever found closed after the request was sent.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import h11

from config.local.front.pools import Turn
from config.local.front.reading import Request

_CHUNK = 64 * 1024
_PAUSE = 0.05
_BROKEN = (OSError, h11.RemoteProtocolError)


class NotAnswered(Exception):
    """The service gave no answer: `sent` says that it may have read the request."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__(sent)
        self.sent = sent


class TooLate(Exception):
    """The service has not begun to answer in time; it goes on with the request."""


class Broken(Exception):
    """The service ended in the middle of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A service on the loopback address.

    `ports` are tried in order: the service's own, then that of one which can stand in for it.
    `connect_seconds` is how long a service that is being started again is waited for,
    `answer_seconds` how long for the first byte of an answer.
    """

    ports: Sequence[int]
    connect_seconds: float
    answer_seconds: float
    host: str = "127.0.0.1"

    async def ask(
        self, request: Request, headers: list[tuple[bytes, bytes]], turn: Turn
    ) -> "Answering":
        """Send the request and return its answer, of which the head and the first part are there.

        The answer gives the turn back. What acts once is sent once more where the service ended
        before it answered. Raises NotAnswered, TooLate.
        """
        tries_left = 2 if request.is_repeatable() else 1
        while True:
            try:
                reader, writer = await self._connected()
            except OSError:
                turn.leave()
                raise NotAnswered(sent=False) from None
            answering = Answering(reader, writer, turn)
            tries_left -= 1
            try:
                await answering.begin(request, headers, self.answer_seconds)
            except TimeoutError:
                answering.abandon()
                raise TooLate from None
            except _BROKEN:
                writer.close()
                if not tries_left:
                    turn.leave()
                    raise NotAnswered(sent=True) from None
            except BaseException:
                writer.close()
                turn.leave()
                raise
            else:
                return answering

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.connect_seconds
        while True:
            for port in self.ports:
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection(self.host, port, limit=_CHUNK)
            if loop.time() > deadline:
                raise ConnectionRefusedError
            await asyncio.sleep(_PAUSE)


class Answering:
    """One answer of a service, as it comes. Its turn ends with the service's connection: a thread
    that still works for somebody who has gone is no free thread.
    """

    _draining: "set[asyncio.Task[None]]" = set()

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turn: Turn
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = turn
        self._protocol = h11.Connection(h11.CLIENT)
        self.head = h11.Response(status_code=HTTPStatus.BAD_GATEWAY, headers=[])
        self._first: h11.Event | type[h11.PAUSED] | None = None

    async def begin(
        self, request: Request, headers: list[tuple[bytes, bytes]], seconds: float
    ) -> None:
        """Send the request; read the head and the first part: a service that ends between the two
        has answered nothing. Raises TimeoutError, OSError, RemoteProtocolError.
        """
        async with asyncio.timeout(seconds):
            # A service may refuse before it has read all: its answer counts, not the write's error.
            with contextlib.suppress(OSError):
                await self._send(request, headers)
            while not isinstance(event := await self._event(), h11.Response):
                if isinstance(event, h11.ConnectionClosed):
                    raise ConnectionResetError
            self.head = event
            self._first = await self._event()

    async def _send(self, request: Request, headers: list[tuple[bytes, bytes]]) -> None:
        event = h11.Request(method=request.method, target=request.target, headers=headers)
        parts = [self._protocol.send(event)]
        if request.body:
            parts.append(self._protocol.send(h11.Data(data=request.body)))
        parts.append(self._protocol.send(h11.EndOfMessage()))
        self._writer.writelines(part for part in parts if part)
        await self._writer.drain()

    async def part(self) -> bytes | None:
        """Return the next part of the body, None at its end. Raises Broken."""
        event, self._first = self._first, None
        try:
            event = event or await self._event()
        except _BROKEN:
            self._end()
            raise Broken from None
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self._end()
        return None

    def abandon(self) -> None:
        """Let the service finish for nobody; its turn ends when it does."""
        task = asyncio.create_task(self._read_to_the_end())
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self._protocol.next_event()
            if event is not h11.NEED_DATA:
                return event  # type: ignore[return-value]
            self._protocol.receive_data(await self._reader.read(_CHUNK))

    async def _read_to_the_end(self) -> None:
        with contextlib.suppress(OSError):
            while await self._reader.read(_CHUNK):
                pass
        self._end()

    def _end(self) -> None:
        self._writer.close()
        self._turn.leave()
