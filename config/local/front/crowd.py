"""Who is connected, and who makes room where there are too many."""

from collections import Counter
from typing import Protocol


class Guest(Protocol):
    """A connection: `sender` is what one sender has at will, `is_proxy` says that many stand behind."""

    sender: str
    is_proxy: bool

    def is_taking(self) -> bool:
        """Say whether something of an answer is still on its way to it."""

    def cut(self) -> None:
        """End the connection at once."""


class Clients:
    """At most `most` connections, `most_of_one` of one sender.

    Where there are too many, whoever has sent no whole request makes room: the one that has been
    there longest, of the sender that has most of them. A sender with too many makes room itself.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._all: set[Guest] = set()
        self._of: Counter[str] = Counter()
        self._unfinished: dict[str, dict[Guest, None]] = {}
        self.cut_off = 0

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, client: Guest) -> bool:
        """Take a client in; return False where there is no room and nobody makes any."""
        while not client.is_proxy and self._of[client.sender] >= self._most_of_one:
            if not self._make_room(self._unfinished.get(client.sender, {})):
                return False
        while len(self._all) >= self._most:
            if not self._make_room(max(self._unfinished.values(), key=len, default={})):
                return False
        self._all.add(client)
        self._of[client.sender] += 1
        self.expects(client)
        return True

    def _make_room(self, crowd: dict[Guest, None]) -> bool:
        self.cut_off += 1
        if not crowd:
            return False
        oldest = next(iter(crowd))
        self.forget(oldest)
        oldest.cut()
        return True

    def expects(self, client: Guest) -> None:
        """Note that no service works for a client: its request is not whole, or is answered."""
        if client in self._all:
            self._unfinished.setdefault(client.sender, {})[client] = None

    def has_sent(self, client: Guest) -> None:
        """Note that a client waits for an answer: it is not cut off to make room."""
        if mine := self._unfinished.get(client.sender):
            mine.pop(client, None)
            if not mine:
                del self._unfinished[client.sender]

    def forget(self, client: Guest) -> None:
        """Let a client go."""
        if client not in self._all:
            return
        self._all.discard(client)
        self.has_sent(client)
        self._of[client.sender] -= 1
        if not self._of[client.sender]:
            del self._of[client.sender]

    def cut_all_that_wait_for_nothing(self) -> None:
        """End every connection without a whole request."""
        for mine in list(self._unfinished.values()):
            for client in list(mine):
                if not client.is_taking():
                    client.cut()
