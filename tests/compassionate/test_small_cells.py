"""Small cells: what is shown is the same whatever they hold, and holds what they may be."""

from itertools import product

import pytest

from events.small_cells import BOUNDS, SMALL, has_small, masked, masked_total


@pytest.mark.parametrize("count", [0, 5, 6, 1200])
def test_what_is_none_or_not_small_is_shown(count):
    assert masked(count) == count
    assert not has_small([count])


@pytest.mark.parametrize("count", range(1, 5))
def test_a_small_count_is_not(count):
    assert masked(count) == SMALL
    assert has_small([0, count, 80])


@pytest.mark.parametrize("others", [(), (0,), (7,), (7, 0, 12)])
def test_a_total_says_no_more_of_small_counts_than_that_they_are_small(others):
    for small in (1, 2, 3):
        shown = {masked_total([*held, *others]) for held in product(range(1, 5), repeat=small)}
        assert len(shown) == 1
    assert masked_total(others) == sum(others)


def test_a_total_gives_the_bounds_that_whoever_adds_up_finds():
    assert masked_total([7, 2]) == BOUNDS.format(least=8, most=11)
    assert masked_total([3, 3]) == BOUNDS.format(least=2, most=8)
    assert masked_total([3]) == SMALL
