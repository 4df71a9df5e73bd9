"""Start children that do not outlive their parent, and end what is left of them."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

# Loaded before any fork: once a child is another user, files under root's home are out of reach.
_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_LOG_LIMIT = 20 * 1024 * 1024


def dies_with_parent(sent: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` after which the kernel sends `sent` when the parent's thread ends.

    The signal follows the *thread* that started the child: start children from one that lives
    as long as they should.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), sent)

    return ask_the_kernel


def open_log(path: Path) -> int:
    """Open a log file to append to, after setting aside one that has grown too long."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def working_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is `folder`: a cluster's backends, for one."""
    target = os.path.realpath(folder)
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "cwd") == target:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def send(pids: Iterable[int], sent: signal.Signals) -> None:
    """Signal each process; one that is gone already is no matter."""
    for pid in pids:
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            continue


def send_group(group: int, sent: signal.Signals) -> bool:
    """Signal a process group and tell whether anybody was in it."""
    try:
        os.killpg(group, sent)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll `condition` until it holds or `seconds` have gone; return whether it held."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end_group(process: subprocess.Popen[bytes], sent: signal.Signals, grace: float) -> None:
    """Ask a child and its descendants to end; after `grace` seconds end them."""
    send_group(process.pid, sent)
    wait_until(lambda: process.poll() is not None, grace)
    send_group(process.pid, signal.SIGKILL)
    process.wait()
