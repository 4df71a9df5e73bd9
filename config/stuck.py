"""A worker whose children take nothing any more ends itself, and is started again.

The children of a pool share two locks. One that is killed while it holds one, for want of memory or by
a connection that broke, leaves it held for ever: the others wait, messages are taken and nobody acts
on them, and nothing says so. What was taken is not acknowledged, so that it comes back.
"""

import contextlib
import logging
import os
import signal
import threading
import time

from billiard import active_children
from celery.worker import state

STUCK_SECONDS = 20
_log = logging.getLogger(__name__)


class Untaken:
    """Counts for how many looks a task has been waiting for a child.

    A worker takes no more than it has children: none waits but for a moment. Looks are counted, not
    seconds: a machine that stood still was no shorter of children for it.
    """

    def __init__(self, most: int = STUCK_SECONDS) -> None:
        self._most = most
        self._looks: dict[str, int] = {}

    def look(self, reserved: set[str], active: set[str]) -> bool:
        """Return whether a task has waited for too many looks."""
        self._looks = {task: self._looks.get(task, 0) + 1 for task in reserved - active}
        return any(looks >= self._most for looks in self._looks.values())


def watch() -> None:
    """Look once a second, beside the worker."""
    threading.Thread(target=_watch, name="stuck", daemon=True).start()


def _watch() -> None:
    untaken = Untaken()
    while True:
        time.sleep(1)
        try:
            reserved = {request.id for request in tuple(state.reserved_requests)}
            active = {request.id for request in tuple(state.active_requests)}
        except RuntimeError:
            # They changed while they were copied.
            continue
        if untaken.look(reserved, active):
            _log.critical("no child takes what is waiting: this worker ends, to be started again")
            _end()


def _end() -> None:
    """Leave with all children: a lock that nobody gives back would stop an orderly end as well."""
    for child in active_children():
        if child.pid is not None:
            with contextlib.suppress(OSError):
                os.kill(child.pid, signal.SIGKILL)
    os._exit(os.EX_TEMPFAIL)
