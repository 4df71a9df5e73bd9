"""Who stands before the pages in most of their tests."""

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.people import demo_people
from tests.portal.sending import browser


@pytest.fixture
def people(db) -> dict[str, User]:
    return demo_people()


@pytest.fixture
def doctor(people) -> Client:
    return browser(people["dr.martin"])


@pytest.fixture
def pharmacist(people) -> Client:
    return browser(people["ph.bernard"])
