"""No page breaks a rule that axe can check (WCAG 2.2 A and AA, and axe's good practices)."""

import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import User
from tests.e2e.conftest import PHONE, WIDE, Visitor
from tests.portal.sending import browser, declared, projected

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


def broken_rules(page: Page) -> list[str]:
    """Return what axe finds on a page with every group of questions open."""
    page.evaluate(OPEN_ALL)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{page.url}: {broken['id']}: {broken['nodes'][0]['html'][:200]}"
        for broken in found.response["violations"]
    ]


def discussed(people: dict[str, User]) -> str:
    """Return the number of a declaration with errors to check, a question and a follow-up."""
    doctor = browser(people["dr.martin"])
    number = declared(doctor, drugs__0__kind="vaccine", seriousness=["death"])
    browser(people["evaluateur"]).post(
        f"/agence/{number}/question/", {"text": "Quel lot ?", "key": str(uuid.uuid4())}
    )
    doctor.post(
        f"/declarations/{number}/complement/", {"narrative": "Suite", "key": str(uuid.uuid4())}
    )
    projected()
    return number


def walked(visitor: Visitor, paths: list[str]) -> list[str]:
    return [broken for path in paths for broken in broken_rules(visitor.open(path))]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_passes(visit, people, size) -> None:
    number = discussed(people)
    here = f"/declarations/{number}/"
    public = ["/", "/connexion/", "/accessibilite/", "/mentions-legales/", "/status", "/rien/"]
    own = ["/", "/declarations/", "/declarations/nouvelle/?produit=vaccine", here]
    own += [here + part for part in ["accuse/", "complement/", "retrait/"]]
    agency = ["/", "/agence/", "/agence/echeances/", f"/agence/{number}/"]
    broken = walked(visit(None, size=size), [*public, "/donnees-personnelles/"])
    broken += walked(visit("dr.martin", size=size), own)
    broken += walked(visit("evaluateur", size=size), agency)
    assert broken == []


def test_a_form_with_errors_passes(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/")
    page.evaluate(OPEN_ALL)
    page.fill("[name='death_date']", "2999")
    page.fill("[name='drugs.0.cis']", "1")
    page.get_by_role("button", name="Envoyer la déclaration").click()
    page.wait_for_selector("#erreurs")
    assert broken_rules(page) == []
