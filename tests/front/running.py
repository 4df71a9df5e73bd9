"""A front and two tiny services behind it, as processes of a test's own."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.local import ports, processes, up

ROOT = Path(__file__).resolve().parent.parent.parent
DECLARE = "/api/v1/declarations"
READ = "/api/v1/worklist"
PLACES = 4


@dataclass
class Told:
    """An answer, and the seconds that it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Doorway:
    """One front, a service for the intake and one for the rest: one process of four threads each."""

    folder: Path
    options: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=ports.choose)
    behind: dict[str, int] = field(
        default_factory=lambda: {"intake": ports.choose(), "web": ports.choose()}
    )
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "Doorway":
        try:
            for name in self.behind:
                self.start(name)
            self.start("front")
            assert processes.wait_until(self.is_ready, 30), self.said()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running.values():
            processes.end_group(process, signal.SIGKILL, 0)

    def is_ready(self) -> bool:
        """Tell whether both services answer through the front."""
        return self.get("/health/live").status == 200 and self.get(f"{DECLARE}x/y").status in {
            200, 404,
        } and self.post(DECLARE).status == 201  # fmt: skip

    def start(self, name: str) -> None:
        """Start the front or a service; without waiting for it."""
        self.running[name] = subprocess.Popen(
            self._command(name), cwd=ROOT, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=(log := (self.folder / f"{name}.log").open("ab")), stderr=log,
            env={**os.environ, "FRONT": "1", "TINY": name, **self.environ},
            preexec_fn=processes.dies_with_parent(signal.SIGKILL),
        )  # fmt: skip
        log.close()

    def _command(self, name: str) -> list[str]:
        if name == "front":
            places = [f"--{one}={port}:{PLACES}" for one, port in self.behind.items()]
            return [sys.executable, "-m", "config.local.front", f"--listen=127.0.0.1:{self.port}",
                    "--status-url=http://status.example/status", *places, *self.options]  # fmt: skip
        command = up._gunicorn(name, self.behind[name], self.folder)
        command[command.index("config.wsgi")] = "tests.front.tiny:application"
        command[command.index("--workers") + 1] = "1"
        return command

    def kill(self, name: str) -> None:
        """Kill -9 the front or a service, its workers too, and wait until nobody listens."""
        processes.end_group(self.running.pop(name), signal.SIGKILL, 0)
        port = self.behind.get(name, self.port)
        assert processes.wait_until(lambda: ports.is_free(port), 10)

    def said(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))

    def memory_kib(self) -> int:
        """Return the front's resident memory."""
        lines = Path(f"/proc/{self.running['front'].pid}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))

    # --- asking -----------------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> Told:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: object = None, **headers: str) -> Told:
        """Post JSON, or bytes as they are; header names with _ for -."""
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self.ask("POST", path, content, {"Content_Type": "application/json", **headers})

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Told:
        """Return the answer; status 0 where there is none."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            content = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Told(answer.status, found, content, time.monotonic() - began)
        except (OSError, http.client.HTTPException) as error:
            return Told(0, {}, repr(error).encode(), time.monotonic() - began)
        finally:
            connection.close()

    def connected(self, origin: str = "127.0.0.1") -> socket.socket:
        """Return a connection to write to by hand, from one of the loopback addresses."""
        there = "127.0.0.1", self.port
        return socket.create_connection(there, timeout=20, source_address=(origin, 0))

    def raw(self, sent: bytes) -> bytes:
        """Write bytes and return all that comes back until the front closes."""
        with self.connected() as line:
            line.sendall(sent)
            return received(line)

    @contextlib.contextmanager
    def many(
        self, count: int, sent: bytes, origin: str = "127.0.0.1"
    ) -> Iterator[list[socket.socket]]:
        """Open `count` connections on each of which `sent` was written and nothing follows."""
        with contextlib.ExitStack() as stack:
            lines = [stack.enter_context(self.connected(origin)) for _ in range(count)]
            for line in lines:
                line.sendall(sent)
            yield lines

    @contextlib.contextmanager
    def flood(self, count: int, ask) -> Iterator[list[Any]]:
        """Ask `count` times at once, in threads; yields the answers, which are there at the end."""
        told: list[Any] = []
        with ThreadPoolExecutor(max_workers=count) as crew:
            begun = threading.Semaphore(0)

            def one(number: int) -> None:
                begun.release()
                told.append(ask(number))

            for number in range(count):
                crew.submit(one, number)
            for _ in range(count):
                begun.acquire()
            yield told


def received(line: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := line.recv(65536):
            found += chunk
    return found
