"""A stack of which everything but the doors is dead, and comes back in an order of chance."""

import email
import email.policy
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local import environment, ports, processes, up
from tests.stack.running import ROOT, Stack

DOORS = frozenset({"supervisor", "beacon", "front", "intake", "web"})
"""What stays: everything else is killed."""
SEED = int(os.environ.get("JOURNEY_SEED") or random.SystemRandom().randrange(10_000))


@dataclass
class Mail:
    """A mail server of its own process, which keeps what it was given in a Maildir."""

    folder: Path
    port: int = field(default_factory=ports.choose)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aiosmtpd", "--nosetuid", "--listen", f"127.0.0.1:{self.port}",
             "--class", "aiosmtpd.handlers.Mailbox", str(self.folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=processes.dies_with_parent(signal.SIGKILL),
        )  # fmt: skip

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def letters(self) -> list[str]:
        """Return what was received: subject and text of each letter."""
        found = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in (self.folder / "new").glob("*")
        ]
        return [f"{letter['Subject']}\n{letter.get_content()}" for letter in found]


@dataclass
class Fallen:
    """A running stack with its mail server: `fall` kills, `come_back` lets live again."""

    stack: Stack
    mail: Mail
    dead: set[str] = field(default_factory=set)

    def fall(self) -> None:
        """Kill -9 everything but the doors; the supervisor is frozen, so that nothing comes back."""
        pids = self.stack.pids()
        processes.send([pids["supervisor"]], signal.SIGSTOP)
        self.dead = set(pids) - DOORS
        for name in self.dead - {"postgres"}:
            processes.send_group(pids[name], signal.SIGKILL)
        backends = processes.working_in(self.stack.folder / "postgres")
        assert len(backends) > 3, "postgres and its backends"
        processes.send(backends, signal.SIGKILL)
        self.mail.kill()
        assert processes.wait_until(lambda: not self._alive(pids), 10)

    def _alive(self, pids: Mapping[str, int]) -> list[str]:
        """Return who still runs; a child that nobody has waited for yet runs no more."""
        found = []
        for name in self.dead:
            path = Path(f"/proc/{pids[name]}/stat")
            if path.exists() and path.read_text().rpartition(") ")[2][0] != "Z":
                found.append(name)
        return found + ["backend"] * len(processes.working_in(self.stack.folder / "postgres"))

    def come_back(self, *, but: frozenset[str] = frozenset()) -> list[str]:
        """Let all live again but those in `but`, in an order of chance, which is returned.

        The supervisor starts them together; each is stopped as it starts, until its turn.
        """
        before = {name: pid for name, pid in self.stack.pids().items() if name in self.dead}
        processes.send([self.stack.pids()["supervisor"]], signal.SIGCONT)
        held: dict[str, int] = {}

        def all_held() -> bool:
            for name, pid in self.stack.pids().items():
                if name in self.dead - set(held) and pid != before[name]:
                    processes.send_group(pid, signal.SIGSTOP)
                    held[name] = pid
            return set(held) == self.dead

        assert processes.wait_until(all_held, 30, pause=0.002), (held, self.stack.said())
        order = sorted([*self.dead - but, "mail"])
        random.Random(SEED).shuffle(order)
        for name in order:
            if name == "mail":
                self.mail.start()
            else:
                self.release(name)
        return order

    def release(self, name: str) -> None:
        """Let one go on that was held."""
        processes.send_group(self.stack.pids()[name], signal.SIGCONT)


@dataclass
class SecondNode:
    """Another web node, as its own intake and drain: other disks, the same keys and database.

    `clock` is a configuration of gunicorn that sets another clock.
    """

    stack: Stack
    folder: Path
    clock: str = "config.serving"
    port: int = field(default_factory=ports.choose)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "SecondNode":
        gunicorn = up._gunicorn("intake", self.port, self.folder)
        self._start([*gunicorn, "--config", f"python:{self.clock}"], "intake")
        self._start([sys.executable, "manage.py", "drain", "--watch"], "drain")
        assert processes.wait_until(lambda: not ports.is_free(self.port), 60), self.said()
        return self

    def _start(self, command: list[str], name: str) -> None:
        addresses = environment.remembered(self.stack.folder)
        told = {key: addresses[key] for key in ("DATABASE_URL", "BROKER_URL")}
        told |= {"NODE_NAME": "n2", "SPOOL_DIRS": str(self.folder / "spool"), "DEMO": "1"}
        self.folder.mkdir(exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.stack.env | told, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=processes.dies_with_parent(signal.SIGKILL),
            )  # fmt: skip
        self.running.append(process)

    def __exit__(self, *_: object) -> None:
        for process in self.running:
            processes.end_group(process, signal.SIGKILL, 0)

    def said(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))


def offline(keys: Path, receipt: str) -> dict[str, object]:
    """Return what the checker says of a receipt in a namespace without a network."""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "continuity/receipt_check.py",
         "--keys", str(keys), receipt],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told
