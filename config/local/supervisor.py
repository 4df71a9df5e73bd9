"""Keep processes running: restart any that ends, and leave none behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from config.local import environment, processes
from config.local.postgres import Cluster

_FIRST_PAUSE = 0.2
# What dies again and again is held up, but nobody should wait for it once it can live.
_LONGEST_PAUSE = 3.0
_LIVED_WELL = 10.0


class Child(Protocol):
    """What the supervisor keeps alive: a service, or the database server."""

    name: str
    longest_pause: float

    def launch(self) -> None: ...
    def pid(self) -> int | None: ...
    def ended(self) -> bool: ...


@dataclass(slots=True)
class Service:
    """A program in a process group of its own, which ends with it."""

    name: str
    command: list[str]
    environ: Mapping[str, str]
    log: Path
    # Sockets that outlive the program: who connects while it is started again waits.
    inherits: tuple[int, ...] = ()
    longest_pause: float = _LONGEST_PAUSE
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the program; descendants of a former one are ended first."""
        if self.process is not None:
            processes.send_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        output = processes.open_log(self.log)
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.environ),
                start_new_session=True,
                pass_fds=self.inherits,
                preexec_fn=processes.dies_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )
        finally:
            os.close(output)

    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@dataclass(slots=True)
class Database:
    """The embedded cluster as a child among others."""

    cluster: Cluster
    name: str = "postgres"
    longest_pause: float = _LONGEST_PAUSE

    def launch(self) -> None:
        self.cluster.launch()

    def pid(self) -> int | None:
        return self.cluster.process.pid if self.cluster.process else None

    def ended(self) -> bool:
        process = self.cluster.process
        return process is not None and process.poll() is not None and not self.is_fenced()

    def is_fenced(self) -> bool:
        """Tell whether another server has this one's place; it stays stopped then."""
        return self.cluster.fence.exists()


@dataclass(slots=True)
class _Health:
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Start children in order, restart what ends, stop services before their database.

    A watchdog process of its own holds the other end of a pipe: when this process dies, however it
    dies, the watchdog ends every group that was announced to it.
    """

    folder: Path
    database: Database | None = None
    services: list[Service] = field(default_factory=list)
    say: Callable[[str], None] = print
    _health: dict[str, _Health] = field(default_factory=dict)
    _watchdog: subprocess.Popen[bytes] | None = None
    _identity: int | None = None
    _looked: bool = False
    _fenced: bool = False

    def children(self) -> list[Child]:
        return [*([self.database] if self.database else []), *self.services]

    def watch_over(self) -> None:
        """Start the watchdog; children are announced to it as they start."""
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "config.local.watchdog"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        for child in self.children():
            self.announce(child)

    def launch(self, child: Child) -> None:
        """Start one child, tell the watchdog, and write its number down.

        What cannot be started now (a full disk, no process to be had) is tried again by `check`: all
        others live meanwhile.
        """
        health = self._health.setdefault(child.name, _Health())
        health.started, health.due = time.monotonic(), None
        try:
            child.launch()
        except (OSError, subprocess.SubprocessError) as failure:
            health.pause = min(health.pause * 2, child.longest_pause)
            health.due = health.started + health.pause
            self.say(f"{child.name} cannot be started, it is tried again: {failure}")
            return
        self.announce(child)
        self._write_pids()

    def announce(self, child: Child) -> None:
        """Tell the watchdog whom to end with this process."""
        pid = child.pid()
        if self._watchdog is None or self._watchdog.stdin is None or pid is None:
            return
        data = str(child.cluster.data) if isinstance(child, Database) else ""
        line = json.dumps({"name": child.name, "pid": pid, "data": data}) + "\n"
        try:
            self._watchdog.stdin.write(line.encode())
            self._watchdog.stdin.flush()
        except BrokenPipeError:
            # It was killed; `check` starts another and announces everybody again.
            return

    def _write_pids(self) -> None:
        pids = {child.name: pid for child in self.children() if (pid := child.pid())}
        pids["supervisor"] = os.getpid()
        try:
            environment.write_private(self.folder / "pids.json", json.dumps(pids, indent=1))
        except OSError as failure:
            # For people who look; nothing here reads it.
            self.say(f"pids.json is not up to date: {failure}")

    def check(self) -> None:
        """Look at every child once; start again what has ended and waited long enough."""
        if self._watchdog is not None and self._watchdog.poll() is not None:
            with suppress(OSError, subprocess.SubprocessError):
                # Else at the next look.
                self.watch_over()
        self._keep_fenced()
        self._follow_the_log()
        now = time.monotonic()
        for child in self.children():
            health = self._health.setdefault(child.name, _Health())
            if child is self.database and self._fenced:
                health.due = None
                continue
            # One that could never be started is due, and has not ended.
            if not child.ended() and health.due is None:
                continue
            if health.due is None:
                lived = now - health.started
                longer = min(health.pause * 2, child.longest_pause)
                health.pause = _FIRST_PAUSE if lived > _LIVED_WELL else longer
                health.due = now + health.pause
                self.say(f"{child.name} ended and is started again; see {self.folder / 'log'}")
            elif now >= health.due:
                self.launch(child)

    def _keep_fenced(self) -> None:
        """Stop a server of an old epoch, also one that was frozen while it lost its place."""
        if self.database is None:
            return
        was_fenced, self._fenced = self._fenced, self.database.is_fenced()
        if self._fenced and self.database.cluster.process is not None:
            self.database.cluster.stop(grace=0)
            self.say("this database server is fenced and stays stopped")
        if was_fenced and not self._fenced:
            self.launch(self.database)

    def _follow_the_log(self) -> None:
        """Start whoever speaks to the log again when another server has become the primary."""
        path = self.folder / "log-identity.json"
        found = path.stat().st_mtime_ns if path.exists() else None
        before, self._identity = self._identity, found
        if found is None or found == before or not self._looked:
            self._looked = True
            return
        for service in self.services:
            if "DATABASE_URL" in service.environ and service.process is not None:
                self.launch(service)

    def stop(self) -> None:
        """End the services, then the database: about three seconds at most for each."""
        running = [service.process for service in self.services if service.process is not None]
        for process in running:
            processes.send_group(process.pid, signal.SIGTERM)
        processes.wait_until(lambda: all(p.poll() is not None for p in running), 3)
        for process in running:
            processes.send_group(process.pid, signal.SIGKILL)
            process.wait()
        if self.database is not None:
            self.database.cluster.stop(grace=2)
        if self._watchdog is not None:
            # Nothing is left for it to end.
            self._watchdog.kill()
            self._watchdog.wait()
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
        (self.folder / "pids.json").unlink(missing_ok=True)
