"""One connection takes its turn: whatever it has sent at once, others are heard in between."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import Mock

from config.local.front.__main__ import made
from config.local.front.addresses import Trusted
from config.local.front.clients import Client, Ears
from config.local.front.limits import Limits
from config.local.front.routing import Lane
from tests.front.running import READ

REQUESTS = 300


def taker_of_everything() -> Any:
    """Return a writer whose client has read all at once."""
    writer = Mock()
    writer.transport.get_write_buffer_size.return_value = 0
    writer.get_extra_info.return_value = ("192.0.2.1", 1)
    return writer


async def turns_of_others(sent: bytes) -> tuple[int, int]:
    """Return how many answers a connection got, and how often others had a turn meanwhile."""
    front = made(Limits(), (1, 8), (2, 8), Trusted(), "/status")
    for pool in front.pools[Lane.READS]:
        # Each is refused here, at once, without anything to wait for.
        pool.busy, pool._most = pool.slots, 0
    reader, writer = Ears(limit=1 << 20), taker_of_everything()
    reader.feed_data(sent)
    reader.feed_eof()
    living = asyncio.create_task(Client(front, reader, writer).live())
    turns = 0
    while not living.done():
        turns += 1
        await asyncio.sleep(0)
    answers = [call for call in writer.write.call_args_list if b" 503 " in call.args[0]]
    return len(answers), turns


def test_requests_written_all_at_once_leave_turns_to_others():
    sent = f"GET {READ} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * REQUESTS
    with ThreadPoolExecutor(1) as thread:
        answers, turns = thread.submit(asyncio.run, turns_of_others(sent)).result()
    assert answers == REQUESTS
    assert turns >= REQUESTS
