"""What the agency's page of a request tells of what lies beside it, in both languages."""

import pytest

from tests.backoffice.access_desk import (
    SHEET,
    SIGNED,
    done,
    off_criteria,
    one,
    part,
    read,
    requested,
)
from tests.portal.sending import browser

pytestmark = pytest.mark.django_db


def test_whoever_assesses_is_told_of_a_sheet_of_that_name_and_of_requests_alike(agency) -> None:
    named = requested(agency, off_criteria(product_name="Nirogacestat"))
    other = requested(agency, part())
    page = read(browser(agency["evaluateur"]), one(named))
    assert "est au référentiel (" in page
    assert "une seule reste ouverte par patient" in page
    assert other in page


def test_whoever_signs_is_told_of_criteria_in_force_since_the_receipt(agency) -> None:
    number = requested(agency)
    done(
        browser(agency["referentiel"]), SHEET, "criteres", **{"code-0": "line", "text-0": "Ligne"}
    )
    said = {"at_once": "yes", "reason": "Signal hépatique", **SIGNED}
    done(browser(agency["signataire"]), SHEET, "publication", **said)
    page = read(browser(agency["signataire"]), one(number))
    assert "Les critères ont changé depuis la réception : la version 2 est en vigueur" in page
