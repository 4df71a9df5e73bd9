"""Several threads that go through streams together: one stream in one thread, in its own order.

A command waits for its commit most of the time, and commits that wait together reach the disk together.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from django.db import connections

R = TypeVar("R")
D = TypeVar("D")


def many(
    streams: Iterable[Sequence[R]], work: Callable[[R], D], hands: int
) -> Iterator[tuple[R, D]]:
    """Yield each row with what `work` made of it, as it is done; streams are begun in their order.

    What `work` raises is raised here, once every thread has ended the row it was at; so it is when the
    caller stops asking. Each thread has database connections of its own, closed at its end.
    """
    crew = _Crew(streams, work)
    threads = [
        threading.Thread(target=crew.labour, name="drain", daemon=True) for _ in range(hands)
    ]
    for thread in threads:
        thread.start()
    try:
        yield from crew.told(hands)
    finally:
        crew.over.set()
        for thread in threads:
            thread.join()


class _Crew(Generic[R, D]):
    def __init__(self, streams: Iterable[Sequence[R]], work: Callable[[R], D]) -> None:
        self.over = threading.Event()
        self._streams = iter(streams)
        self._taking = threading.Lock()
        self._work = work
        self._told: SimpleQueue[tuple[R, D] | BaseException | None] = SimpleQueue()

    def told(self, hands: int) -> Iterator[tuple[R, D]]:
        """Yield what was done until every hand has ended; then raise what the first of them raised."""
        failure: BaseException | None = None
        while hands:
            match self._told.get():
                case None:
                    hands -= 1
                case BaseException() as raised:
                    failure = failure or raised
                case row, done:
                    yield row, done
        if failure is not None:
            raise failure

    def labour(self) -> None:
        """Take stream after stream until there is none, somebody failed, or nobody asks."""
        try:
            for row in self._rows():
                self._told.put((row, self._work(row)))
        except BaseException as failure:  # noqa: BLE001  raised again where it is waited for
            self.over.set()
            self._told.put(failure)
        finally:
            connections.close_all()
            self._told.put(None)

    def _rows(self) -> Iterator[R]:
        while not self.over.is_set():
            with self._taking:
                rows = next(self._streams, None)
            if rows is None:
                return
            for row in rows:
                if self.over.is_set():
                    return
                yield row
