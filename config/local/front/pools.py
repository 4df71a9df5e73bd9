"""A number of places in a service, and the queue of those who wait for one."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from config.local.front import urgency
from config.local.front.turns import Turns, Waiting


class Overloaded(Exception):
    """Too many wait already, or this one has waited too long; nothing was passed on."""


class SenderGone(Exception):
    """Nobody waits for the answer any more, and nothing is lost with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a queue needs to know of a request.

    `urgency` is asked only of what has to wait; `is_kept` says that it is worth doing even when its
    sender has gone: the text of a clinician is, a page is not.
    """

    address: str
    credential: int
    size: int
    urgency: Callable[[], int]
    is_kept: bool


class Departure:
    """Whether the sender of a request has gone, and whom to tell."""

    def __init__(self) -> None:
        self.happened = False
        self.tell: Callable[[], None] | None = None

    def happen(self) -> None:
        """Note that the sender has gone."""
        self.happened = True
        if self.tell is not None:
            self.tell()


class Pool:
    """`slots` requests at once; `most` more wait, at most `most_bytes` of them and `patience` seconds."""

    def __init__(
        self, name: str, slots: int, *, most: int, most_bytes: int = 1 << 62, patience: float
    ) -> None:
        self.name = name
        self.slots = slots
        self.busy = 0
        self.refused = 0
        self.longest = 0.0
        self._most = most
        self._most_bytes = most_bytes
        self._patience = patience
        self._turns = Turns()

    def said(self) -> str:
        """Return what was refused since this was last asked, in numbers; "" for nothing."""
        refused, longest = self.refused, self.longest
        self.refused, self.longest = 0, 0.0
        return f"{self.name}: {refused} refused, longest wait {longest:.2f} s" if refused else ""

    async def enter(self, asked: Asked, departure: Departure) -> None:
        """Take a place, or wait for one. Raises Overloaded, SenderGone."""
        if self.busy < self.slots and not self._turns:
            self.busy += 1
            return
        loop = asyncio.get_running_loop()
        waiting = Waiting(
            urgency=asked.urgency(),
            address=asked.address,
            credential=asked.credential,
            size=asked.size,
            since=loop.time(),
            granted=loop.create_future(),
        )
        self._turns.add(waiting)
        self._refuse_the_worst()
        departure.tell = lambda: self._left_behind(waiting, is_kept=asked.is_kept)
        if departure.happened:
            departure.tell()
        try:
            await self._granted(waiting)
        finally:
            departure.tell = None
            self.longest = max(self.longest, loop.time() - waiting.since)

    async def _granted(self, waiting: Waiting) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.shield(waiting.granted)
        except (TimeoutError, asyncio.CancelledError) as end:
            self._turns.discard(waiting)
            if not waiting.granted.done():
                waiting.granted.cancel()
            elif waiting.granted.exception() is None:
                # The place came at the last moment: somebody else takes it.
                self.leave()
            if isinstance(end, asyncio.CancelledError):
                raise
            self.refused += 1
            raise Overloaded from None

    def leave(self) -> None:
        """Give a place to whoever is next."""
        now = asyncio.get_running_loop().time()
        while (waiting := self._turns.pop(now)) is not None:
            if not waiting.granted.done():
                waiting.granted.set_result(None)
                return
        self.busy -= 1

    def refuse_all(self) -> None:
        """Refuse whoever waits: nobody will have a turn any more."""
        for waiting in list(self._turns):
            self._refuse(waiting)

    def _refuse_the_worst(self) -> None:
        while len(self._turns) > self._most or self._turns.size > self._most_bytes:
            self._refuse(self._turns.worst())

    def _refuse(self, waiting: Waiting) -> None:
        self._turns.discard(waiting)
        self.refused += 1
        waiting.granted.set_exception(Overloaded())

    def _left_behind(self, waiting: Waiting, *, is_kept: bool) -> None:
        if waiting not in self._turns:
            return
        if is_kept:
            self._turns.demote(waiting, urgency.ABANDONED)
        else:
            self._turns.discard(waiting)
            waiting.granted.set_exception(SenderGone())


class Turn:
    """The places that a request has taken; given back once."""

    def __init__(self, pools: Iterable[Pool]) -> None:
        self._pools = list(pools)

    @classmethod
    async def taken(cls, pools: Iterable[Pool], asked: Asked, departure: Departure) -> "Turn":
        """Take a place in each pool, one after the other. Raises Overloaded, SenderGone."""
        turn = cls(())
        try:
            for pool in pools:
                await pool.enter(asked, departure)
                turn._pools.append(pool)
        except BaseException:
            turn.leave()
            raise
        return turn

    def leave(self) -> None:
        """Give the places back."""
        while self._pools:
            self._pools.pop().leave()
