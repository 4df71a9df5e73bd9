"""The demo people, their browsers, and numbered sheets that were issued."""

import pytest
from django.test import Client

from accounts.models import User
from tests.backoffice.access_desk import (
    HOLDER,
    SHEET,
    SIGNED,
    agency_people,
    done,
    granted,
    published,
    requested,
    today,
)
from tests.backoffice.sheet_moves import number, paper
from tests.continuity.sheet_desk import issued
from tests.people import doctor, people
from tests.portal.sending import browser, projected

__all__ = ["doctor", "number", "paper", "people"]


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


@pytest.fixture
def agency(people) -> dict[str, User]:
    """Return the demo people and one of each further role of the agency; a criteria sheet is published."""
    made = agency_people(people)
    published(made)
    return made


@pytest.fixture
def extended(agency) -> dict[str, User]:
    """Extend the period to file of a holder that undertook to."""
    granted(agency, requested(agency))
    done(browser(agency["evaluateur"]), HOLDER, "engagement", signed_on=today())
    said = {"months": "6", "reason": "Essai retardé", **SIGNED}
    done(browser(agency["signataire"]), HOLDER, "prolongation", **said)
    return agency


@pytest.fixture
def ceased(agency) -> dict[str, User]:
    """Fix the day on which access to a product stops."""
    projected()
    said = {"marketing_authorised_on": today(), "ceases_on": today(days=30), **SIGNED}
    done(browser(agency["signataire"]), SHEET, "cessation", **said)
    return agency
