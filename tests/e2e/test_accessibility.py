"""No page breaks a rule that axe can check (WCAG 2.2 A and AA, and axe's good practices)."""

import uuid
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import User
from events.drain import Drainer
from tests.backoffice.audited import audit_pages
from tests.e2e.conftest import PHONE, WIDE, Visitor
from tests.e2e.test_journey import fill
from tests.outage import database_away
from tests.portal.sending import LEAST, browser, declared, projected

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
    public = [
        "/",
        "/connexion/",
        "/declarer-sans-compte/",
        "/accessibilite/",
        "/mentions-legales/",
        "/status",
        "/rien/",
    ]
    own = ["/", "/declarations/", "/declarations/nouvelle/?produit=vaccine", here]
    own += [here + part for part in ["accuse/", "complement/", "retrait/"]]
    agency = ["/", "/agence/", "/agence/echeances/", f"/agence/{number}/"]
    broken = walked(visit(None, size=size), [*public, "/donnees-personnelles/"])
    broken += walked(visit("dr.martin", size=size), own)
    broken += walked(visit("evaluateur", size=size), agency)
    audits = [path for _name, _client, path in audit_pages(people, number)]
    broken += walked(visit("dpo", size=size), audits)
    teller = visit("dr.martin", size=size)
    teller.page.context.clear_cookies(name="sessionid")
    broken += walked(teller, ["/", "/declarations/nouvelle/", here + "complement/"])
    assert broken == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_is_shown_without_the_database_passes(visit, people, size, monkeypatch) -> None:
    number = discussed(people)
    doctor = visit("dr.martin", size=size)
    for module in ("accounts.views", "portal.pages", "portal.blind"):
        monkeypatch.setattr(f"{module}.database_answers", lambda: False)
    nobody = visit(None, size=size)
    broken = walked(nobody, ["/connexion/", "/status"])
    here = f"/declarations/{number}/complement/"
    broken += walked(doctor, ["/connexion/", "/", here])
    doctor.page.locator("textarea").fill("Guérie.")
    doctor.page.locator("button", has_text="Envoyer le complément").click()
    doctor.page.wait_for_url(f"**/declarations/{number}/")
    for visitor in (nobody, doctor):
        visitor.faults[:] = [fault for fault in visitor.faults if "status of 503" not in fault]
    assert broken == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_receipt_passes_wherever_it_is(visit, size) -> None:
    doctor = visit("dr.martin", size=size, javascript=True)
    page = doctor.page
    with database_away():
        fill(doctor.open("/declarations/nouvelle/?produit=vaccine"))
        page.get_by_role("button", name="Envoyer la déclaration").click()
        page.wait_for_url("**/recus/**")
        here = page.url.removeprefix(doctor.base)
        broken = walked(doctor, [here, here.replace("n1", "n9", 1), f"{here[:-4]}aaa/"])
    assert Drainer(grace=timedelta(0)).once().drained == 1
    broken += walked(doctor, [here, f"{here[:-4]}aaa/"])
    assert page.locator("h1").inner_text() == "Reçu inconnu ici"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert broken == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_door_is_gone_through(visit, size) -> None:
    visitor = visit(None, size=size)
    page = visitor.open("/declarer-sans-compte/")
    typed = LEAST | {
        "reporter.family_name": "Durand",
        "reporter.rpps": "10009999912",
        "reporter.phone": "01 42 00 00 00",
        "reporter.department_code": "75",
    }
    for name in ("drugs.0.name", "reactions.0.term", "narrative"):
        page.locator(f"[name='{name}']").fill(typed[name])
    page.locator("button[value='send']").click()
    page.wait_for_selector("#erreurs")
    assert page.locator(".fr-message--error").count() == 4
    broken = broken_rules(page)
    for name in ("family_name", "rpps", "phone", "department_code"):
        page.locator(f"[name='reporter.{name}']").fill(typed[f"reporter.{name}"])
    page.locator("button[value='send']").click()
    page.wait_for_selector(".site-number--large")
    visitor.shoot("received")
    assert broken + broken_rules(page) == []


def test_a_form_with_errors_passes(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/")
    page.evaluate(OPEN_ALL)
    page.fill("[name='death_date']", "2999")
    page.fill("[name='drugs.0.cis']", "1")
    page.get_by_role("button", name="Envoyer la déclaration").click()
    page.wait_for_selector("#erreurs")
    assert broken_rules(page) == []
