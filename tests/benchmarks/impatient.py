"""Clients that come at their own pace, each once, and leave when they have waited long enough."""

import asyncio
import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

PATIENCE = 5.0
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n"
    "Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where declarations are sent, and with what."""

    port: int
    path: str
    token: str
    bodies: Sequence[bytes]
    core: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: when it was answered (monotonic), how long that took, and its status.

    Status 0: the client left, or the connection broke.
    """

    place: int
    ended: float
    seconds: float
    status: int


def at_capacity(target: Target, clients: int, seconds: float) -> list[Visit]:
    """Let `clients` declare one after the other for so long: as many as are taken."""
    os.sched_setaffinity(0, {target.core})
    return asyncio.run(_closed(target, clients, seconds))


def at_a_rate(target: Target, rate: float, seconds: float) -> list[Visit]:
    """Send `rate` declarations a second, whatever becomes of those before."""
    os.sched_setaffinity(0, {target.core})
    return asyncio.run(_open(target, rate, seconds))


async def _closed(target: Target, clients: int, seconds: float) -> list[Visit]:
    places, visits = itertools.count(), list[Visit]()
    until = time.monotonic() + seconds

    async def client() -> None:
        while time.monotonic() < until:
            visits.append(await _visit(target, next(places)))

    await asyncio.gather(*(client() for _ in range(clients)))
    return visits


async def _open(target: Target, rate: float, seconds: float) -> list[Visit]:
    began, visiting = time.monotonic(), list[asyncio.Task[Visit]]()
    for place in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + place / rate - time.monotonic()))
        visiting.append(asyncio.create_task(_visit(target, place)))
    return list(await asyncio.gather(*visiting))


async def _visit(target: Target, place: int) -> Visit:
    began, status = time.monotonic(), 0
    try:
        async with asyncio.timeout(PATIENCE):
            status = await _status(target, target.bodies[place % len(target.bodies)])
    except (OSError, TimeoutError):
        status = 0
    ended = time.monotonic()
    return Visit(place=place, ended=ended, seconds=ended - began, status=status)


async def _status(target: Target, body: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        head = _HEAD.format(
            path=target.path, port=target.port, token=target.token, key=uuid4(), length=len(body)
        )
        writer.write(head.encode() + body)
        line = await reader.readline()
        await reader.read()
        return int(line.split(b" ")[1]) if line else 0
    finally:
        writer.close()
