"""End what a supervisor leaves behind when it dies without having stopped its children.

Reads one line of JSON per started child and waits for the end of the pipe, which only the death of
the supervisor brings about.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from config.local import processes

_GRACE = 2.0


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[str, int] = {}
    data: Path | None = None
    server = 0
    for line in sys.stdin:
        child = json.loads(line)
        if child["data"]:
            data, server = Path(child["data"]), child["pid"]
        else:
            groups[child["name"]] = child["pid"]
    _end(groups, server, data)


def _end(groups: dict[str, int], server: int, data: Path | None) -> None:
    for group in groups.values():
        processes.send_group(group, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while time.monotonic() < deadline and any(_alive(group) for group in groups.values()):
        time.sleep(0.05)
    for group in groups.values():
        processes.send_group(group, signal.SIGKILL)
    if data is None or server not in processes.working_in(data):
        return
    processes.send([server], signal.SIGINT)
    processes.wait_until(lambda: not processes.working_in(data), _GRACE)
    processes.send(processes.working_in(data), signal.SIGKILL)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
