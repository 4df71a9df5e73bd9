"""One stack, seeded once, for all that break a copy of it."""

from collections.abc import Iterator

import pytest

from tests.chaos.ground import Template, template


@pytest.fixture(scope="session")
def made() -> Iterator[Template]:
    """Return a stopped stack with people and their tokens."""
    with template() as found:
        yield found
