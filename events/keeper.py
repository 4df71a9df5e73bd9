"""The one thread that connects to the log, and decides when it is reached again."""

import logging
import math
import random
import threading
from time import monotonic

import psycopg
from typing_extensions import override

from events.bounded import Bounded, NotReplicated, TimedOut
from events.lending import ENDED, Lending
from events.proving import Hanging, OtherLog, Prover

log = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE = 5.0
# A server that stands still goes on with the very call that waits for it: waiting beats asking anew,
# and leaves fewer abandoned calls behind.
_LONGEST_PATIENCE = 20.0
_DOUBLINGS = 10

# The connection is well; it is the server that keeps everybody waiting.
_WAITING = (Hanging, psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (TimedOut, "silent"),
    ((NotReplicated, Hanging), "not_replicated"),
    (OtherLog, "other_log"),
    (_WAITING, "too_long"),
    (psycopg.errors.ReadOnlySqlTransaction, "read_only"),
    ((psycopg.errors.InsufficientResources, psycopg.errors.DiskFull), "full"),
)


def reason_of(failure: psycopg.Error) -> str:
    """Return the class of a failure that says that the log is away; it tells no details."""
    return next((reason for kind, reason in _REASONS if isinstance(failure, kind)), "lost")


class Keeper(threading.Thread):
    """Keeps `size` proven connections in `lending`, and its breaker true.

    While it is open the keeper proves one connection after the other, a pause of 200 ms between
    failures; while it is closed it proves again what has been idle.
    """

    def __init__(self, size: int, usual: float) -> None:
        super().__init__(name="line-keeper", daemon=True)
        self.lending = Lending(usual, self._wake)
        self.prover = Prover()
        self._size = size
        self._failures = 0
        self._refill_at = -math.inf
        self._stopping = threading.Event()
        self._attention = threading.Event()

    @override
    def run(self) -> None:
        while True:
            # Before the look at `_stopping`: whoever sets that one sets this one after it.
            self._attention.clear()
            if self._stopping.is_set():
                return
            try:
                pause = self._tend()
            except Exception:
                log.exception("the keeper of the line stumbled")
                self.lending.open("unreachable")
                pause = _LONGEST_PAUSE
            if pause:
                self._attention.wait(pause)

    def end(self) -> None:
        """Stop, and close every connection; whoever still borrows one gets LogAway."""
        self._stopping.set()
        self.lending.open(ENDED)
        self._attention.set()
        self.join(1)
        for connection in self.lending.drain():
            connection.close()

    def _wake(self) -> None:
        if threading.current_thread() is not self:
            self._attention.set()

    def _tend(self) -> float:
        """Do the most urgent thing that there is to do; return how long the next one can wait."""
        if self.prover.follow():
            self._move()
        connection = self.lending.to_prove()
        if connection is not None:
            return self._prove(connection)
        return self._refill()

    def _move(self) -> None:
        """Leave the server that is the log's no longer."""
        self.lending.open("moved")
        for connection in self.lending.drain():
            connection.end()

    def _refill(self) -> float:
        resting = not self.lending.is_open() and monotonic() < self._refill_at
        if resting or self.lending.usable() >= self._size:
            return _PAUSE_SECONDS
        try:
            connection = self.prover.opened(self._patience(), self._is_unwanted)
        except psycopg.Error as failure:
            reason = reason_of(failure)
            return self._failed("unreachable" if reason == "lost" else reason, blame=False)
        return self._prove(connection)

    def _prove(self, connection: Bounded) -> float:
        """Prove a connection and lend it; return the pause after it."""
        was_known = connection.proven_at > 0
        try:
            self.prover.prove(connection, self._patience(), thoroughly=self.lending.is_open())
        except psycopg.Error as failure:
            reason = reason_of(failure)
            # One connection may die alone, and one of several addresses be a standby's.
            blame = reason != "lost" and (was_known or reason != "other_log")
            if isinstance(failure, _WAITING):
                self.lending.doubt(connection)
            else:
                connection.end()
            pause = self._failed(reason, blame=blame)
            # One that died meanwhile is no reason to wait before another is tried.
            return 0 if was_known and reason == "lost" else pause
        self._failures = 0
        self.lending.lend(connection)
        return 0

    def _failed(self, reason: str, *, blame: bool) -> float:
        """Note a failure, open the breaker if it tells of the log; return the pause after it."""
        self._failures += 1
        pause = _PAUSE_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  no secret hangs on it
        self._refill_at = monotonic() + min(pause * self._doubled(), _LONGEST_PAUSE)
        if blame or self.lending.is_open() or not self.lending.usable():
            self.lending.open(reason)
        return pause

    def _patience(self) -> float:
        usual = self.lending.usual
        return min(usual * self._doubled(), _LONGEST_PATIENCE) if self.lending.is_open() else usual

    def _doubled(self) -> int:
        doubled: int = 2 ** min(self._failures, _DOUBLINGS)
        return doubled

    def _is_unwanted(self) -> bool:
        return self._stopping.is_set() or self.prover.is_stale()
