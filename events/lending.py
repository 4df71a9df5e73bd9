"""Connections that are lent to one thread at a time, and the breaker that lends none."""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from psycopg.pq import TransactionStatus

from events.bounded import Bounded
from events.errors import LogAway

log = logging.getLogger(__name__)

# A connection that nobody used for this long is proven again.
REPROVE_SECONDS = 2.0
# With less than this left, asking would only put one more command in doubt.
_TOO_LATE_SECONDS = 0.02
STARTING, ENDED = "starting", "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`closed`: the log is reached. `open`: it is not, for `seconds` so far, because of `reason`.

    Reasons: starting, unreachable, lost, silent, too_long, read_only, full, not_replicated,
    other_log, moved, ended; empty while closed.
    """

    status: Literal["open", "closed"]
    reason: str
    seconds: float


class Lending:
    """What is proven, what is doubted, who has borrowed what, and why nothing is lent.

    `usual` is the seconds that a call may last; `on_change` is called, without a lock held, when
    there is something to mend.
    """

    def __init__(self, usual: float, on_change: Callable[[], None]) -> None:
        self.usual = usual
        self._on_change = on_change
        self._changed = threading.Condition()
        self._proven: list[Bounded] = []
        self._doubted: list[Bounded] = []
        self._lent: set[Bounded] = set()
        self._reason = STARTING
        self._since = monotonic()

    def state(self) -> State:
        """Return whether the log is reached, since when, and why not."""
        with self._changed:
            status: Literal["open", "closed"] = "open" if self._reason else "closed"
            return State(status=status, reason=self._reason, seconds=monotonic() - self._since)

    def is_open(self) -> bool:
        """Tell whether nothing is lent."""
        return bool(self._reason)

    def usable(self) -> int:
        """Return how many connections are proven, or lent and not given up."""
        with self._changed:
            return len(self._proven) + sum(not one.aborted for one in self._lent)

    # --- For those who borrow -------------------------------------------------------------------

    def take(self, deadline: float) -> Bounded:
        """Return a proven connection, bounded by `deadline`. Raises LogAway if there is none."""
        with self._changed:
            while True:
                if self._reason not in {"", STARTING}:
                    raise LogAway(reason=self._reason)
                left = deadline - monotonic()
                if left < _TOO_LATE_SECONDS:
                    break
                if self._proven and not self._reason:
                    connection = self._proven.pop()
                    self._lent.add(connection)
                    connection.deadline = deadline
                    return connection
                self._changed.wait(left)
            # Whoever comes next need not wait for a connection that nobody has.
            waited = monotonic() - self._since > self.usual / 2
            if waited and not (self._proven or self._doubted or self._lent):
                self._open("unreachable")
        self._on_change()
        raise LogAway(reason="late")

    def take_back(self, connection: Bounded, identity: object) -> None:
        """Lend a connection to the next, or end it if it is broken or leads to another log."""
        connection.deadline = -math.inf
        with self._changed:
            self._lent.discard(connection)
            fit = (
                not connection.aborted
                and self._reason != ENDED
                and connection.identity == identity
                and connection.pgconn.transaction_status == TransactionStatus.IDLE
            )
            if fit:
                (self._doubted if self._reason else self._proven).append(connection)
                self._changed.notify()
        if not fit:
            connection.end()
            self._on_change()

    def open(self, reason: str) -> None:
        """Lend nothing from now on, doubt every connection, and end every call under way."""
        with self._changed:
            self._open(reason)
        self._on_change()

    def _open(self, reason: str) -> None:
        if self._reason == ENDED:
            return
        if self._reason in {"", STARTING}:
            self._since = monotonic()
            log.warning("the log is away: %s", reason)
        self._reason = reason
        self._doubted += self._proven
        self._proven = []
        for connection in self._lent:
            connection.abort()
        self._changed.notify_all()

    # --- For the keeper -------------------------------------------------------------------------

    def to_prove(self) -> Bounded | None:
        """Return a connection in doubt, or one that was idle for long; it is the caller's alone."""
        with self._changed:
            if self._doubted:
                return self._doubted.pop(0)
            oldest = min(self._proven, key=lambda one: one.proven_at, default=None)
            if oldest is None or oldest.proven_at > monotonic() - REPROVE_SECONDS:
                return None
            self._proven.remove(oldest)
            return oldest

    def doubt(self, connection: Bounded) -> None:
        """Keep a connection that could not be proven and is well, to be proven later."""
        with self._changed:
            self._doubted.append(connection)

    def lend(self, connection: Bounded) -> None:
        """Lend a connection that has been proven: the log is reached."""
        with self._changed:
            if self._reason == ENDED:
                self._doubted.append(connection)
                return
            if self._reason:
                log.info("the log is reached after %.1f s", monotonic() - self._since)
                self._reason, self._since = "", monotonic()
            self._proven.insert(0, connection)
            self._changed.notify()

    def drain(self) -> list[Bounded]:
        """Return every connection in doubt; they are the caller's, to be closed."""
        with self._changed:
            doubted, self._doubted = self._doubted, []
        return doubted

    def everything(self) -> list[Bounded]:
        """Return every connection, without a lock: in a forked child its holder may be missing."""
        return [*self._proven, *self._doubted, *self._lent]
