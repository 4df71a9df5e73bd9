"""Whose turn it is: urgency first, then everybody in turn, and nobody for ever last."""

import asyncio

import pytest
from hypothesis import given, settings, strategies as st

from config.local.front.turns import LESS_URGENT_EVERY, STANDING_SECONDS, Turns, Waiting

LOOP = asyncio.new_event_loop()
LOOP.close()


def waits(urgency: int = 5, address: str = "a", credential: int = 1, *, size: int = 10, since=0.0):
    granted: asyncio.Future[None] = asyncio.Future(loop=LOOP)
    return Waiting(
        urgency=urgency,
        address=address,
        credential=credential,
        size=size,
        since=since,
        granted=granted,
    )


def queue(*waiting: Waiting) -> Turns:
    made = Turns()
    for one in waiting:
        made.add(one)
    return made


def drained(made: Turns, now: float = 0.0) -> list[Waiting]:
    found = []
    while (one := made.pop(now)) is not None:
        found.append(one)
    return found


def test_a_death_overtakes_everything_and_a_withdrawal_nothing():
    told = [waits(urgency) for urgency in (7, 5, 2, 1, 0, 4)]
    assert [one.urgency for one in drained(queue(*told))] == [0, 1, 2, 4, 5, 7]


def test_addresses_take_turns_and_so_do_the_credentials_of_one_address():
    flood = [waits(address="a", credential=n % 50) for n in range(200)]
    one_ward = [waits(address="a", credential=99), waits(address="b")]
    order = drained(queue(*flood, *one_ward))
    assert order.index(one_ward[1]) <= 1
    # Fifty made-up credentials: the fifty-first of that address waits for each of them once.
    assert order.index(one_ward[0]) <= 55


def test_one_turn_in_sixteen_goes_to_the_less_urgent_and_to_nobody_who_has_gone():
    gone, withdrawal, other = waits(9), waits(7), waits(5)
    urgent = [waits(0) for _ in range(100)]
    order = drained(queue(gone, withdrawal, other, *urgent))
    places = sorted([order.index(withdrawal), order.index(other)])
    assert places == [LESS_URGENT_EVERY - 1, 2 * LESS_URGENT_EVERY - 1]
    assert order[-1] is gone


def test_in_a_queue_that_stands_the_newest_of_a_sender_goes_first():
    old, new = waits(since=0.0), waits(since=STANDING_SECONDS)
    in_time, standing = STANDING_SECONDS, STANDING_SECONDS + 0.1
    assert drained(queue(old, new), in_time) == [old, new]
    assert drained(queue(old, new), standing) == [new, old]


def test_who_is_refused_is_the_least_urgent_newest_of_who_sent_most():
    flood = [waits(5, "a", n % 3) for n in range(9)]
    alone, death = waits(5, "b"), waits(0, "a", 7)
    made = queue(*flood, death, alone)
    assert made.worst() is flood[-1]
    assert queue(death, alone).worst() is alone
    # Among equals whoever came last, not whoever is next.
    last = waits(5, "b")
    assert queue(waits(5, "a"), last).worst() is last


def test_nobody_is_refused_from_an_empty_queue():
    with pytest.raises(IndexError):
        Turns().worst()


def test_who_has_gone_is_kept_behind_all_others():
    gone, later = waits(0), waits(7)
    made = queue(gone, later)
    made.demote(gone, 9)
    assert drained(made) == [later, gone]
    made.demote(gone, 9)
    assert len(made) == 0


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("addpw"), st.integers(0, 9), st.sampled_from("abc"), st.integers(0, 2)
        )
    )
)
def test_nobody_is_lost_and_nobody_has_two_turns(steps):
    made, inside = Turns(), []
    for step, urgency, address, credential in steps:
        if step == "a" or not inside:
            inside.append(waits(urgency, address, credential, size=urgency))
            made.add(inside[-1])
        elif step == "d":
            made.demote(inside[urgency % len(inside)], 9)
        elif step == "w":
            made.discard(worst := made.worst())
            inside.remove(worst)
        elif (chosen := made.pop(0.0)) is not None:
            inside.remove(chosen)
        assert len(made) == len(inside)
        assert made.size == sum(one.size for one in inside)
    order = drained(made)
    assert len(order) == len(inside)
    assert set(order) == set(inside)
    assert made._levels == {}
