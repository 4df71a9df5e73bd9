"""A primary and its synchronous standby."""

from collections.abc import Iterator

import pytest

from tests.failover.pair import Pair, pair_of


@pytest.fixture
def pair(pg_cluster, tmp_path) -> Iterator[Pair]:
    with pair_of(pg_cluster, tmp_path) as made:
        yield made
