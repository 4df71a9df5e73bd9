"""A line to a cluster that may be hurt."""

import threading
from collections.abc import Iterator

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from events import line as the_line
from tests.attacked import AttackedCluster
from tests.line.calls import DEADLINE, is_closed, soon


@pytest.fixture
def cluster(pg_cluster, no_django_connection, settings) -> Iterator[AttackedCluster]:
    """Return a cluster of the test's own, with a line to it; no thread outlives the test."""
    settings.INTAKE_DEADLINE = DEADLINE
    before = threads()
    the_line.line()
    assert soon(is_closed, 10)
    try:
        yield pg_cluster
    finally:
        pg_cluster.thaw()
        the_line.hang_up()
    assert threads() <= before


def threads() -> set[threading.Thread]:
    """Return who is running, but for the one thread that tells the workers."""
    return {thread for thread in threading.enumerate() if thread.name != "nudge"}


@pytest.fixture
def no_django_connection(pg_cluster) -> Iterator[None]:
    """Make any use of Django's own connection fail: it has no deadline."""

    def refuse(self) -> None:
        raise AssertionError("Django's connection was used")

    # Taken back before the cluster is: what is put back must be what was there.
    with pytest.MonkeyPatch.context() as patched:
        for name in ("connect", "cursor", "ensure_connection"):
            patched.setattr(BaseDatabaseWrapper, name, refuse)
        yield
