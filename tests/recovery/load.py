"""Clients that declare without pause and keep a ledger of what was acknowledged to them."""

import http.client
import itertools
import json
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from events.shape import to_json
from tests.domain.samples import VALID

SETTLING_SECONDS = 90
LOST_EVERY = 7
BODY = json.dumps(to_json(VALID)).encode()


@dataclass
class Load:
    """`clients` threads against one stack; `ledger` gets one fsynced line per acknowledgement.

    A line is `id key status`. What was not acknowledged is tried again with the same key until it
    is, also for a while after the load has ended: the ledger then knows of every command that may
    be in the log. A key still `in_doubt` may be there once or not at all. Some answers are thrown
    away on purpose, as a network does: what was recorded is given again.
    """

    port: int
    token: str
    ledger: Path
    clients: int = 4
    pause: float = 0.0
    errors: list[str] = field(default_factory=list)
    in_doubt: set[str] = field(default_factory=set)
    doubted_then_acknowledged: int = 0

    def __enter__(self) -> "Load":
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._answers = itertools.count(1)
        self._ledger = os.open(self.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._threads = [threading.Thread(target=self._declare) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gives_up = time.monotonic() + SETTLING_SECONDS
        self._stop.set()
        for thread in self._threads:
            thread.join()
        os.close(self._ledger)

    def acknowledged(self) -> list[tuple[str, str]]:
        """Return (id, key) of every acknowledgement."""
        lines = self.ledger.read_text().splitlines()
        return [(line.split()[0], line.split()[1]) for line in lines]

    def _declare(self) -> None:
        while not self._stop.is_set():
            key, tries = str(uuid4()), 0
            while self._goes_on():
                tries += 1
                answer = self._post(key)
                if tries == 1 and next(self._answers) % LOST_EVERY == 0:
                    answer = None
                if answer is not None:
                    self._write(answer, key, tries)
                    break
                with self._lock:
                    self.in_doubt.add(key)
                threading.Event().wait(0.05)
            self._stop.wait(self.pause)

    def _goes_on(self) -> bool:
        return not self._stop.is_set() or time.monotonic() < self._gives_up

    def _post(self, key: str) -> dict[str, Any] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", "/api/v1/declarations", BODY, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if answer.status in {201, 202}:
            found: dict[str, Any] = json.loads(body)
            return found
        if answer.status not in {500, 502, 503}:
            self.errors.append(f"{answer.status} {body[:200]!r}")
        return None

    def _write(self, answer: dict[str, Any], key: str, tries: int) -> None:
        with self._lock:
            os.write(self._ledger, f"{answer['id']} {key} {answer['status']}\n".encode())
            os.fsync(self._ledger)
            self.in_doubt.discard(key)
            self.doubted_then_acknowledged += tries > 1


def wait_for(load: Load, more: int, seconds: float = 60) -> int:
    """Wait until `more` further acknowledgements are in the ledger; return how many there are."""
    wanted = len(load.acknowledged()) + more
    deadline = time.monotonic() + seconds
    while (count := len(load.acknowledged())) < wanted:
        assert time.monotonic() < deadline, f"{count} of {wanted} acknowledged; {load.errors[:3]}"
        threading.Event().wait(0.05)
    return count
