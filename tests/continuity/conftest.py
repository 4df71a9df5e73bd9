"""People, their numbered sheets, and a beacon that has seen nothing yet."""

import shutil
from collections.abc import Iterator

import pytest

from accounts.models import User
from tests.continuity.incidents import folder
from tests.people import people

__all__ = ["people"]


@pytest.fixture
def no_journal(db) -> Iterator[None]:
    shutil.rmtree(folder(), ignore_errors=True)
    yield
    shutil.rmtree(folder(), ignore_errors=True)


@pytest.fixture
def reviewer(people) -> User:
    return people["evaluateur"]


@pytest.fixture
def numbers(people) -> list[str]:
    from tests.continuity.sheet_desk import issued

    return [str(number) for number in issued(people["operateur"]).numbers]
