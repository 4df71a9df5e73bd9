"""Clients: one coroutine for each connection, from its first byte to its last."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import h11
from typing_extensions import override

from config.local.front import answers
from config.local.front.addresses import Trusted, network_of
from config.local.front.crowd import Clients
from config.local.front.limits import KIB, Budget, Limits
from config.local.front.pools import Asked, Departure, Overloaded, Pool, SenderGone, Turn
from config.local.front.reading import (
    Closed,
    Refused,
    Request,
    Source,
    check_length,
    most_of,
    parsed,
    read_body,
)
from config.local.front.routing import OF_THE_INTAKE, READING, Lane
from config.local.front.taking import Taker
from config.local.front.upstream import Broken, NotAnswered, TooLate, Upstream

_ARRIVED = b"x-arrived"
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 8 * 1024 * KIB


class Ears(asyncio.StreamReader):
    """A reader that says when the other side has ended, while nobody reads."""

    departure: Departure | None = None
    ended = False

    @override
    def feed_eof(self) -> None:
        super().feed_eof()
        self._end()

    @override
    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self._end()

    def _end(self) -> None:
        self.ended = True
        if self.departure is not None:
            self.departure.happen()


@dataclass(slots=True, kw_only=True)
class Front:
    """Everything that clients share."""

    limits: Limits
    pools: Mapping[Lane, Sequence[Pool]]
    upstreams: Mapping[Lane, Upstream]
    trusted: Trusted
    status_url: str
    stopping: bool = False
    unfinished: Budget = field(init=False)
    answers: Budget = field(init=False)
    clients: Clients = field(init=False)

    def __post_init__(self) -> None:
        self.unfinished = Budget(self.limits.unfinished_bytes)
        self.answers = Budget(self.limits.answers_bytes)
        self.clients = Clients(self.limits.connections, self.limits.connections_of_one)

    def every_pool(self) -> Iterable[Pool]:
        """Return each pool once."""
        return {pool.name: pool for pools in self.pools.values() for pool in pools}.values()

    def protocol(self) -> asyncio.StreamReaderProtocol:
        """Return what a new connection speaks with."""
        reader = Ears(limit=64 * KIB)
        return asyncio.StreamReaderProtocol(reader, self._met)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(self, cast("Ears", reader), writer)
        if self.clients.admit(client):
            await client.live()
        else:
            client.cut()


class Client:
    """One connection."""

    def __init__(self, front: Front, reader: Ears, writer: asyncio.StreamWriter) -> None:
        self._front = front
        self._reader = reader
        self._writer = writer
        self._source = Source(reader, front.limits)
        name = writer.get_extra_info("peername")
        self.peer = str(name[0]).removeprefix("::ffff:") if name else ""
        self.sender = network_of(self.peer)
        self.is_proxy = self.peer in front.trusted
        self._taker = Taker(writer, front.limits, front.answers)

    def cut(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    def is_taking(self) -> bool:
        """Say whether something of an answer is still on its way."""
        return self._writer.transport.get_write_buffer_size() > 0

    async def live(self) -> None:
        """Answer request after request until either side has enough."""
        try:
            while await self._next():
                # A hundred requests at once, refused one after the other, are no reason to keep
                # everybody else waiting.
                await asyncio.sleep(0)
        except (Closed, Broken, OSError, TimeoutError):
            self.cut()
        finally:
            self._taker.done()
            self._front.clients.forget(self)
            self._writer.close()

    async def _next(self) -> bool:
        """Read one request and answer it; return whether another may follow."""
        limits, protocol = self._front.limits, h11.Connection(h11.SERVER)
        request = None
        try:
            request = parsed(protocol, await self._source.head())
            check_length(request, limits)
            if protocol.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._taker.write(protocol, go_on)
            request.body = await read_body(
                protocol, self._source, most_of(request, limits), limits, self._front.unfinished
            )
        except Refused as refused:
            await self._turned_away(refused, request)
            return False
        arrived = time.monotonic_ns()
        self._front.clients.has_sent(self)
        await self._answered(protocol, request, arrived)
        # Whoever takes long to read makes room for others, where there is none.
        self._front.clients.expects(self)
        await self._taker.taken()
        self._taker.done()
        over = h11.MUST_CLOSE in {protocol.our_state, protocol.their_state}
        return not over and not self._front.stopping

    async def _turned_away(self, refused: Refused, request: Request | None) -> None:
        """Say what is wrong, and let what is still on its way arrive: else nobody reads it."""
        url = self._front.status_url
        self._writer.write(
            answers.refusal(refused.status, refused.code, request, url, closes=True)
        )
        self._writer.write_eof()
        left = _LINGER_BYTES
        with contextlib.suppress(TimeoutError, Closed):
            async with asyncio.timeout(_LINGER_SECONDS):
                while left > 0:
                    left -= len(await self._source.more())

    async def _answered(self, protocol: h11.Connection, request: Request, arrived: int) -> None:
        front = self._front
        address = front.trusted.client(self.peer, request.headers)
        try:
            turn = await Turn.taken(
                front.pools[request.lane], self._asked(request, address), self._departure()
            )
            answering = await front.upstreams[request.lane].ask(
                request, self._headers(request, address, arrived), turn
            )
        except Overloaded:
            self._refuse(protocol, request, 503, "overloaded")
        except SenderGone:
            raise Closed from None
        except NotAnswered as failure:
            doubt = failure.sent and request.method not in READING
            self._refuse(protocol, request, 503, "in_doubt" if doubt else "unavailable")
        except TooLate:
            self._refuse(protocol, request, 504, "too_late")
        else:
            hurried = request.lane in OF_THE_INTAKE
            await self._taker.pass_on(protocol, answering, hurried=hurried)

    def _asked(self, request: Request, address: str) -> Asked:
        return Asked(
            address=network_of(address),
            credential=request.credential(),
            size=len(request.body),
            urgency=request.urgency,
            is_kept=request.method not in READING,
        )

    def _departure(self) -> Departure:
        departure = self._reader.departure = Departure()
        departure.happened = self._reader.ended
        return departure

    def _headers(self, request: Request, address: str, arrived: int) -> list[tuple[bytes, bytes]]:
        headers = list(self._front.trusted.cleaned(self.peer, request.headers))
        seen = address.encode()
        headers += [(b"x-real-ip", seen), (b"x-forwarded-for", seen), (b"connection", b"close")]
        headers.append((_ARRIVED, str(arrived).encode()))
        if not request.header(b"host"):
            # HTTP/1.0 knows none.
            headers.append((b"host", b"127.0.0.1"))
        if request.body or request.method not in READING:
            headers.append((b"content-length", str(len(request.body)).encode()))
        return headers

    def _refuse(self, protocol: h11.Connection, request: Request, status: int, code: str) -> None:
        """Write an answer of our own; the connection goes on."""
        url, closes = self._front.status_url, protocol.their_state is not h11.DONE
        self._writer.write(answers.refusal(status, code, request, url, closes=closes))
