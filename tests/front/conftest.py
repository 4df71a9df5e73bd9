"""One front for a module of tests."""

import pytest

from tests.front.running import Doorway


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """Return a front with two services behind it."""
    with Doorway(tmp_path_factory.mktemp("front")) as running:
        yield running


@pytest.fixture
def doorway(tmp_path):
    """Return what makes a front with options of its own."""
    made = []

    def make(*options: str, **environ: str) -> Doorway:
        one = Doorway(tmp_path, options, environ)
        made.append(one)
        return one.__enter__()

    yield make
    for one in made:
        one.__exit__()
