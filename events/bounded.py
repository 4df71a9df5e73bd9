"""A connection on which nothing waits past a deadline, whatever the server does.

A server that stands still keeps its sockets open and its kernel acknowledges what is sent: neither
`statement_timeout` nor `tcp_user_timeout` ends such a wait, and a cancelled COMMIT that waits for a
standby reports success. So the wait ends on this side, and the socket with it; what was under way
is in doubt, and nobody cancels it.
"""

import math
import select
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, Self

import psycopg
from psycopg import pq
from psycopg.abc import RV, PQGen
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import make_conninfo
from psycopg.waiting import Ready, Wait
from typing_extensions import override

# A machine that is there takes a connection within this, whether its server answers or not.
REACHED_SECONDS = 2.0
# How often a wait looks up: whether it is still wanted.
_SLICE = 0.1
_EVENTS = {
    Wait.R: select.POLLIN,
    Wait.W: select.POLLOUT,
    Wait.RW: select.POLLIN | select.POLLOUT,
}
_POLLED: dict[int, Wait] = {pq.PollingStatus.READING: Wait.R, pq.PollingStatus.WRITING: Wait.W}
_WAIT_CUT_SHORT = {"01000", "57P01"}
_WAITING = {None, "SyncRepWaitForLSN"}


class TimedOut(psycopg.OperationalError):
    """The deadline came before the server's answer."""


class NotReplicated(psycopg.OperationalError):
    """A commit was acknowledged without the standby that it was to wait for."""


def _always_wanted() -> bool:
    return False


class Bounded(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose waits end at `deadline` (`time.monotonic()` seconds), its socket with them.

    `abort` may be called by any thread, everything else by one at a time. Without a deadline set
    nothing can be asked. `unwanted` ends a wait early once it says true.
    """

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        super().__init__(pgconn)
        self.deadline = -math.inf
        self.unwanted: Callable[[], bool] = _always_wanted
        self.aborted = False
        self.proven_at = -math.inf
        self.identity: object = None
        self._cut_short: list[str] = []
        self.add_notice_handler(_collecting_into(self._cut_short))
        # A handle of our own: libpq may close its own at any moment, and the number go to another.
        self._tap: socket.socket | None = socket.fromfd(
            pgconn.socket, socket.AF_UNSPEC, socket.SOCK_STREAM
        )
        self._tap_lock = Lock()

    @classmethod
    def opened(
        cls,
        parameters: Mapping[str, Any],
        patience: float,
        unwanted: Callable[[], bool] = _always_wanted,
    ) -> Self:
        """Connect in autocommit, within `patience` seconds once the machine has been reached.

        `parameters` are Django's: libpq's, and `context`, `cursor_factory`, `prepare_threshold`.
        Raises psycopg.OperationalError, TimedOut.
        """
        own = dict(parameters)
        context, factory = own.pop("context"), own.pop("cursor_factory")
        threshold = own.pop("prepare_threshold")
        connection = cls(_connected(make_conninfo(**own), patience, unwanted))
        connection.cursor_factory = factory
        connection.prepare_threshold = threshold
        connection._commit_by_itself(context.adapters)
        return connection

    def _commit_by_itself(self, adapters: AdaptersMap) -> None:
        # What psycopg's own `connect` does; the public setter would have to wait for its turn.
        self._adapters = AdaptersMap(adapters)
        self._autocommit = True

    @override
    def wait(self, gen: PQGen[RV], interval: float = _SLICE, timeout: float | None = None) -> RV:
        """Drive one call to its end, or to the deadline. Raises TimedOut, NotReplicated.

        What begins after the deadline is not begun, and the connection stays as it is.
        """
        if monotonic() >= self.deadline:
            raise TimedOut
        try:
            answer = self._driven(gen)
        except psycopg.Error as failure:
            if isinstance(failure, TimedOut):
                self.end()
            raise
        except BaseException:
            # Half a conversation: nobody may go on with it.
            self.end()
            raise
        if self._cut_short:
            self.end()
            raise NotReplicated
        return answer

    def _driven(self, gen: PQGen[RV]) -> RV:
        try:
            wanted = next(gen)
            while True:
                ready = _await(self.pgconn.socket, wanted, self.deadline, self.unwanted)
                wanted = gen.send(ready)
        except StopIteration as done:
            answer: RV = done.value
            return answer

    def abort(self) -> None:
        """End the call under way, from any thread; its user gets an OperationalError at once."""
        self.aborted = True
        self._cut()

    def end(self) -> None:
        """Drop the connection without a word to the server, which may be listening or not."""
        self._cut()
        self.close()

    def _cut(self) -> None:
        with self._tap_lock:
            if self._tap is not None:
                with suppress(OSError):
                    self._tap.shutdown(socket.SHUT_RDWR)

    @override
    def close(self) -> None:
        """Take leave of the server; never waits."""
        with self._tap_lock:
            self.forget()
        super().close()
        self.pgconn.finish()

    def forget(self) -> None:
        """Close the second handle and leave the conversation alone: in a forked child it is not ours.

        Takes no lock: the thread that held it may have stayed with the parent.
        """
        tap, self._tap = self._tap, None
        if tap is not None:
            tap.close()


def _connected(conninfo: str, patience: float, unwanted: Callable[[], bool]) -> pq.abc.PGconn:
    pgconn = pq.PGconn.connect_start(conninfo.encode())
    deadline = monotonic() + min(REACHED_SECONDS, patience)
    try:
        while (status := pgconn.connect_poll()) in _POLLED:
            if status == pq.PollingStatus.READING and patience:
                # The machine has answered; its server may take its time.
                deadline, patience = monotonic() + patience, 0
            _await(pgconn.socket, _POLLED[status], deadline, unwanted)
    except BaseException:
        pgconn.finish()
        raise
    if status != pq.PollingStatus.OK:
        failure = psycopg.OperationalError(pgconn.get_error_message())
        pgconn.finish()
        raise failure
    pgconn.nonblocking = 1
    return pgconn


def _await(fileno: int, wanted: Wait, deadline: float, unwanted: Callable[[], bool]) -> Ready:
    poll = select.poll()
    poll.register(fileno, _EVENTS[wanted])
    while True:
        left = max(0.0, deadline - monotonic())
        for _, happened in poll.poll(math.ceil(min(left, _SLICE) * 1000)):
            # A socket in error is ready for both: libpq finds out what is wrong with it.
            if not happened & (select.POLLIN | select.POLLOUT):
                return Ready.RW
            reading = Ready.R if happened & select.POLLIN else Ready.NONE
            writing = Ready.W if happened & select.POLLOUT else Ready.NONE
            return Ready(reading | writing)
        if left == 0 or unwanted():
            raise TimedOut


def _collecting_into(found: list[str]) -> Callable[[psycopg.errors.Diagnostic], None]:
    """Return a handler that notes each commit that stopped waiting for its standby.

    The server's words are in its own language; a proxy may leave out where they come from. What a
    notice says is gone once its handler returns.
    """

    def note(notice: psycopg.errors.Diagnostic) -> None:
        if notice.sqlstate in _WAIT_CUT_SHORT and notice.source_function in _WAITING:
            found.append(notice.sqlstate)

    return note
