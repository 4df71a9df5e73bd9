"""The embedded stack as a child of a test."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from config.local import ports, processes

_OURS = (
    "DATABASE_",
    "BROKER_",
    "DATA_DIR",
    "KEYS_DIR",
    "DJANGO_SETTINGS",
    "PUBLIC_URL",
    "PYTEST_",
)
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Stack:
    """`python -m config.local.up` on a data directory and a port of its own."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=ports.choose)
    status_port: int = field(default_factory=ports.choose)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder.with_suffix(".log")

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of a person at a terminal: nothing of the test's own."""
        ours = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
        numbers = {"PORT": str(self.port), "STATUS_PORT": str(self.status_port)}
        return {**ours, **numbers, **self.environ, "DATA_DIR": str(self.folder)}

    def launch(self) -> None:
        """Start it and wait for nothing."""
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.local.up"], cwd=ROOT, env=self.env,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=processes.dies_with_parent(signal.SIGTERM),
            )  # fmt: skip
        finally:
            os.close(output)

    def start(self, seconds: float = 180) -> "Stack":
        """Start it and wait until it says that it is ready."""
        self.launch()
        return self.ready(seconds)

    def ready(self, seconds: float = 180) -> "Stack":
        """Wait until it says that it is ready."""
        process = self.process
        assert process is not None
        said = processes.wait_until(
            lambda: "Ready in" in self.log.read_text() or process.poll() is not None, seconds
        )
        assert said, self.said()
        assert process.poll() is None, self.said()
        return self

    def said(self) -> str:
        """Return the last lines of the stack and of each of its services, for a failure."""
        logs = [self.log, *sorted((self.folder / "log").glob("*.log"))]
        return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in logs)

    def pids(self) -> dict[str, int]:
        """Return pids.json."""
        found: dict[str, int] = json.loads((self.folder / "pids.json").read_text())
        return found

    def owner(self, seconds: float = 60) -> psycopg.Connection:
        """Connect as the owner of the log, however long (`seconds`) the server takes to recover."""
        until = time.monotonic() + seconds
        while True:
            try:
                dsn = (self.folder / "dsn").read_text().strip()
                return psycopg.connect(dsn, autocommit=True, connect_timeout=5)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def whole(self) -> bool:
        """Say whether everything works: the log is reached too, and nothing is late."""
        try:
            url = f"http://127.0.0.1:{self.port}/health/ready"
            with urllib.request.urlopen(url, timeout=10) as answer:
                told: dict[str, Any] = json.load(answer)
        except (OSError, ValueError, http.client.HTTPException):
            return False
        return bool(told["status"] == "ready")

    def get(self, path: str) -> int:
        """Return the status of a page; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as page:
                return page.status
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code
        except OSError:
            return 0

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as an operator would, telling it the data directory only."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def alive(self) -> list[int]:
        """Return every process that belongs to this stack, by its environment or its folder."""
        mark = f"\0DATA_DIR={self.folder}\0".encode()
        found = set(processes.working_in(self.folder / "postgres"))
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if mark in b"\0" + (entry / "environ").read_bytes():
                    found.add(int(entry.name))
            except OSError:
                continue
        return sorted(found - {os.getpid()})

    def kill(self) -> None:
        """Kill -9 the supervisor alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Press Ctrl-C and wait; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    def end(self) -> None:
        """Leave nothing running, whatever the test did."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            processes.wait_until(lambda: self.process.poll() is not None, 10)
            self.process.kill()
        if self.process is not None:
            self.process.wait()
        processes.wait_until(lambda: not self.alive(), 10)
        processes.send(self.alive(), signal.SIGKILL)
