"""A log that goes away, and what a sender is told meanwhile."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections

from config.local import processes
from events import line
from events.drain import Drainer
from events.line import line as the_line
from tests.api.conftest import *  # noqa: F403  its people and their clients
from tests.attacked import AttackedCluster


class Outage:
    """The log of one test: goes away and comes back."""

    def __init__(self, cluster: AttackedCluster) -> None:
        self.cluster = cluster

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the server for as long as the block lasts."""
        self.cluster.kill()
        try:
            yield
        finally:
            self.back()

    def back(self) -> None:
        """Start the server, if need be, and wait until this process has reached it."""
        process = self.cluster.cluster.process
        if process is None or process.poll() is not None:
            self.cluster.start()
        connections.close_all()
        assert processes.wait_until(lambda: the_line().state().status == "closed", 20)


@pytest.fixture
def outage(pg_cluster, settings) -> Iterator[Outage]:
    """Return a log of the test's own, with everything that lies beside it empty."""
    for folder in settings.SPOOL_DIRS:
        shutil.rmtree(folder, ignore_errors=True)
    yield Outage(pg_cluster)
    pg_cluster.thaw()


@pytest.fixture
def db(outage) -> None:
    """Let the people of these tests live in the cluster that is hurt."""


@contextmanager
def node(name: str, settings, folder: Path) -> Iterator[None]:
    """Be another web node for a while: another name, other disks, the same keys."""
    before = settings.NODE_NAME, settings.SPOOL_DIRS
    settings.NODE_NAME, settings.SPOOL_DIRS = name, [folder / name]
    line.hang_up()
    try:
        yield
    finally:
        settings.NODE_NAME, settings.SPOOL_DIRS = before
        line.hang_up()


def drained(**expected: int) -> None:
    """Drain as a process that knows nothing yet, and say what it did."""
    counts = Drainer(grace=timedelta(0)).once()
    found = {name: getattr(counts, name) for name in counts.__slots__ if getattr(counts, name)}
    assert found == expected
