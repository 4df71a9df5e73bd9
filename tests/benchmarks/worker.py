"""The Celery worker that rebuilds, as the stack starts it, and the memory of its processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.local import environment, processes
from tests.benchmarks.lab import ROOT, Lab

PROCESSES = 2


class Rebuilders:
    """A worker on the queue of rebuilds with two processes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def peak_mb(self) -> float:
        """Return the largest resident set that any of its processes has had, in MB."""
        text = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return max(_peak_mb(int(pid)) for pid in text.split())


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def rebuilders(lab: Lab, database: str) -> Iterator[Rebuilders]:
    """Start the worker, wait until it asks for messages, and end it with the block."""
    addresses = lab.operator(database)
    names = ("DATABASE_URL", "DATABASE_PROJECTOR_URL", "BROKER_URL")
    log = (lab.folder / "rebuilder.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "--quiet", "-A", "config.celery", "worker",
         "--concurrency", str(PROCESSES), "--queues", "slow", "-n", "slow@%h",
         "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        env=environment.of_a_service(addresses, lab.folder, *names),
        preexec_fn=processes.dies_with_parent(signal.SIGKILL),
    )  # fmt: skip
    log.close()
    try:
        if not processes.wait_until(lambda: _listens(addresses["BROKER_URL"]), 60):
            raise RuntimeError("the worker does not listen")
        yield Rebuilders(process)
    finally:
        processes.end_group(process, signal.SIGKILL, 1)


def _listens(broker: str) -> bool:
    with psycopg.connect("postgresql://" + broker.partition("://")[2]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query ILIKE '%pgmq.read%'"
        ).fetchone()
    return found != (0,)


def manage(lab: Lab, database: str, *arguments: str) -> str:
    """Run a command as an operator would; return what it says on stdout."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**os.environ, **lab.operator(database), "DEMO": "1"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-500:]}"
        )
    return done.stdout
