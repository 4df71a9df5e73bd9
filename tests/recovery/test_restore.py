"""A dump restored into another cluster: everything is visible and new events are projected."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from uuid_utils.compat import uuid7

from accounts.models import User
from config.local.postgres import wheel_binaries
from events import compare, registry, runner, store
from events.verify import verify_log
from pharmacovigilance import actions
from pharmacovigilance.domain.vocabulary import Channel
from tests.attacked import AttackedCluster
from tests.domain.samples import VALID

pytestmark = pytest.mark.timeout(180)


def run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [wheel_binaries() / program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def declare(count: int) -> None:
    doctor = User.objects.get(username="dr.martin")
    for _ in range(count):
        actions.declare_adverse_event(
            doctor, VALID, idempotency_key=str(uuid7()), channel=Channel.API
        )


def everything() -> dict[str, list[tuple]]:
    """Return the log and every read model."""
    with store.session("projector").cursor() as cursor:
        tables = ["events_event", "events_position", "events_block", "events_subject_key"]
        for projection in registry.projections():
            tables += [f"read.{table.name}" for table in projection.tables]
        return {
            table: cursor.execute(f"SELECT t::text FROM {table} AS t ORDER BY 1").fetchall()
            for table in tables
        }


def restored_into(cluster: AttackedCluster, dump: Path) -> None:
    with psycopg.connect(cluster.cluster.dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE vigilance WITH (FORCE)")
        admin.execute("CREATE DATABASE vigilance OWNER vigilance_owner")
    run("pg_restore", "--exit-on-error", f"--dbname={cluster.dsn('owner')}", str(dump))


@pytest.fixture
def dump(tmp_path) -> Path:
    return tmp_path / "vigilance.dump"


def test_a_restored_log_goes_on_where_it_was(pg_cluster, dump, settings):
    settings.DEMO = True
    call_command("seed_demo")
    declare(5)
    for projection in registry.projections():
        runner.catch_up(projection)
    run("pg_dump", "--format=custom", f"--file={dump}", pg_cluster.dsn("owner"))
    before = everything()

    with AttackedCluster.copied() as other:
        restored_into(other, dump)
        with other.under_django():
            assert everything() == before
            assert verify_log().ok
            declare(1)
            for projection in registry.projections():
                assert runner.catch_up(projection) == 1
                assert compare.compare(projection).differences == 0
            assert verify_log().events == 6
            with (
                psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as web,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                web.execute("DELETE FROM events_event")
