"""Six of the 120 orders in which five services can be started; `tests.chaos.orders` tries all."""

import itertools
import random

import pytest

from tests.chaos import orders

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("chaos"),
]


def test_full_function_comes_in_whatever_order_services_start(made):
    every = list(itertools.permutations(orders.FIVE))
    assert len(every) == 120
    # What stores comes last in one, and first in another; the rest by the dice.
    chosen = [tuple(reversed(orders.FIVE)), orders.FIVE, *random.Random(1).sample(every, 4)]
    told = orders.run(made, chosen, side_by_side=1)
    assert [one.order for one in told if one.seconds is None] == []
    assert len(told) == len(chosen)


def test_an_order_that_took_longer_than_the_limit_never_worked():
    quick, slow, never = (
        orders.Started((name,), s) for name, s in zip("abc", (3, 61, None), strict=True)
    )
    assert orders.as_json([quick])["ok"]
    told = orders.as_json([quick, slow, never])
    assert (told["ok"], told["never"], told["worst"]) == (False, ["b", "c"], 61)
    assert not orders.as_json([])["ok"]
