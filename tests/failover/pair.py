"""Two servers, one following the other, and clients who append without pause through a failover."""

import contextlib
import json
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import Error, connections
from uuid_utils.compat import uuid7

from config.local import ports, processes, standby
from config.local.postgres import Cluster, _give
from config.local.standby import Primary
from events import epochs, promotion, store
from events.errors import EventError
from events.promotion import Databases, Node
from tests import pgplugin
from tests.attacked import AttackedCluster
from tests.log.notes import command, new_stream, write

DOWN = (Error, psycopg.Error, EventError, OSError)


@dataclass
class Pair:
    """Two nodes, `db1` and `db2`, of which the first of `order` is the primary."""

    servers: dict[str, AttackedCluster]
    order: list[str]
    folder: Path

    @property
    def primary(self) -> AttackedCluster:
        return self.servers[self.order[0]]

    @property
    def other(self) -> AttackedCluster:
        return self.servers[self.order[1]]

    def node(self, name: str) -> Node:
        server = self.servers[name]
        return Node(
            name=name,
            host="127.0.0.1",
            port=server.cluster.port,
            admin=server.dsn("superuser"),
            fence=str(server.cluster.fence),
            data=str(server.cluster.data),
            binaries=str(server.cluster.binaries),
        )

    @property
    def databases(self) -> Databases:
        nodes = [self.node(name) for name in sorted(self.servers)]
        return Databases(nodes=nodes, node_dirs=[str(self.folder)])

    def attach(self) -> tuple[str, str]:
        """Make the second the synchronous standby of the first; return how, and why."""
        name = self.order[1]
        primary = Primary(self.primary.dsn("superuser"))
        done = standby.attach(self.other.cluster, primary, name)
        self.other.start()
        standby.make_synchronous(primary, [name])
        return done

    def swapped(self) -> None:
        """Note that the two have changed places, and send Django to the new primary."""
        self.order.reverse()
        told = json.loads((self.folder / "log-identity.json").read_text())
        assert told["port"] == self.primary.cluster.port
        for alias in ("default", "projector", "owner"):
            connections.databases[alias].update(PORT=str(told["port"]))
        connections.close_all()


@contextlib.contextmanager
def pair_of(first: AttackedCluster, folder: Path) -> Iterator[Pair]:
    """Give a running server a synchronous standby."""
    home = Path(tempfile.mkdtemp(dir=pgplugin.folder()))
    home.chmod(0o755)
    _give(home)
    first.stop()
    first.cluster.settings = {**first.cluster.settings, **standby.SETTINGS}
    first.start()
    cluster = replace(
        first.cluster,
        data=home / "postgres",
        log=home / "postgres.log",
        port=ports.choose(),
        process=None,
    )
    second = AttackedCluster(Cluster(**{f: getattr(cluster, f) for f in cluster.__slots__}),
                             first.passwords)  # fmt: skip
    made = Pair({"db1": first, "db2": second}, ["db1", "db2"], folder)
    try:
        assert made.attach() == ("copied", "no files yet")
        yield made
    finally:
        second.thaw()
        second.cluster.stop(grace=0)
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Load:
    """Threads that append one command after the other, each again until it is acknowledged.

    What a thread waits for on a frozen server is ended by `cut`, as a line with a deadline does.
    """

    clients: int = 4
    acknowledged: list[UUID] = field(default_factory=list)
    _sockets: dict[int, psycopg.Connection] = field(default_factory=dict)

    def __enter__(self) -> "Load":
        self._stop = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._appends) for _ in range(self.clients)),
            threading.Thread(target=self._numbers),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads)

    def cut(self) -> None:
        """End every call that waits."""
        for connection in list(self._sockets.values()):
            with (
                contextlib.suppress(OSError, psycopg.Error),
                socket.socket(fileno=os.dup(connection.fileno())) as wire,
            ):
                wire.shutdown(socket.SHUT_RDWR)

    def wait_for(self, more: int) -> None:
        """Wait until `more` further commands are acknowledged."""
        wanted = len(self.acknowledged) + more
        assert processes.wait_until(lambda: len(self.acknowledged) >= wanted, 30)

    def _appends(self) -> None:
        while not self._stop.is_set():
            identifier, stream = uuid7(), new_stream()
            while not self._stop.is_set():
                if self._tried("default", lambda i=identifier, s=stream: store.append([write(s)], command(i))):  # fmt: skip
                    self.acknowledged.append(identifier)
                    break
        connections.close_all()

    def _numbers(self) -> None:
        while not self._stop.wait(0.02):
            self._tried("projector", epochs.sequence)
        connections.close_all()

    def _tried(self, alias: str, act) -> bool:
        try:
            self._sockets[threading.get_ident()] = store.session(alias)
            act()
        except DOWN:
            connections[alias].close()
            self._stop.wait(0.02)
            return False
        return True


def acknowledges(server: AttackedCluster, seconds: float = 0.5) -> bool:
    """Return whether a write is acknowledged; on a primary without its standby none ever is."""
    connection = server.connect("app", autocommit=True)
    connection.pgconn.send_query(
        b"INSERT INTO events_command VALUES (gen_random_uuid(), sha256('x'), '{}')"
    )

    def answered() -> bool:
        connection.pgconn.consume_input()
        return not connection.pgconn.is_busy()

    try:
        return processes.wait_until(answered, seconds)
    finally:
        connection.close()


def promote(pair: Pair) -> promotion.Steps:
    """Promote the second; return what was done."""
    steps = promotion.Steps()
    target = pair.node(pair.order[1])
    promotion.promote(pair.databases, target, "frozen by the test", steps)
    assert Path(settings.DATA_DIR, "promotions.jsonl").exists()
    return steps
