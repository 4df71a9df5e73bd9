"""Answers on their way to one client, who may take them slowly."""

import asyncio
import math

import h11

from config.local.front.limits import KIB, Budget, Limits
from config.local.front.upstream import Answering

_ALWAYS_HELD = 64 * KIB
_FEWEST_TAKEN = 16 * KIB
_NOT_PASSED_ON = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"server"})


class Taker:
    """What is written to one client; what it has not taken yet is counted in `answers`."""

    def __init__(self, writer: asyncio.StreamWriter, limits: Limits, answers: Budget) -> None:
        self._writer = writer
        self._transport = writer.transport
        self._limits = limits
        self._answers = answers
        self._counted = 0
        self._until = math.inf

    def write(self, protocol: h11.Connection, *events: h11.Event) -> None:
        """Write what the events say."""
        self._writer.write(b"".join(protocol.send(event) or b"" for event in events))

    async def pass_on(
        self, protocol: h11.Connection, answering: Answering, *, hurried: bool
    ) -> None:
        """Pass an answer on as it comes; so much of it is held here that the service is soon free.

        `hurried` is an answer of the intake: more of it is held, for a place there must not wait for
        its reader. Ends with the last part written, not taken. Raises Broken, OSError, TimeoutError.
        """
        limits, begun = self._limits, asyncio.get_running_loop().time()
        most = limits.intake_answer_bytes if hurried else limits.answer_bytes
        self._until = begun + limits.place_seconds if hurried else math.inf
        head = answering.head
        headers = [(name, value) for name, value in head.headers if name not in _NOT_PASSED_ON]
        events: list[h11.Event] = [
            h11.Response(status_code=head.status_code, headers=headers, reason=head.reason)
        ]
        try:
            while (part := await answering.part()) is not None:
                self.write(protocol, *events, h11.Data(data=part))
                events = []
                await self._kept_within(most)
        except (OSError, TimeoutError):
            answering.abandon()
            raise
        self._until = begun + limits.taken_seconds if hurried else math.inf
        self.write(protocol, *events, h11.EndOfMessage())

    async def taken(self) -> None:
        """Wait until the client has taken all that was written. Raises OSError, TimeoutError."""
        if self._transport.get_write_buffer_size():
            self._transport.set_write_buffer_limits(high=0)
            await self._drained()

    def done(self) -> None:
        """Count nothing of this client any more."""
        self._count(0)
        self._until = math.inf

    async def _kept_within(self, most: int) -> None:
        """Hold what was written, up to `most` bytes; wait for the client where it is more."""
        size = self._transport.get_write_buffer_size()
        self._count(size)
        high = _ALWAYS_HELD if self._answers.is_over else most
        # A client that has gone is noticed here; one that lags is waited for.
        if self._transport.is_closing() or size > high // 2:
            self._transport.set_write_buffer_limits(high=high, low=high - _ALWAYS_HELD // 2)
            await self._drained()

    def _count(self, size: int) -> None:
        self._answers.used += size - self._counted
        self._counted = size

    async def _drained(self) -> None:
        """Wait until more may be written. Raises TimeoutError for a client that reads too slowly."""
        loop = asyncio.get_running_loop()
        while True:
            before = self._transport.get_write_buffer_size()
            silent = loop.time() + self._limits.unread_seconds
            try:
                async with asyncio.timeout_at(min(silent, self._until)):
                    await self._writer.drain()
            except TimeoutError:
                taken = before - self._transport.get_write_buffer_size()
                if taken < min(before, _FEWEST_TAKEN) or loop.time() >= self._until:
                    raise
            else:
                return
