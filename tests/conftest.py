"""Fixtures that every floor of the tests may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pgplugin
from tests.attacked import AttackedCluster
from tests.live import LiveWorker, broker_on


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Replace pytest-django's: the template is migrated once, by the plugin."""
    pgplugin.wait_for_template()


@pytest.fixture
def _django_db_helper(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Give the test a copy of the template to itself, under all three roles.

    An append refuses to run inside a transaction, and a rolled-back log would prove nothing: so
    `db`, `transactional_db` and the `django_db` mark all mean the same, and commit for good.
    """
    from django.conf import settings
    from django.core.cache import cache
    from django.db import connections

    pgplugin.fresh_database(f"vigilance_{pgplugin.process_name()}")
    for outside in (settings.CHECKPOINT_DIR, settings.JOURNAL_DIR, settings.DATA_DIR / "mail"):
        shutil.rmtree(outside, ignore_errors=True)
        Path(outside).mkdir(mode=0o700)
    cache.clear()
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture
def app_dsn(db) -> str:
    """Return the address of the test's database for the application's role."""
    return os.environ["DATABASE_URL"]


@pytest.fixture
def projector_dsn(db) -> str:
    """Return the address of the test's database for the projector."""
    return os.environ["DATABASE_PROJECTOR_URL"]


@pytest.fixture
def owner_dsn(db) -> str:
    """Return the address of the test's database for its owner."""
    return os.environ["DATABASE_OWNER_URL"]


@pytest.fixture
def superuser_dsn(db) -> str:
    """Return the address of the test's database for the superuser."""
    return pgplugin.admin_dsn(f"vigilance_{pgplugin.process_name()}")


@pytest.fixture
def pg_cluster(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[AttackedCluster]:
    """Return a durable cluster of the test's own, migrated, to be stopped, killed or frozen.

    Django's three aliases and the DATABASE_* variables point at it as long as the test runs.
    """
    with django_db_blocker.unblock(), AttackedCluster.copied() as cluster, cluster.under_django():
        yield cluster


@pytest.fixture
def live_worker(db, tmp_path) -> Iterator[LiveWorker]:
    """Return a real Celery worker on the test's database and a PGMQ broker of its own.

    What the test publishes goes to that broker.
    """
    addresses = {**pgplugin.dsns(), "DATA_DIR": os.environ["DATA_DIR"]}
    with (
        broker_on(addresses["BROKER_URL"]),
        LiveWorker(addresses, tmp_path / "worker.log") as worker,
    ):
        yield worker
