"""The line to the log: how intake reaches it, or learns at once that it cannot.

Only one thread, the keeper, connects. Everybody else borrows a connection that has been proven by
a committed write, until a deadline. The first call that the log fails opens the breaker: every call
under way is ended from outside and every later one refused at once, until the keeper has committed
a probe again. What was under way is in doubt; a command's id makes it safe to give it again.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import psycopg
from django.conf import settings

from events.bounded import Bounded, TimedOut
from events.errors import LogAway
from events.keeper import Keeper, reason_of
from events.lending import State

_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.InternalError_,
    psycopg.errors.DataCorrupted,
    psycopg.errors.IndexCorrupted,
)


class _Held(threading.local):
    """The connection that this thread has borrowed."""

    connection: Bounded | None = None


_held = _Held()


def lent() -> Bounded | None:
    """Return the connection that this thread has borrowed, if it has."""
    return _held.connection


class Line:
    """This process's connections to the log.

    `size` of them are kept, each lent to one thread at a time. A call that lasts half of `usual`
    seconds is long enough to blame the log for it: one that came late is not.
    """

    def __init__(self, size: int, usual: float) -> None:
        self._keeper = Keeper(size, usual)
        self._lending = self._keeper.lending
        self._keeper.start()

    def state(self) -> State:
        """Return whether the log is reached, since when, and why not; asks nobody."""
        return self._lending.state()

    @contextmanager
    def borrowed(self, deadline: float) -> Iterator[Bounded]:
        """Lend this thread a connection until `deadline` (`time.monotonic()` seconds).

        Inside, `store.session()` is that connection, and each wait on it ends at the deadline.
        Raises LogAway when there is none in time, and in place of whatever psycopg raises inside
        that says the same: what was written then is in doubt. Refusals of the log pass untouched.
        """
        if _held.connection is not None:
            raise RuntimeError("this thread has borrowed a connection already")
        connection = self._lending.take(deadline)
        begun = monotonic()
        _held.connection = connection
        try:
            yield connection
        except psycopg.errors.ProgramLimitExceeded:
            # What was asked is too much for any server.
            raise
        except _AWAY as failure:
            self._judge(connection, failure, monotonic() - begun)
            raise LogAway(reason=reason_of(failure)) from failure
        except psycopg.NotSupportedError as failure:
            # A prepared statement that a migration has outdated: another connection knows better.
            connection.end()
            raise LogAway(reason="lost") from failure
        finally:
            _held.connection = None
            self._lending.take_back(connection, self._keeper.prover.identity)

    def _judge(self, connection: Bounded, failure: psycopg.Error, lasted: float) -> None:
        """Open the breaker, unless this call's own lateness or somebody else's opening ended it."""
        late = isinstance(failure, TimedOut) and (
            lasted < self._lending.usual / 2 or not connection.closed
        )
        in_conflict = isinstance(failure, psycopg.errors.TransactionRollback)
        if not (connection.aborted or late or in_conflict):
            self._lending.open(reason_of(failure))

    def close(self) -> None:
        """End the keeper and every connection; whoever still borrows one gets LogAway."""
        self._keeper.end()

    def disown(self) -> None:
        """Let go of what is the parent process's, after a fork; says nothing to the server."""
        for connection in self._lending.everything():
            connection.forget()


class _Own:
    """The line of this process, and those of its parents: nothing of them is closed from here."""

    line: Line | None = None
    lock = threading.Lock()
    inherited: list[Line] = []


def line() -> Line:
    """Return this process's line; its keeper starts with it."""
    if _Own.line is None:
        with _Own.lock:
            if _Own.line is None:
                _Own.line = Line(settings.INTAKE_CONNECTIONS, settings.INTAKE_DEADLINE)
    return _Own.line


def hang_up() -> None:
    """End this process's line; the next use makes another."""
    with _Own.lock:
        ended, _Own.line = _Own.line, None
    if ended is not None:
        ended.close()


def _begin_anew() -> None:
    inherited, _Own.line, _Own.lock = _Own.line, None, threading.Lock()
    _held.connection = None
    if inherited is not None:
        inherited.disown()
        _Own.inherited.append(inherited)


os.register_at_fork(after_in_child=_begin_anew)
atexit.register(hang_up)
