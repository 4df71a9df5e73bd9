"""A synchronous standby takes the place of a primary that stands still, by the operator's command.

Promotion is what follows the decision: looking at the standby, fencing, promoting, opening an epoch,
telling every node. `command_s` is the whole command, Python's and Django's start included.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from config.local import environment, ports, processes, standby
from config.local.postgres import Cluster
from config.local.standby import Primary
from tests.benchmarks import streams
from tests.benchmarks.figures import Figure, Round, Target
from tests.benchmarks.lab import ROOT, Lab, forget_connections
from tests.benchmarks.options import Options
from tests.benchmarks.progress import Progress

FIRST, SECOND = "db1", "db2"
STREAMS = 1_000
DATABASE = "bench_failover"


def measure(lab: Lab, options: Options) -> Iterator[Figure]:
    """Yield the seconds of a promotion, and of its steps."""
    progress = Progress("failover", options.rounds)
    rounds = []
    for turn in range(options.rounds):
        progress.step(f"round {turn + 1}: the standby of a frozen primary is promoted")
        rounds.append(_round(lab))
    yield Figure(
        name="failover.promotion",
        unit="s",
        rounds=rounds,
        targets=[Target(what="ours", value=1, at_most=True)],
    )


def _round(lab: Lab) -> Round:
    with lab.database(DATABASE) as database, _home(lab) as home:
        streams.grow(lab, database, STREAMS)
        with _second(lab, home) as second, _followed(lab, second):
            # Half of the log comes by way of replication, as in a life.
            streams.grow(lab, database, 2 * STREAMS, STREAMS)
            _tell(lab, second, home)
            forget_connections()
            with _frozen(lab.cluster):
                began = time.monotonic()
                told = _promoted(lab, home)
                command = time.monotonic() - began
                _must_write(second)
        steps = {f"{step['name']}_s": float(step["seconds"]) for step in told["steps"]}
    return Round(ours=told["seconds"], notes={**steps, "command_s": command})


@contextmanager
def _home(lab: Lab) -> Iterator[Path]:
    """Make the data folder of the node on which the operator decides."""
    home = lab.folder / "failover"
    home.mkdir(mode=0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
        lab.cluster.fence.unlink(missing_ok=True)


@contextmanager
def _second(lab: Lab, home: Path) -> Iterator[Cluster]:
    """Copy the run's cluster into a standby that runs beside it."""
    cluster = Cluster(
        data=home / "postgres",
        log=home / "postgres.log",
        password=lab.cluster.password,
        port=ports.choose(),
        settings=standby.SETTINGS,
    )
    try:
        standby.attach(cluster, Primary(lab.admin(DATABASE)), SECOND)
        cluster.start()
        yield cluster
    finally:
        cluster.stop(grace=1)


@contextmanager
def _followed(lab: Lab, second: Cluster) -> Iterator[None]:
    """Let commits of the first wait for the second; afterwards nobody's, and nothing is kept for it."""
    primary = Primary(lab.admin(DATABASE))
    try:
        standby.make_synchronous(primary, [SECOND])
        yield
    finally:
        with primary.session() as connection:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")
            second.stop(grace=1)
            processes.wait_until(lambda: _dropped(connection), 10)


def _dropped(connection: psycopg.Connection) -> bool:
    with suppress(psycopg.errors.ObjectInUse):
        connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            " WHERE slot_name = %s",
            [SECOND],
        )
        return True
    return False


@contextmanager
def _frozen(cluster: Cluster) -> Iterator[None]:
    found = processes.working_in(cluster.data)
    processes.send(found, signal.SIGSTOP)
    try:
        yield
    finally:
        processes.send(found, signal.SIGCONT)


def _tell(lab: Lab, second: Cluster, home: Path) -> None:
    """Write the site's two servers where the command looks for them."""
    nodes = [_node(FIRST, lab.cluster), _node(SECOND, second)]
    told = {"nodes": nodes, "node_dirs": [str(home)]}
    environment.write_private(home / "databases.json", json.dumps(told))


def _node(name: str, cluster: Cluster) -> Mapping[str, object]:
    return {
        "name": name,
        "host": "127.0.0.1",
        "port": cluster.port,
        "admin": cluster.dsn(database=DATABASE),
        "fence": str(cluster.fence),
        "data": str(cluster.data),
        "binaries": str(cluster.binaries),
    }


def _promoted(lab: Lab, home: Path) -> dict:
    addresses = lab.dsns(DATABASE) | {
        "DATA_DIR": str(home),
        "KEYS_DIR": str(lab.folder / "keys"),
        "CHECKPOINT_DIR": str(lab.folder / "checkpoints"),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "promote", "--to", SECOND,
         "--attest-fenced", "the benchmark has frozen it", "--json"],
        cwd=ROOT, env={**os.environ, **addresses}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"promote ended with {done.returncode}: {done.stderr[-500:]}")
    told: dict = json.loads(done.stdout)
    return told


def _must_write(second: Cluster) -> None:
    """Refuse a figure of a server that is the primary in name alone."""
    with psycopg.connect(second.dsn(database=DATABASE)) as connection:
        connection.execute(
            "INSERT INTO events_command (command_id, digest, result)"
            " VALUES (gen_random_uuid(), sha256('x'), '{}')"
        )
