"""The demo people, their browsers, and numbered sheets that were issued."""

import pytest
from django.test import Client

from tests.continuity.sheet_desk import issued
from tests.people import doctor, people
from tests.portal.sending import browser, projected

__all__ = ["doctor", "people"]


@pytest.fixture
def numbers(people) -> list[str]:
    made = [str(number) for number in issued(people["operateur"]).numbers]
    projected()
    return made


@pytest.fixture
def reviewer(people) -> Client:
    return browser(people["evaluateur"])


@pytest.fixture
def centre(people) -> Client:
    return browser(people["crpv.paris"])
