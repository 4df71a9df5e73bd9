"""Tell the workers, after a commit, that there is something to read.

One message stands for all commits of the last moment; it is sent by a thread, so that no request
waits for the broker. A lost message costs one sweep of the beat.
"""

import logging
import threading

from celery import current_app

log = logging.getLogger(__name__)

LOOK_AGAIN = "events.look_again"
COALESCE_SECONDS = 0.2
# The address of a broker that is none: it would keep every message, in this process, for ever.
NOWHERE = "memory:"


class Nudger:
    """Sends at most one message per COALESCE_SECONDS, however many commits there are.

    Sends none where there is no broker to send to.
    """

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def nudge(self) -> None:
        """Ask for one message soon; returns at once and never fails."""
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="nudge", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if not str(current_app.conf.broker_url).startswith(NOWHERE):
                self._send()
            pause.wait(COALESCE_SECONDS)

    def _send(self) -> None:
        try:
            current_app.send_task(LOOK_AGAIN)
        except Exception as failure:  # noqa: BLE001  whatever the broker's client raises
            log.warning("nudge lost: %s", type(failure).__name__)


nudger = Nudger()
