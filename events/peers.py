"""The other nodes, given what waits here: a second disk keeps it before its sender is told.

Best effort, for a moment only: whoever declares in an outage waits for no other node. One that does
not answer is left alone for a while.
"""

import http.client
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from django.conf import settings

from events.copies import copy_of
from events.entry import Entry

log = logging.getLogger(__name__)

SECONDS = 0.15
"""How long a sender waits for another node."""
PATH = "/api/v1/spool/entries"
# A copy that is under way goes on for so long, for nobody: the more disks hold it, the better.
LONGEST_SECONDS = 2.0
REST_SECONDS = 5.0


@dataclass(slots=True)
class Peer:
    """Another node, by the address at which it receives."""

    url: str
    rests_until: float = 0.0
    is_resting: bool = field(default=False, init=False)

    def is_ready(self) -> bool:
        """Say whether it may be asked now."""
        return time.monotonic() >= self.rests_until

    def rest(self) -> None:
        """Leave it alone for a while."""
        if not self.is_resting:
            # The machine alone: an address may hold a password.
            log.warning("%s keeps no copies for now", urlsplit(self.url).hostname)
        self.is_resting, self.rests_until = True, time.monotonic() + REST_SECONDS

    def keeps(self, copy: bytes) -> str:
        """Return the name of the node, which keeps the copy. Raises OSError, HTTPException, ValueError."""
        told = _posted(self.url, copy)
        self.is_resting = False
        return str(told["node"])


_peers: dict[tuple[str, ...], list[Peer]] = {}


def second_copy(entry: Entry, left: float = SECONDS) -> str | None:
    """Give an entry to the other nodes; return the first that keeps it within SECONDS, if one does.

    Waits no longer than `left` seconds either; the copies go on. An address that leads back here, as
    through a balancer, is no other node.
    """
    ready = [peer for peer in _known() if peer.is_ready()]
    if not ready:
        return None
    copy = json.dumps(copy_of(entry)).encode()
    told: SimpleQueue[str | None] = SimpleQueue()
    for peer in ready:
        threading.Thread(target=_give, args=(peer, copy, told), name="copy", daemon=True).start()
    patience = min(SECONDS, left)
    until = time.monotonic() + patience
    try:
        for _ in ready:
            node = told.get(timeout=max(until - time.monotonic(), 0))
            if node not in {None, settings.NODE_NAME}:
                return node
    except Empty:
        # Whoever was not given the whole time is not found wanting.
        for peer in ready if patience == SECONDS else ():
            peer.rest()
    return None


def _known() -> list[Peer]:
    urls = tuple(settings.PEERS)
    return _peers.setdefault(urls, [Peer(url) for url in urls])


def _give(peer: Peer, copy: bytes, told: "SimpleQueue[str | None]") -> None:
    try:
        told.put(peer.keeps(copy))
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        peer.rest()
        told.put(None)


def _posted(url: str, body: bytes) -> dict[str, str]:
    where = urlsplit(url)
    secure = where.scheme == "https"
    made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = made(str(where.hostname), where.port, timeout=LONGEST_SECONDS)
    try:
        connection.request("POST", where.path + PATH, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.ACCEPTED:
        raise ValueError(answer.status)
    told: dict[str, str] = json.loads(content)
    return told
