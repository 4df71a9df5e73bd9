"""The thread that keeps this node's list of revocations young, in each process that serves."""

import logging
import threading

from django.db import Error, connections
from django.utils import timezone
from typing_extensions import override

from accounts import revocation

log = logging.getLogger(__name__)

PERIOD_SECONDS = 10.0


class Refresher(threading.Thread):
    """Compares the list with the database every ten seconds, for as long as the process lives.

    Start it after the fork. Nobody waits for it: while the database is away the list gets older.
    """

    def __init__(self, period: float = PERIOD_SECONDS) -> None:
        super().__init__(name="revocations", daemon=True)
        self._period = period
        self._stopping = threading.Event()

    @override
    def run(self) -> None:
        while not self._stopping.is_set():
            self._look()
            self._stopping.wait(self._period)

    def end(self) -> None:
        """Stop, after what is under way."""
        self._stopping.set()
        self.join()

    def _look(self) -> None:
        now = timezone.now()  # noqa: TID251  it is as of now
        known = revocation.revoked().as_of
        # Another process of this node has just done it: one file is theirs.
        if known is not None and 0 <= (now - known).total_seconds() < self._period / 2:
            return
        try:
            revocation.refresh(now)
        except (Error, OSError) as error:
            log.warning("revocations not refreshed: %s", type(error).__name__)
        except Exception:
            log.exception("the refresh of revocations stumbled")
        finally:
            # None is held for ten seconds of rest, and none that has died is met again.
            connections.close_all()
