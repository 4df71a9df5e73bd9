"""Commands given over the line, one by one or by many at once, and how long each took."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

from django.conf import settings

from config.local import processes
from events import store
from events.errors import LogAway
from events.line import line
from tests.log.notes import command, new_stream, write

DEADLINE = 0.5
# What a busy machine may add to a deadline.
LATE = 0.1
AT_ONCE = 0.02


@dataclass(frozen=True)
class Call:
    """One command: what became of it, when it began, and the seconds that it took."""

    outcome: str
    begun: float
    seconds: float
    stream: str
    command: store.Command


def give(limit: float = DEADLINE, again: Call | None = None) -> Call:
    """Give a new command, or one again, and wait for it no longer than `limit` seconds."""
    stream = again.stream if again else new_stream()
    one = again.command if again else command()
    begun = monotonic()
    try:
        with line().borrowed(begun + limit):
            written = store.append([write(stream)], one)
    except LogAway as away:
        outcome = str(away.details["reason"])
    else:
        outcome = "again" if written.again else "written"
    return Call(outcome, begun, monotonic() - begun, stream, one)


def give_at_once(count: int = 8, limit: float = DEADLINE) -> list[Call]:
    """Give `count` commands from as many threads at the same moment."""
    calls: list[Call] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        calls.append(give(limit))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return calls


def at_once(calls: list[Call]) -> bool:
    """Tell whether none of them waited for anything: what a busy machine adds hits a few."""
    took = sorted(call.seconds for call in calls)
    return took[len(took) // 2] < AT_ONCE and took[-1] < LATE


@dataclass
class Load:
    """Threads that give commands without end, each a little after its last."""

    calls: list[Call] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._ending.wait(0.02):
            self.calls.append(give())

    def between(self, begin: float, end: float) -> list[Call]:
        """Return the calls that began in that time."""
        return [call for call in self.calls if begin <= call.begun < end]

    @classmethod
    @contextlib.contextmanager
    def of(cls, count: int) -> Iterator["Load"]:
        """Keep `count` threads busy as long as the block lasts."""
        load = cls()
        threads = [threading.Thread(target=load.run) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield load
        finally:
            load._ending.set()
            for thread in threads:
                thread.join()


def is_closed() -> bool:
    return line().state().status == "closed"


def is_open() -> bool:
    return not is_closed()


def has_all() -> bool:
    """Tell whether every connection that the line keeps is there, proven and idle."""
    return len(line()._lending._proven) == settings.INTAKE_CONNECTIONS


def soon(condition, seconds: float = 1) -> bool:
    """Tell whether `condition` came true within `seconds`."""
    return processes.wait_until(condition, seconds, pause=0.005)
