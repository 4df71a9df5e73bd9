"""One real PostgreSQL for a whole run: fsync on, the embedded stack's settings, its own folder."""

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

from config.local import environment, keys, ports, provision
from config.local.postgres import Cluster
from tests import pgplugin

ROOT = Path(__file__).resolve().parent.parent.parent
# Children inherit Django, already set up, and open connections of their own.
FORK = multiprocessing.get_context("fork")


class Lab:
    """The cluster of a run, and the databases that benchmarks ask of it."""

    def __init__(self, folder: Path, cluster: Cluster, passwords: Mapping[str, str]) -> None:
        self.folder = folder
        self.cluster = cluster
        self._passwords = passwords

    def dsns(self, database: str) -> dict[str, str]:
        """Return the addresses of one database, by the variable that carries each."""
        return environment.dsns(self._passwords, self.cluster.port, database)

    def operator(self, database: str) -> dict[str, str]:
        """Return the addresses of one database with the run's one broker, and the data folder."""
        return self.dsns(database) | {"DATA_DIR": str(self.folder)}

    def app(self, database: str) -> str:
        """Return the address of a database for the web's role."""
        return self.dsns(database)["DATABASE_URL"]

    def admin(self, database: str = "postgres") -> str:
        """Return the superuser's address of a database."""
        return self.cluster.dsn(database=database)

    @contextlib.contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Make an empty migrated database, point Django's aliases at it, and drop it at the end."""
        pgplugin.fresh_database(name, self.admin())
        # What is remembered outside is another log's.
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)
        try:
            with _under_django(name):
                yield name
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        with psycopg.connect(self.admin(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def plain_database(self, name: str) -> str:
        """Make an empty database for a peer that brings its own schema; return its address."""
        self.drop(name)
        with psycopg.connect(self.admin(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER vigilance_owner')
        return self.dsns(name)["DATABASE_OWNER_URL"]

    def settled(self) -> None:
        """Write dirty pages out, so that no measurement pays for the one before."""
        with psycopg.connect(self.admin(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def described(self) -> dict[str, str]:
        """Return what the server says of itself, and how busy the machine is with other things."""
        names = (
            "server_version",
            "fsync",
            "synchronous_commit",
            "wal_sync_method",
            "shared_buffers",
        )
        with psycopg.connect(self.admin()) as connection:
            said = {name: _shown(connection, name) for name in names}
        return said | {"load before the run": f"{os.getloadavg()[0]:.1f}"}


def _shown(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


@contextlib.contextmanager
def opened() -> Iterator[Lab]:
    """Create the cluster and its migrated template, set Django up, and remove all of it."""
    folder = Path(tempfile.mkdtemp(prefix="pharmacovigilance-bench-"))
    folder.chmod(0o755)
    passwords = environment.cluster_file(folder)
    cluster = Cluster(
        data=folder / "postgres",
        log=folder / "postgres.log",
        password=passwords["postgres"],
        port=ports.choose(),
    )
    try:
        cluster.create()
        cluster.start()
        lab = Lab(folder, cluster, passwords)
        _migrate(lab)
        _set_django_up()
        yield lab
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _migrate(lab: Lab) -> None:
    addresses = lab.dsns(pgplugin.TEMPLATE)
    provision.provision(lab.admin(), addresses)
    keys.ensure(lab.folder / "keys")
    for name in (
        "KEYS_DIR",
        "CHECKPOINT_DIR",
        "JOURNAL_DIR",
        "NODE_NAME",
        "SPOOL_DIRS",
        "SECRET_KEY",
        "DEBUG",
        "BROKER_URL",
    ):
        os.environ.pop(name, None)
    broker = addresses.pop("BROKER_URL")
    os.environ.update(addresses, DATA_DIR=str(lab.folder), LOG_LEVEL="ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
        check=True, cwd=ROOT, env={**os.environ, "BROKER_URL": broker},
    )  # fmt: skip


def _set_django_up() -> None:
    import django

    django.setup()
    forget_connections()


def forget_connections() -> None:
    """Close Django's connections, so that no child inherits an open one."""
    from django.db import connections

    connections.close_all()


@contextlib.contextmanager
def _under_django(database: str) -> Iterator[None]:
    """Point Django's aliases and the DATABASE_* variables at one database of the cluster."""
    from django.db import connections

    forget_connections()
    names = ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "DATABASE_OWNER_URL")
    before = {name: os.environ[name] for name in names}
    places = [connections.databases[alias] for alias in ("default", "projector", "owner")]
    try:
        for place in places:
            place["NAME"] = database
        for name in names:
            os.environ[name] = before[name].rpartition("/")[0] + f"/{database}"
        yield
    finally:
        forget_connections()
        os.environ.update(before)
        for place in places:
            place["NAME"] = pgplugin.TEMPLATE
