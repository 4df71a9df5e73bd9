"""Fixtures that every floor of the tests may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pgplugin
from tests.attacked import AttackedCluster
from tests.browser import chrome
from tests.live import LiveWorker, broker_on

__all__ = ["chrome"]


STACK_SECONDS = 300


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give those that start whole processes more patience than the rest, where they name none."""
    for item in items:
        if item.get_closest_marker("stack") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(STACK_SECONDS))


@pytest.fixture(autouse=True)
def _empty_spools() -> Iterator[None]:
    """Leave nothing in this test process's spools to the next test."""
    yield
    from django.conf import settings

    for folder in settings.SPOOL_DIRS:
        shutil.rmtree(folder, ignore_errors=True)


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
    from django.core.cache import cache
    from django.db import connections

    from accounts.door import quota
    from events import line

    pgplugin.fresh_database(f"vigilance_{pgplugin.process_name()}")
    _forget_what_is_outside()
    cache.clear()
    quota.forget()
    with django_db_blocker.unblock():
        yield
        line.hang_up()
        connections.close_all()


def _forget_what_is_outside() -> None:
    from django.conf import settings

    for left in ("log-identity.json", "databases.json", "promotions.jsonl"):
        (settings.DATA_DIR / left).unlink(missing_ok=True)
    mail = settings.DATA_DIR / "mail"
    for outside in (settings.CHECKPOINT_DIR, settings.JOURNAL_DIR, mail, *settings.SPOOL_DIRS):
        shutil.rmtree(outside, ignore_errors=True)
        Path(outside).mkdir(mode=0o700)
    Path(settings.DATA_DIR, "revocations.json").unlink(missing_ok=True)


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
    from events import line

    _forget_what_is_outside()
    with django_db_blocker.unblock(), AttackedCluster.copied() as cluster, cluster.under_django():
        yield cluster
        line.hang_up()


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
