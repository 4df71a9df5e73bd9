"""A real Celery worker for a test, and the broker between them."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from kombu import pools
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from config.local import environment, processes, provision
from tests import pgplugin


@contextlib.contextmanager
def broker_on(url: str) -> Iterator[None]:
    """Empty the PGMQ broker at `url` and let this process publish to it."""
    from config.celery import app
    from config.settings import broker

    name = str(conninfo_to_dict("postgresql://" + url.partition("://")[2])["dbname"])
    with psycopg.connect(pgplugin.admin_dsn(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
    provision._pgmq(pgplugin.admin_dsn(), url)
    before = {key: app.conf[key] for key in ("broker_url", "broker_transport_options")}
    _publish_with(app, broker._transport(url, visibility=20))
    try:
        yield
    finally:
        _publish_with(app, before)


def _publish_with(app, settings: Mapping[str, object]) -> None:
    # Pools are kept by address: a new broker at an old address would meet closed connections.
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
    app.conf.update(settings)


class LiveWorker:
    """One worker process with two children, on the addresses it is given."""

    def __init__(self, addresses: Mapping[str, str], log: Path, *, beat: bool = False) -> None:
        self.addresses = addresses
        self.log = log
        self.beat = beat
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "LiveWorker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start the worker and wait until it asks the broker for messages."""
        names = ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL")
        told = environment.of_a_service(self.addresses, Path(self.addresses["DATA_DIR"]), *names)
        told |= {"DJANGO_SETTINGS_MODULE": "config.settings", "BROKER_VISIBILITY_TIMEOUT": "20"}
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        beat = ["-B", "-S", "celery.beat:Scheduler"] if self.beat else []
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery", "worker",
                 "--concurrency", "2", "--loglevel", "INFO", "--without-gossip",
                 "--without-mingle", "--without-heartbeat", *beat],
                env=told, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=processes.dies_with_parent(signal.SIGKILL),
            )  # fmt: skip
        finally:
            os.close(output)
        if not processes.wait_until(self._listens, 40):
            raise AssertionError(f"the worker does not listen:\n{self.log.read_text()[-3000:]}")

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        dsn = "postgresql://" + self.addresses["BROKER_URL"].partition("://")[2]
        with psycopg.connect(dsn) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND query ILIKE '%pgmq.read%'"
            ).fetchone()
        return found != (0,)

    def kill(self) -> None:
        """Kill -9 the worker and its children."""
        if self.process is not None:
            processes.send_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
