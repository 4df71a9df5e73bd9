"""Places: never one too many in use, and none lost, whoever leaves at whatever moment."""

import asyncio
import random
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from config.local.front.__main__ import made
from config.local.front.addresses import Trusted
from config.local.front.limits import Limits
from config.local.front.pools import Asked, Departure, Overloaded, Pool, SenderGone, Turn


def on_a_loop(scene: Coroutine[Any, Any, Any]) -> Any:
    """Run a scene on a loop of its own: the browser of other tests keeps one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scene).result()


def asked(urgency: int = 5, *, is_kept: bool = True, size: int = 1) -> Asked:
    return Asked(address="a", credential=1, size=size, urgency=lambda: urgency, is_kept=is_kept)


def pool(slots: int = 1, *, most: int = 100, most_bytes: int = 1000, patience: float = 20) -> Pool:
    return Pool("reads", slots, most=most, most_bytes=most_bytes, patience=patience)


def test_whoever_waits_too_long_is_refused_and_counted_once():
    async def scene() -> Pool:
        one = pool(patience=0.01)
        await one.enter(asked(), Departure())
        with pytest.raises(Overloaded):
            await one.enter(asked(), Departure())
        one.leave()
        assert one.busy == 0
        return one

    made = on_a_loop(scene())
    assert made.said().startswith("reads: 1 refused, longest wait 0.0")
    assert made.said() == ""


def test_bytes_are_counted_as_well_as_requests():
    async def scene() -> None:
        one = pool(most_bytes=100)
        await one.enter(asked(), Departure())
        waits = asyncio.create_task(one.enter(asked(0, size=60), Departure()))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await one.enter(asked(5, size=60), Departure())
        one.leave()
        await waits

    on_a_loop(scene())


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_sender_who_has_gone(is_kept):
    async def scene() -> list[str]:
        one, order = pool(), list[str]()
        await one.enter(asked(), Departure())
        gone = Departure()

        async def take(name: str, urgency: int, departure: Departure) -> None:
            await one.enter(asked(urgency, is_kept=is_kept), departure)
            order.append(name)
            one.leave()

        first = asyncio.create_task(take("gone", 0, gone))
        other = asyncio.create_task(take("waits", 7, Departure()))
        await asyncio.sleep(0)
        gone.happen()
        one.leave()
        await other
        if is_kept:
            await first
        else:
            with pytest.raises(SenderGone):
                await first
        assert one.busy == 0
        return order

    assert on_a_loop(scene()) == (["waits", "gone"] if is_kept else ["waits"])


def test_who_is_refused_the_second_place_gives_the_first_back():
    async def scene() -> None:
        forms, writes = pool(), pool(most=0)
        await writes.enter(asked(), Departure())
        with pytest.raises(Overloaded):
            await Turn.taken([forms, writes], asked(), Departure())
        assert (forms.busy, writes.busy) == (0, 1)
        writes.leave()
        turn = await Turn.taken([forms, writes], asked(), Departure())
        assert (forms.busy, writes.busy) == (1, 1)
        turn.leave()
        turn.leave()
        assert (forms.busy, writes.busy) == (0, 0)

    on_a_loop(scene())


@pytest.mark.parametrize("seed", range(5))
def test_in_any_disorder_no_place_is_lost_and_none_given_twice(seed):
    """Three hundred come, leave, are cancelled or grow impatient at random."""
    dice, busy = random.Random(seed), []

    async def client(one: Pool) -> None:
        departure = Departure()
        if dice.random() < 0.2:
            asyncio.get_running_loop().call_later(dice.uniform(0, 0.01), departure.happen)
        try:
            await one.enter(asked(dice.randint(0, 7), is_kept=dice.random() < 0.5), departure)
        except (Overloaded, SenderGone):
            return
        busy.append(1)
        assert len(busy) <= one.slots
        try:
            await asyncio.sleep(dice.uniform(0, 0.001))
        finally:
            busy.pop()
            one.leave()

    async def scene() -> None:
        one = pool(4, most=60, patience=0.02)
        crew = [asyncio.create_task(client(one)) for _ in range(300)]
        for task in crew[::7]:
            asyncio.get_running_loop().call_later(dice.uniform(0, 0.02), task.cancel)
        ended = await asyncio.gather(*crew, return_exceptions=True)
        assert {type(end) for end in ended} <= {type(None), asyncio.CancelledError}
        assert (one.busy, len(one._turns)) == (0, 0)

    on_a_loop(scene())


def test_there_are_more_connections_than_places_in_all_queues():
    limits = Limits()
    front = made(limits, (1, 16), (2, 16), Trusted(), "/status")
    at_most = sum(pool._most + pool.slots for pool in front.every_pool())
    assert at_most + limits.connections_of_one / 2 < limits.connections
