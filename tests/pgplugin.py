"""One throw-away PostgreSQL per test run, a migrated template, one clone of it per process.

Loaded with `-p tests.pgplugin`, before Django's settings are read: a conftest would be too late
when tests run in the controlling process (`-n 0`).
"""

import atexit
import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typing_extensions import override

from config.local import environment, keys, processes, provision
from config.local.postgres import Cluster

TEMPLATE = "vigilance_template"
_FOLDER = "PYTEST_CLUSTER_FOLDER"
_PREFIX = "pharmacovigilance-tests-"
_ROOMY = 2 * 1024**3
_NEEDS_NONE = {
    "--help",
    "-h",
    "--version",
    "-V",
    "--collect-only",
    "--co",
    "--fixtures",
    "--markers",
}

_server: "_Server | None" = None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """Choose the addresses, tell the settings, and start the cluster behind the collection."""
    if os.environ.get("PYTEST_XDIST_WORKER") or _NEEDS_NONE.intersection(args):
        _point_settings_at_this_process()
        return
    global _server  # noqa: PLW0603
    _server = _Server(_new_folder())
    os.environ[_FOLDER] = str(_server.folder)
    _point_settings_at_this_process()
    # A start that fails never reaches `pytest_unconfigure`.
    atexit.register(_server.end)
    _server.start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the cluster and leave nothing on disk."""
    if _server is not None and not os.environ.get("PYTEST_XDIST_WORKER"):
        _server.end()


def process_name() -> str:
    """Return what tells this test process from its siblings: `gw0`, …, or `main`."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def folder() -> Path:
    """Return the run's folder; fails where a run needs no database."""
    return Path(os.environ[_FOLDER])


def dsns(database: str | None = None) -> dict[str, str]:
    """Return the addresses of this process's clone, or of another database of the cluster."""
    kept = json.loads((folder() / "cluster.json").read_text())
    found = environment.dsns(kept, int(kept["port"]), database or f"vigilance_{process_name()}")
    found["BROKER_URL"] = found["BROKER_URL"].rpartition("/")[0] + f"/broker_{process_name()}"
    return found


def admin_dsn(database: str = "postgres") -> str:
    """Return the superuser's address."""
    kept = json.loads((folder() / "cluster.json").read_text())
    return f"postgresql://postgres:{kept['postgres']}@127.0.0.1:{kept['port']}/{database}"


def wait_for_template(seconds: float = 120) -> None:
    """Wait until the template is migrated; raise with the reason when it could not be."""
    failed = folder() / "failed"
    processes.wait_until(lambda: (folder() / "ready").exists() or failed.exists(), seconds)
    if failed.exists():
        raise RuntimeError(failed.read_text())
    if not (folder() / "ready").exists():
        message = f"the test cluster was not ready after {seconds:g} s"
        raise RuntimeError(message)


def fresh_database(name: str, admin: str | None = None) -> None:
    """Make `name` a new copy of the template; whoever is connected to the old one is cut off."""
    with psycopg.connect(admin or admin_dsn(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(
            f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} STRATEGY FILE_COPY OWNER vigilance_owner'
        )
        provision._database(
            connection, name, "vigilance_owner", ["vigilance_projector", "vigilance_app"]
        )
        connection.execute(f'ALTER DATABASE "{name}" SET search_path = public, read')


def _point_settings_at_this_process() -> None:
    # Publishing goes nowhere unless a test asks for a live worker.
    os.environ.pop("BROKER_URL", None)
    if _FOLDER not in os.environ:
        return
    ours = folder() / process_name()
    keys.ensure(ours / "keys")
    os.environ.update(dsns())
    os.environ.pop("BROKER_URL")
    # The folder may be in memory.
    os.environ.update(DATA_DIR=str(ours), PUBLIC_URL="http://testserver", SPOOL_ON_ANY="1")
    # A test that is about something else is not to be about how busy this machine is.
    os.environ["INTAKE_DEADLINE_MS"] = "5000"
    for name in (
        "KEYS_DIR",
        "CHECKPOINT_DIR",
        "JOURNAL_DIR",
        "EMAIL_URL",
        "SECRET_KEY",
        "DEBUG",
        "DEMO",
        "NODE_NAME",
        "SPOOL_DIRS",
    ):
        os.environ.pop(name, None)


def _new_folder() -> Path:
    _remove_what_killed_runs_left()
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_fast_folder()))
    made.chmod(0o755)
    return made


def _fast_folder() -> Path:
    """Return memory where there is enough of it: a clone takes 15 ms there, 400 ms on a slow disk.

    TESTS_FOLDER names another, such as a real disk for the kills.
    """
    if chosen := os.environ.get("TESTS_FOLDER"):
        return Path(chosen)
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOMY:
        return memory
    return Path(tempfile.gettempdir())


def _remove_what_killed_runs_left() -> None:
    for old in _fast_folder().glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (old / "lock").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)


class _Server(threading.Thread):
    """Create, migrate and hold the cluster; its children die with this thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="test-cluster", daemon=True)
        self.folder = folder
        self.ending = threading.Event()
        self.lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        kept = environment.cluster_file(folder)
        self.cluster = Cluster(
            data=folder / "postgres",
            log=folder / "postgres.log",
            password=kept["postgres"],
            port=int(kept["port"]),
            durable=False,
            settings={
                "max_connections": "100",
                "max_wal_size": "256MB",
                "log_min_error_statement": "error",
                "log_error_verbosity": "default",
            },
        )

    @override
    def run(self) -> None:
        try:
            self.cluster.create()
            with self._running():
                self._migrate()
            # Cold, so that tests which attack a server can have a copy of their own.
            shutil.copytree(self.cluster.data, self.folder / "image")
            with self._running():
                (self.folder / "ready").touch()
                self.ending.wait()
        except Exception as failure:  # noqa: BLE001
            detail = getattr(failure, "stderr", None) or ""
            (self.folder / "failing").write_text(f"{failure}\n{detail}")
            (self.folder / "failing").rename(self.folder / "failed")

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        self.cluster.start()
        try:
            yield
        finally:
            self.cluster.stop(grace=2)

    def _migrate(self) -> None:
        addresses = dsns(TEMPLATE)
        addresses.pop("BROKER_URL")
        provision.provision(self.cluster.dsn(), addresses)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            check=True, capture_output=True, text=True,
            env={**os.environ, **addresses, "DJANGO_SETTINGS_MODULE": "config.settings"},
            preexec_fn=processes.dies_with_parent(signal.SIGKILL),
        )  # fmt: skip

    def end(self) -> None:
        if self.ending.is_set():
            return
        self.ending.set()
        self.join(30)
        os.close(self.lock)
        shutil.rmtree(self.folder, ignore_errors=True)
