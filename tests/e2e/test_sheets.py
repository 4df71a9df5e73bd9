"""Numbered sheets in a real browser: on a desk and on a telephone, for every reader."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from continuity import sheet_queries
from continuity.domain.sheet_number import sheet_id
from continuity.domain.sheet_words import SheetState
from tests.continuity.sheet_desk import issued, recorded, with_content
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_accessibility import broken_rules
from tests.portal.sending import browser, declared, projected

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def checked(page: Page, faults: list[str]) -> None:
    """Collect what axe finds and whether the page is wider than its window."""
    faults += broken_rules(page)
    if page.evaluate(OVERFLOW) > 0:
        faults.append(f"{page.url} is wider than its window")


@pytest.fixture
def numbers(people) -> list[str]:
    """Return numbers of a block: the second typed twice, the third lacks, the fourth typed."""
    made = [str(number) for number in issued(people["operateur"], 8).numbers]
    other = with_content(drug_name="Ampicilline 1 g, flacon")
    recorded(people["evaluateur"], made[1])
    recorded(people["crpv.paris"], made[1], content=other)
    recorded(people["crpv.paris"], made[3], content=with_content(drug_batch_number="B7"))
    projected()
    return made


def typed(page: Page, number: str, day: str) -> None:
    """Fill in the form of a sheet and send it."""
    page.get_by_label("Numéro de la fiche").fill(number)
    page.get_by_label("Nature").select_option("adverse_event")
    page.get_by_label("Voie").select_option("phone")
    page.get_by_label("Appel ou écrit le").fill(day)
    page.get_by_label("Heure de l’appel").fill("0h00")
    page.get_by_label("Médicament, forme et dosage").fill("Amoxicilline")
    page.get_by_label("Numéro de lot").fill("B7")
    page.get_by_role("button", name="Enregistrer la fiche").click()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_sheet_is_typed_compared_and_matched(visit, people, numbers, size) -> None:
    told = f"Appel de la nuit, fiche {numbers[0]}."
    doctor = browser(people["dr.martin"])
    number = declared(doctor, narrative=told, drugs__0__batch_number="B8")
    projected()
    faults: list[str] = []
    reviewer = visit("evaluateur", size=size)
    page = reviewer.open("/agence/fiches/nouvelle/")
    typed(page, numbers[0], "hier")
    page.get_by_text("La fiche n’est pas encore enregistrée").wait_for()
    checked(page, faults)
    typed(page, numbers[0], timezone.localdate().strftime("%d/%m/%Y"))
    page.get_by_role("link", name="Rapprocher", exact=True).click()
    page.get_by_role("link", name=number).click()
    page.get_by_text("Constat").first.wait_for(state="attached")
    checked(page, faults)
    page.get_by_role("button", name="C’est le même cas").click()
    page.get_by_role("heading", name="Écart avec la déclaration").wait_for()
    checked(page, faults)
    page.get_by_label("La fiche fait foi").check(force=True)
    page.get_by_label("Motif").first.fill("Boîte vérifiée")
    page.get_by_role("button", name="Trancher").click()
    page.get_by_text("Boîte vérifiée").wait_for()
    facts = sheet_queries.facts_of(sheet_id(numbers[0]))
    assert (facts.state, facts.is_open) == (SheetState.MATCHED, False)
    assert faults == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_desk_and_its_pages_fit_and_are_accessible(visit, numbers, size) -> None:
    faults: list[str] = []
    reviewer = visit("evaluateur", size=size)
    page = reviewer.open("/agence/fiches/")
    reviewer.shoot("sheets")
    checked(page, faults)
    page.get_by_role("link", name=numbers[1]).click()
    page.get_by_role("heading", name="Deux versions diffèrent").wait_for()
    reviewer.shoot("sheet-versions")
    checked(page, faults)
    for path in ("carnets/", f"manquante/{numbers[2]}/", "?closes=oui"):
        checked(reviewer.open(f"/agence/fiches/{path}"), faults)
    assert faults == []
