"""A cluster that a test may stop, kill or freeze without hurting its neighbours."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from config.local import environment, ports, processes
from config.local.postgres import Cluster, _give
from tests import pgplugin

_DATABASE = "vigilance"


@dataclass
class AttackedCluster:
    """A durable copy of the run's cluster, with one database `vigilance` from the template."""

    cluster: Cluster
    passwords: dict[str, str] = field(repr=False)

    @classmethod
    @contextlib.contextmanager
    def copied(cls) -> Iterator["AttackedCluster"]:
        """Copy the run's cluster as it was once migrated, start the copy, and remove it afterwards."""
        folder = Path(tempfile.mkdtemp(dir=pgplugin.folder()))
        folder.chmod(0o755)
        _give(folder)
        passwords = environment.cluster_file(pgplugin.folder())
        cluster = Cluster(
            data=folder / "postgres",
            log=folder / "postgres.log",
            password=passwords["postgres"],
            port=ports.choose(),
            settings={"shared_buffers": "32MB", "max_connections": "60"},
        )
        shutil.copytree(pgplugin.folder() / "image", cluster.data)
        for path in (cluster.data, *cluster.data.rglob("*")):
            _give(path)
        attacked = cls(cluster, passwords)
        try:
            attacked.start()
            pgplugin.fresh_database(_DATABASE, cluster.dsn())
            yield attacked
        finally:
            attacked.thaw()
            cluster.stop(grace=0)
            shutil.rmtree(folder, ignore_errors=True)

    def dsns(self) -> dict[str, str]:
        """Return every role's address, by the variable that carries it."""
        return environment.dsns(self.passwords, self.cluster.port, _DATABASE)

    def dsn(self, role: str = "app") -> str:
        """Return the address for `app`, `projector`, `owner` or `superuser`."""
        if role == "superuser":
            return self.cluster.dsn(database=_DATABASE)
        variable = {"app": "", "projector": "PROJECTOR_", "owner": "OWNER_"}[role]
        return self.dsns()[f"DATABASE_{variable}URL"]

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.cluster.start()

    def stop(self) -> None:
        """Shut the server down fast."""
        self.cluster.stop()

    def kill(self) -> None:
        """Kill -9 the server and its backends, as a power cut would."""
        assert self.cluster.process is not None
        pids = processes.working_in(self.cluster.data)
        processes.send([self.cluster.process.pid, *pids], signal.SIGKILL)
        self.cluster.process.wait()
        self.cluster.sweep()

    def freeze(self) -> None:
        """Stop every process of the server: connections stay open and nobody answers.

        A signal takes its time on a busy machine; whoever was about to answer would still do so.
        """
        assert processes.wait_until(self._stands_still, 10, pause=0.01)

    def _stands_still(self) -> bool:
        pids = processes.working_in(self.cluster.data)
        processes.send(pids, signal.SIGSTOP)
        stopped = all(_state(pid) in "TZ" for pid in pids)
        # A backend forked between the list and the signal is seen by a second list only.
        return stopped and set(processes.working_in(self.cluster.data)) == set(pids)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        processes.send(processes.working_in(self.cluster.data), signal.SIGCONT)

    def connect(self, role: str = "app", **options) -> psycopg.Connection:
        """Connect as one of the roles."""
        return psycopg.connect(self.dsn(role), **options)

    @contextlib.contextmanager
    def under_django(self) -> Iterator[None]:
        """Point Django's aliases, in every thread, and the environment at this cluster."""
        from django.db import connections

        from events import line

        before = {name: os.environ[name] for name in self.dsns() if name in os.environ}
        ours = {key: value for key, value in self.dsns().items() if key != "BROKER_URL"}
        line.hang_up()
        connections.close_all()
        places = {
            alias: connections.databases[alias] for alias in ("default", "projector", "owner")
        }
        kept = {alias: (place["PORT"], place["NAME"]) for alias, place in places.items()}
        try:
            os.environ.update(ours)
            for place in places.values():
                place.update(PORT=str(self.cluster.port), NAME=_DATABASE)
            yield
        finally:
            line.hang_up()
            connections.close_all()
            os.environ.update(before)
            for alias, (port, name) in kept.items():
                places[alias].update(PORT=port, NAME=name)


def _state(pid: int) -> str:
    """Return one letter for what a process does: T where it is stopped, Z where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"
