"""The network between the services and the database, as far as it can be cut on one machine."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from config.local import ports

CHUNK = 65536


@dataclass
class Proxy:
    """Passes bytes on to the port that `upstream` names, and resets whom it can't reach.

    `silent` passes nothing on and closes nothing: packets are lost. `delay` holds each piece back for
    so many seconds, in each direction.
    """

    upstream: Callable[[], int]
    port: int = field(default_factory=ports.choose)
    silent: bool = False
    deaf: bool = False
    delay: float = 0.0
    refuses: bool = False
    # The near end of each client's connection, and of the one that the server sees for it.
    ends: dict[int, int] = field(default_factory=dict)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self) -> "Proxy":
        """Listen, in a thread of its own."""
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._server = self._loop.run_until_complete(
                asyncio.start_server(self._serve, "127.0.0.1", self.port)
            )
            ready.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="network", daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def stop(self) -> None:
        """End every connection and the thread."""
        self.reset()

        async def end() -> None:
            self._server.close()
            rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def reset(self) -> None:
        """Answer everybody who is connected with RST."""

        def each() -> None:
            for writer in list(self._open):
                _reset(writer)

        self._loop.call_soon_threadsafe(each)

    async def _serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            if self.refuses:
                raise ConnectionRefusedError
            far, forth = await asyncio.open_connection("127.0.0.1", self.upstream())
        except OSError:
            _reset(back)
            return
        self._open |= {back, forth}
        near_end = back.get_extra_info("peername")[1]
        self.ends[near_end] = forth.get_extra_info("sockname")[1]
        ways = [
            asyncio.ensure_future(self._pass(near, forth, answers=False)),
            asyncio.ensure_future(self._pass(far, back, answers=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.ends.pop(near_end, None)
            for way in ways:
                way.cancel()
            for writer in (back, forth):
                self._open.discard(writer)
                writer.close()

    async def _pass(
        self, source: asyncio.StreamReader, drain: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                while self.silent or (self.deaf and answers):
                    await asyncio.sleep(0.02)
                if self.delay:
                    await asyncio.sleep(self.delay)
                drain.write(data)
                await drain.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
