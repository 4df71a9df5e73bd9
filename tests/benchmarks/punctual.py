"""Clients that come when they are due, whatever became of those before, and wait for an answer."""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

PATIENCE = 30.0
TAKEN = {201, 202}
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n"
    "Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where declarations are sent, and with what."""

    port: int
    path: str
    token: str
    bodies: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One declaration: when it was due, sent and answered (monotonic), its status and receipt.

    Status 0: the connection broke, or nobody answered in time.
    """

    due: float
    began: float
    ended: float
    status: int
    receipt_id: str = ""

    @property
    def seconds(self) -> float:
        """Return how long it took from its due moment: a late start counts against us."""
        return self.ended - self.due


def at_a_rate(door: Door, rate: float, ending: Any) -> list[Answer]:
    """Send `rate` declarations a second until `ending` is set; return every answer."""
    return asyncio.run(_open(door, rate, ending))


def so_many(door: Door, clients: int, count: int, _ending: Any) -> list[Answer]:
    """Let `clients` send `count` declarations in all, one after the other."""
    return asyncio.run(_closed(door, clients, count))


async def _open(door: Door, rate: float, ending: Any) -> list[Answer]:
    began, asking = time.monotonic(), list[asyncio.Task[Answer]]()
    while not ending.is_set():
        place = len(asking)
        due = began + place / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asking.append(asyncio.create_task(_asked(door, place, due)))
    return list(await asyncio.gather(*asking))


async def _closed(door: Door, clients: int, count: int) -> list[Answer]:
    places, answers = itertools.count(), list[Answer]()

    async def client() -> None:
        while (place := next(places)) < count:
            answers.append(await _asked(door, place, time.monotonic()))

    await asyncio.gather(*(client() for _ in range(clients)))
    return answers


async def _asked(door: Door, place: int, due: float) -> Answer:
    began, status, receipt_id = time.monotonic(), 0, ""
    try:
        async with asyncio.timeout(PATIENCE):
            status, content = await _exchanged(door, door.bodies[place % len(door.bodies)])
        if status in TAKEN:
            receipt_id = json.loads(content)["receipt_id"]
    except (OSError, TimeoutError):
        status = 0
    return Answer(
        due=due, began=began, ended=time.monotonic(), status=status, receipt_id=receipt_id
    )


async def _exchanged(door: Door, body: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        head = _HEAD.format(
            path=door.path, port=door.port, token=door.token, key=uuid4(), length=len(body)
        )
        writer.write(head.encode() + body)
        said, _, content = (await reader.read()).partition(b"\r\n\r\n")
        return int(said.split(b" ", 2)[1]) if said else 0, content
    finally:
        writer.close()
