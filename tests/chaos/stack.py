"""The stack that is attacked, seen from outside: its processes, its superuser, its state."""

import http.client
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from config.local import environment, processes
from tests.chaos.ground import Ground
from tests.chaos.proxy import Proxy
from tests.chaos.sink import Sink
from tests.stack.running import ROOT, Stack

ASKED = 8


class NotInjectedError(Exception):
    """A fault did not come about: nothing was shown, whatever held."""


SERVICES = ("postgres", "front", "intake", "web", "worker", "slow_worker", "beat", "beacon")


@dataclass
class Attacked(Stack):
    """A stack whose disks, network, clock and mail server belong to the harness."""

    ground: Ground = field(kw_only=True)
    sink: Sink = field(kw_only=True)

    def __post_init__(self) -> None:
        self.proxy = Proxy(lambda: int(self.kept["port"]))

    @property
    def kept(self) -> dict[str, str]:
        """Return the embedded cluster's port and passwords."""
        return environment.cluster_file(self.folder)

    @property
    def env(self) -> dict[str, str]:
        """Return the environment: the services meet the database through a network of ours."""
        direct = environment.dsns(self.kept, int(self.kept["port"]))
        through = environment.dsns(self.kept, self.proxy.port)
        direct.pop("BROKER_URL")
        told = {**direct, "DATABASE_URL": through["DATABASE_URL"], "EMAIL_URL": self.sink.url}
        return {**super().env, **self.ground.environ(), **told}

    @property
    def superuser_dsn(self) -> str:
        """Return the superuser's own way to the log, past every network of ours."""
        kept = self.kept
        return f"postgresql://postgres:{kept['postgres']}@127.0.0.1:{kept['port']}/vigilance"

    @contextmanager
    def admin(self, database: str = "vigilance") -> Iterator[psycopg.Connection[Any]]:
        """Yield a superuser's connection; it never waits for long. Raises psycopg.Error."""
        dsn = self.superuser_dsn.rpartition("/")[0] + f"/{database}"
        with psycopg.connect(
            dsn, autocommit=True, connect_timeout=3, options="-c statement_timeout=20000"
        ) as connection:
            yield connection

    def pid(self, name: str) -> int:
        """Return a service's process."""
        return self.pids()[name]

    def workers(self, name: str, seconds: float = 10) -> list[int]:
        """Return the children of a service, which do its work; waits until there are some."""
        processes.wait_until(lambda: bool(children(self.pids().get(name, 0))), seconds)
        return children(self.pids().get(name, 0))

    def receiving(self) -> list[int]:
        """Return the processes that receive declarations."""
        return self.workers("intake")

    def everything(self) -> list[int]:
        """Return every process, the supervisor first."""
        first = self.pids()["supervisor"]
        return [first, *(pid for pid in self.alive() if pid != first)]

    def backends(self) -> list[int]:
        """Return the server processes that work for the services. Raises psycopg.Error."""
        with self.admin() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename LIKE 'vigilance_%'"
            ).fetchall()
        return [pid for (pid,) in rows]

    def server(self) -> list[int]:
        """Return the database server's processes, the first one first."""
        first = self.pid("postgres")
        return [
            first,
            *(pid for pid in processes.working_in(self.folder / "postgres") if pid != first),
        ]

    def state(self, port: int = 0) -> dict[str, Any]:
        """Return what /health/ready says at a port, people's unless told; {} where nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port or self.port}/health/ready", timeout=3
            ) as answer:
                told: dict[str, Any] = json.load(answer)
        except (OSError, ValueError, http.client.HTTPException):
            return {}
        return told

    def asked(self, *arguments: str, seconds: float = 90) -> tuple[int, dict[str, Any]]:
        """Run an operator's command with --json; return its exit code and its answer.

        An exit code of 124 means that it did not end in time.
        """
        try:
            done = subprocess.run(
                [sys.executable, "manage.py", *arguments, "--json"],
                cwd=ROOT, env=self.env, capture_output=True, text=True, check=False,
                timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return 124, {"said": f"not done after {seconds:g} s"}
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, {"said": done.stderr[-600:]}

    def receives(self) -> bool:
        """Return whether a disk writes for each process that receives: whichever answers is asked."""
        port = json.loads((self.folder / "ports.json").read_text())["intake"]
        return all(
            self.state(port).get("services", {}).get("intake") == "up" for _ in range(ASKED)
        )


def children(pid: int) -> list[int]:
    """Return the children of a process, [] when it is gone."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(one) for one in told.split()]


def queues(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the broker's queues that are there: one that was dropped comes with its next message."""
    rows = connection.execute("SELECT queue_name FROM pgmq.meta ORDER BY queue_name")
    return [str(name) for (name,) in rows]


def kill(*pids: int) -> None:
    """Kill -9."""
    processes.send(pids, signal.SIGKILL)


@contextmanager
def standing_still(pids: list[int]) -> Iterator[None]:
    """Stop processes where they are for as long as the block lasts."""
    processes.send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        processes.send(pids, signal.SIGCONT)


@contextmanager
def limited(pids: list[int], what: int, most: int) -> Iterator[None]:
    """Let processes have no more of something; those that die meanwhile take it with them."""
    before: dict[int, tuple[int, int]] = {}
    for pid in pids:
        with suppress(OSError):
            soft, hard = resource.prlimit(pid, what)
            resource.prlimit(pid, what, (most, hard))
            before[pid] = (soft, hard)
    try:
        yield
    finally:
        for pid, limits in before.items():
            with suppress(OSError):
                resource.prlimit(pid, what, limits)


@contextmanager
def traced(pids: list[int], *injections: str) -> Iterator[None]:
    """Let the kernel do something else than these processes and their threads ask of it."""
    names = sorted({one.partition(":")[0] for one in injections})
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={','.join(names)}"]
    for one in injections:
        command += ["-e", f"inject={one}"]
    for pid in pids:
        command += ["-p", str(pid)]
    tracer = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=processes.dies_with_parent(signal.SIGTERM),
    )  # fmt: skip
    try:
        if not processes.wait_until(lambda: all(_is_traced(pid) for pid in pids), 5, pause=0.02):
            raise NotInjectedError("strace could not attach to all of them")
        yield
    finally:
        tracer.terminate()
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait()


def _is_traced(pid: int) -> bool:
    """Say whether another process traces this one; also where it is gone, as backends go."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    return "TracerPid:\t0" not in status


def received_by(pid: int) -> int:
    """Return how many commands a process has put into the spool segments that it holds open."""
    return sum(rows_of(pid).values())


def rows_of(pid: int) -> dict[Path, int]:
    """Return the spool segments that a process holds open, with how many commands each has."""
    found = {}
    for path in held_open(pid):
        if path.suffix != ".db" or "spool" not in str(path):
            continue
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as kept,
        ):
            (found[path],) = kept.execute("SELECT count(*) FROM entry").fetchone()
    return found


def held_open(pid: int) -> set[Path]:
    """Return the files that a process holds open."""
    found: set[Path] = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(Path(os.readlink(entry)))
    return found
