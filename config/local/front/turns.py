"""Whose turn it is: the most urgent first, and among equals each sender in turn.

Turns go round addresses first and round credentials inside an address: whoever makes up credentials
shares one address's turns among them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.local.front.urgency import ABANDONED

# A queue that stands this long is longer than the patience of many clients. The newest of a sender
# then goes first: an answer reaches somebody who still waits for it.
STANDING_SECONDS = 2.0
# One turn in so many goes to the less urgent, one urgency after the other: none starves.
LESS_URGENT_EVERY = 16

_Line = dict["Waiting", None]
_Senders = OrderedDict[str, OrderedDict[int, _Line]]


@dataclass(slots=True, eq=False, kw_only=True)
class Waiting:
    """A request that waits: its urgency, who sent it, its bytes, and since when (monotonic)."""

    urgency: int
    address: str
    credential: int
    size: int
    since: float
    granted: asyncio.Future[None]
    number: int = field(default=0, init=False)


class Turns:
    """A weighted fair queue; nothing in it is looked through from end to end to take a turn."""

    def __init__(self) -> None:
        self.size = 0
        self._levels: dict[int, _Senders] = {}
        self._order: _Line = {}
        self._count = 0
        self._picks = 0

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._order)

    def __contains__(self, waiting: Waiting) -> bool:
        return waiting in self._order

    def add(self, waiting: Waiting) -> None:
        """Put a request at the end of its sender's line."""
        self._count += 1
        waiting.number = self._count
        senders = self._levels.setdefault(waiting.urgency, OrderedDict())
        lines = senders.setdefault(waiting.address, OrderedDict())
        lines.setdefault(waiting.credential, {})[waiting] = None
        self._order[waiting] = None
        self.size += waiting.size

    def discard(self, waiting: Waiting) -> None:
        """Take a request out, whether it has had its turn or not."""
        if waiting not in self._order:
            return
        del self._order[waiting]
        self.size -= waiting.size
        senders = self._levels[waiting.urgency]
        lines = senders[waiting.address]
        del lines[waiting.credential][waiting]
        if not lines[waiting.credential]:
            del lines[waiting.credential]
        if not lines:
            del senders[waiting.address]
        if not senders:
            del self._levels[waiting.urgency]

    def demote(self, waiting: Waiting, urgency: int) -> None:
        """Put a request behind the others: nobody waits for its answer any more."""
        if waiting in self._order:
            self.discard(waiting)
            waiting.urgency = urgency
            self.add(waiting)

    def pop(self, now: float) -> Waiting | None:
        """Take out whose turn it is; None when nobody waits."""
        if not self._order:
            return None
        self._picks += 1
        top, *others = sorted(self._levels)
        waiting = [level for level in others if level < ABANDONED]
        rounds, rest = divmod(self._picks, LESS_URGENT_EVERY)
        level = waiting[rounds % len(waiting)] if waiting and not rest else top
        chosen = self._in_turn(self._levels[level], now)
        self.discard(chosen)
        return chosen

    def _in_turn(self, senders: _Senders, now: float) -> Waiting:
        address, lines = next(iter(senders.items()))
        credential, line = next(iter(lines.items()))
        senders.move_to_end(address)
        lines.move_to_end(credential)
        oldest = next(iter(line))
        return next(reversed(line)) if now - oldest.since > STANDING_SECONDS else oldest

    def worst(self) -> Waiting:
        """Return who is refused first: of the least urgent, the newest of who sent most.

        Raises IndexError when nobody waits.
        """
        if not self._order:
            raise IndexError
        senders = self._levels[max(self._levels)]
        lines = max(
            senders.values(),
            key=lambda lines: (
                sum(map(len, lines.values())),
                max(_newest(line).number for line in lines.values()),
            ),
        )
        return _newest(max(lines.values(), key=lambda line: (len(line), _newest(line).number)))


def _newest(line: _Line) -> Waiting:
    return next(reversed(line))
