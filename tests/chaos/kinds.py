"""Every kind of fault, and what this machine lacks to show some of them."""

import os
import shutil
import subprocess
import tempfile
from functools import cache

from tests.chaos import (  # noqa: F401  each adds its kinds
    faults_disks,
    faults_mail,
    faults_network,
    faults_planted,
    faults_postgres,
    faults_web,
    faults_work,
)
from tests.chaos.field import FAULTS, Fault

NOT_HERE: tuple[tuple[int, str, str], ...] = (
    (14, "standby-frozen", "needs a second server, and is shown nowhere"),
    (16, "primary-lost", "a promotion is a person's act: tests/failover"),
    (
        17,
        "old-primary-comes-back",
        "two servers: tests/failover; a server that only reads is here",
    ),
    (18, "promoted-twenty-times", "two servers: tests/failover"),
    (27, "torn-page", "mended from a backup only, as old-backup-restored is"),
    (
        34,
        "clock-ten-days-ahead",
        "here a year ahead and two hours back, for seconds; drift is not shown",
    ),
    (33, "dns-down", "every address here is a number: no name is ever looked up"),
    (43, "seven-days-outage", "half a million rows take longer than five seconds; shown nowhere"),
    (52, "slot-fills-the-log", "needs a standby, and is shown nowhere"),
    (
        0,
        "power-loss",
        "a virtual disk keeps what was written without fsync: kill -9 loses nothing",
    ),
    (0, "an-fsync-that-lies", "device-mapper is not in this kernel; an fsync that fails is here"),
    (0, "two-real-hosts", "one machine: clocks and disks are shared, the network is a loopback"),
)


def wanted(names: list[str] | None = None) -> list[Fault]:
    """Return the kinds, all or those named. Raises KeyError."""
    return [FAULTS[name] for name in names] if names else list(FAULTS.values())


def lacks(fault: Fault) -> str:
    """Return why a kind cannot be injected here, empty where it can."""
    return "; ".join(why for need in fault.needs if (why := _lack(need)))


@cache
def _lack(need: str) -> str:
    if need == "mount":
        return "" if _may_mount() else "no small disks can be mounted here"
    if need == "strace":
        return "" if shutil.which("strace") and os.geteuid() == 0 else "strace cannot attach here"
    return "" if shutil.which(need) else f"{need} is not installed"


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as place:
        tried = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
        if subprocess.run(tried, capture_output=True, check=False).returncode:
            return False
        subprocess.run(["umount", place], check=True)
    return True
