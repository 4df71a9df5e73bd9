"""What every node tells of its spool, kept here: a node may be lost with its disks."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from continuity.beacon.clock import now

EVERY_SECONDS = 60.0
PATIENCE = 4.0
PATH = "/health/heads"
# A segment's number is the minute at which it was begun; spools are kept for a third of this.
LONGEST_MINUTES = 90 * 24 * 60


class Heads:
    """Asks each node once a minute, beside all else; `folder` holds one file for each."""

    def __init__(self, folder: Path, nodes: Sequence[str]) -> None:
        self._folder = folder
        self._nodes = tuple(nodes)
        self._next = 0.0
        self._asking: threading.Thread | None = None

    def look(self) -> None:
        """Ask everybody if it is time, and wait for nobody."""
        busy = self._asking is not None and self._asking.is_alive()
        if busy or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        self._asking = threading.Thread(target=self.ask, daemon=True)
        self._asking.start()

    def ask(self) -> None:
        """Keep what each node tells; one that does not answer leaves what it told before."""
        for url in self._nodes:
            try:
                keep(self._folder, _told(url))
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
                continue


def keep(folder: Path, told: dict[str, Any]) -> None:
    """Write down what a node told, beside what it told before: it may have lost its disks since.

    Raises OSError, ValueError, KeyError, TypeError.
    """
    node = str(told["node"])
    if not node.isalnum():
        raise ValueError("not a node")
    path = folder / f"{node}.json"
    heads = _kept(path) | {int(head["segment"]): head for head in told["heads"]}
    newest = max(heads, default=0)
    kept = [heads[number] for number in sorted(heads) if number > newest - LONGEST_MINUTES]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = path.with_suffix(".new")
    making.write_text(json.dumps({"node": node, "at": now().isoformat(), "heads": kept}))
    making.replace(path)


def _kept(path: Path) -> dict[int, Any]:
    try:
        return {int(head["segment"]): head for head in json.loads(path.read_text())["heads"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _told(url: str) -> dict[str, Any]:
    where = urlsplit(url)
    secure = where.scheme == "https"
    made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = made(str(where.hostname), where.port, timeout=PATIENCE)
    try:
        connection.request("GET", where.path + PATH)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise ValueError(answer.status)
    told: dict[str, Any] = json.loads(content)
    return told
