"""What else is done on a machine for what only its own disk holds, at each round of its drain.

The drain runs on every node with that node's data, whatever else runs elsewhere.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeAlias

log = logging.getLogger(__name__)

EVERY_SECONDS = 30.0
Round: TypeAlias = Callable[[], object]
_rounds: dict[str, Round] = {}


def register(name: str, work: Round) -> None:
    """Let a context do something at each round of this machine's drain; may be done twice."""
    _rounds[name] = work


class LocalRounds:
    """Does what was registered, at most every EVERY_SECONDS."""

    def __init__(self) -> None:
        self._next = 0.0

    def run_if_due(self) -> None:
        """Do all of it if it is time; what fails is logged, taken up again, and stops no drain."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        for name, work in _rounds.items():
            try:
                work()
            except Exception as failure:  # noqa: BLE001  the drain goes on, whatever it is
                log.warning("%s: %s; tried again", name, type(failure).__name__)
