"""The files of an earlier moment under the same port: PostgreSQL cannot tell, we can."""

import shutil

import psycopg
import pytest
from django.core.management import call_command
from django.db import Error, connections

from config.celery import settle
from config.local import processes
from config.local.postgres import _give
from events import compare, epochs, registry, store, tasks
from events.epochs import Forked, Same
from events.errors import LogHalted
from tests.attacked import AttackedCluster
from tests.recovery.test_restore import declare

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def copied(pg_cluster, tmp_path, settings):
    """Return (take, bring back): the cluster's files, cold, as a backup of the machine has them."""
    settings.DEMO = True
    call_command("seed_demo")
    data, kept = pg_cluster.cluster.data, tmp_path / "kept"

    def take() -> None:
        pg_cluster.stop()
        shutil.copytree(data, kept)
        pg_cluster.start()
        connections.close_all()

    def bring_back() -> None:
        pg_cluster.kill()
        shutil.rmtree(data)
        shutil.copytree(kept, data)
        own(data)
        pg_cluster.start()

    return take, bring_back


def own(folder) -> None:
    for path in (folder, *folder.rglob("*")):
        _give(path)


def is_halted() -> bool:
    try:
        epochs.guard()
    except LogHalted:
        return True
    return False


def test_a_cold_copy_is_noticed_by_the_next_look(copied, pg_cluster):
    take, bring_back = copied
    declare(3)
    tasks.look_again()
    take()
    assert processes.wait_until(lambda: grows(pg_cluster), 10)
    tasks.look_again()
    before = identity(pg_cluster)
    bring_back()
    assert identity(pg_cluster) == before

    assert processes.wait_until(reachable_and_halted, 30)
    assert isinstance(epochs.check(), Forked)
    settle()
    assert epochs.check() == Same()
    declare(4)
    tasks.look_again()
    assert store.head().epoch == 2
    for projection in registry.projections():
        assert compare.compare(projection).differences == 0


def reachable_and_halted() -> bool:
    try:
        tasks.look_again()
        return is_halted()
    except (Error, psycopg.Error):
        connections.close_all()
        return False


def grows(server: AttackedCluster) -> bool:
    """Declare once; say whether the log has it: just after a start it may lie in the spool instead."""
    before = count(server)
    declare(1)
    return count(server) > before


def count(server: AttackedCluster) -> int:
    with server.connect("superuser") as connection:
        return connection.execute("SELECT count(*) FROM events_event").fetchone()[0]


def identity(server: AttackedCluster) -> tuple | None:
    """Return by what PostgreSQL knows itself: system identifier and timeline."""
    with server.connect("superuser") as connection:
        return connection.execute(
            "SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
            " FROM pg_control_system()"
        ).fetchone()


def test_a_worker_starts_with_the_database_away(pg_cluster, caplog):
    pg_cluster.stop()
    settle()
    assert "not compared at the start" in caplog.text
    pg_cluster.start()
