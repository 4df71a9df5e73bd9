"""Compassionate access in a real browser: from the doctor's draft to the agency, and a renewal."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from compassionate.domain.vocabulary import RequestState
from events.drain import Drainer
from tests.compassionate import files
from tests.e2e.conftest import PHONE, WIDE, Visitor
from tests.e2e.test_accessibility import broken_rules, walked
from tests.outage import database_away
from tests.portal.access import (
    access_pages,
    drafted,
    facts_of,
    granted,
    number_in,
    published,
)
from tests.portal.sending import browser, projected

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = re.compile(r"/acces/([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})/$")
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


def fill(page: Page, **answers: str) -> None:
    for name, value in answers.items():
        page.fill(f"[name='prescription.{name}']", value)


def fits(visitor: Visitor) -> None:
    """Assert that nothing of a page stands out of its window."""
    width = (visitor.page.viewport_size or {"width": 0})["width"]
    visitor.page.wait_for_load_state()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def shoot(visitor: Visitor, name: str) -> None:
    fits(visitor)
    visitor.shoot(name)


@SIZES
def test_from_the_draft_to_the_agency_and_the_renewal(visit, people, size) -> None:
    published(people)
    doctor, pharmacist = visit("dr.martin", size=size), visit("ph.bernard", size=size)
    number = ask_after_a_mistake(doctor)
    projected()
    send_from_the_inbox(pharmacist, number)
    assert facts_of(people, number).state is RequestState.RECEIVED
    authorisation = granted(people, number, days=20)
    renewal = renew_on_one_page(doctor, authorisation)
    facts = facts_of(people, renewal)
    assert (facts.state, facts.renews) == (RequestState.AT_PHARMACY, authorisation)


def ask_after_a_mistake(doctor: Visitor) -> str:
    page = doctor.open("/")
    page.get_by_role("link", name="Nouvelle demande").click()
    shoot(doctor, "access-choose")
    page.get_by_role("link", name="NIROGACESTAT").click()
    page.get_by_label("Féminin").check(force=True)
    fill(page, patient_initials="DM", patient_age="54", patient_weight_kg="61,5")
    fill(page, form="comprimé", strength="50 mg", dosage="150 mg matin et soir")
    fill(page, trial="aucun", urgency="Compression médullaire débutante")
    page.locator("#q-prescription-deferrable").get_by_label("Non").check(force=True)
    for place, answer in enumerate(("Rempli", "Non rempli", "Sans objet")):
        row = page.locator(f"#q-prescription-criteria-{place}-answer")
        row.get_by_label(answer, exact=True).check(force=True)
    for name in ("undertakes_criteria", "undertakes_follow_up"):
        page.locator(f"#q-prescription-{name}").check(force=True)
    page.get_by_role("button", name="Envoyer à la pharmacie").click()
    expect(page.locator("#erreurs")).to_be_focused()
    expect(page.locator("#erreurs a")).to_have_count(1)
    shoot(doctor, "access-draft-errors")
    page.locator("#erreurs a").click()
    expect(page.locator("[name='prescription.duration_days']")).to_be_in_viewport()
    fill(page, duration_days="180")
    page.get_by_role("button", name="Envoyer à la pharmacie").click()
    page.wait_for_url(NUMBER)
    expect(page.get_by_text("À la pharmacie (PUI)").first).to_be_visible()
    shoot(doctor, "access-request")
    found = NUMBER.search(page.url)
    assert found is not None
    return found[1]


def send_from_the_inbox(pharmacist: Visitor, number: str) -> None:
    page = pharmacist.open("/acces/pharmacie/")
    shoot(pharmacist, "access-inbox")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("Compression médullaire débutante")).to_be_visible()
    page.fill("[name='pharmacy.phone']", "01 40 00 00 00")
    page.fill("[name='pharmacy.quantity']", "60 comprimés de 50 mg")
    page.fill("[name='pharmacy.analysis']", "Pas d’interaction.")
    shoot(pharmacist, "access-pharmacy")
    page.get_by_role("button", name="Envoyer à l’agence").click()
    page.wait_for_url(NUMBER)
    expect(page.get_by_text("Reçue par l’agence").first).to_be_visible()


def renew_on_one_page(doctor: Visitor, authorisation: str) -> str:
    page = doctor.open("/acces/autorisations/")
    expect(page.get_by_text("J-20").first).to_be_visible()
    shoot(doctor, "access-authorisations")
    page.get_by_role("link", name=f"Renouveler {authorisation}").first.click()
    expect(page.locator("[name='prescription.dosage']")).to_be_hidden()
    fill(page, elapsed_data="Réponse partielle.", patient_age="54", patient_weight_kg="60")
    page.locator("#q-prescription-deferrable").get_by_label("Oui").check(force=True)
    for place, answer in enumerate(("Rempli", "Non rempli", "Sans objet")):
        row = page.locator(f"#q-prescription-criteria-{place}-answer")
        row.get_by_label(answer, exact=True).check(force=True)
    for name in ("attests_interest", "undertakes_criteria", "undertakes_follow_up"):
        page.locator(f"#q-prescription-{name}").check(force=True)
    shoot(doctor, "access-renewal")
    page.get_by_role("button", name="Envoyer à la pharmacie").click()
    page.wait_for_url(NUMBER)
    found = NUMBER.search(page.url)
    assert found is not None
    return found[1]


def test_a_document_is_added_and_saved_without_javascript(visit, people) -> None:
    number = number_in(drafted(browser(people["dr.martin"]), published(people)))
    doctor = visit("dr.martin", javascript=False)
    page = doctor.open(f"/acces/{number}/")
    page.get_by_role("link", name="Ajouter une pièce").click()
    page.get_by_role("button", name="Envoyer la pièce").click()
    expect(page.get_by_text("Dites ce qu’est cette pièce.")).to_be_visible()
    page.get_by_label("Nature de la pièce").select_option("test_result")
    scan: FilePayload = {"name": "IRM.pdf", "mimeType": "image/png", "buffer": files.LARGEST}
    page.set_input_files("[name='file']", scan)
    shoot(doctor, "access-document")
    page.get_by_role("button", name="Envoyer la pièce").click()
    page.wait_for_url(NUMBER)
    with page.expect_download() as saved:
        page.get_by_role("link", name="IRM.pdf").click()
    assert saved.value.suggested_filename == "IRM.pdf"
    assert saved.value.path().read_bytes() == files.LARGEST


@SIZES
def test_every_page_passes_and_fits(visit, people, size) -> None:
    pages = access_pages(people, browser(people["dr.martin"]), browser(people["ph.bernard"]))
    visitors = {
        "access, doctor": visit("dr.martin", size=size),
        "access, pharmacist": visit("ph.bernard", size=size),
    }
    broken: list[str] = []
    for name, _client, path in pages:
        visitor = visitors[name]
        broken += walked(visitor, [path])
        fits(visitor)
    assert broken == []


@SIZES
def test_an_outage_takes_a_whole_request(visit, people, size) -> None:
    published(people)
    pharmacist = visit("ph.bernard", size=size)
    page = pharmacist.page
    with database_away():
        pharmacist.open("/acces/pharmacie/")
        broken = broken_rules(page)
        shoot(pharmacist, "access-outage")
        page.locator("main").get_by_role("link", name="Déclarer une dose donnée").click()
        page.fill("[name='dispensing.at']", "2026-01-02T03:30")
        fill(page, patient_initials="DM", product_name="XZ-12")
        shoot(pharmacist, "access-dose")
        broken += broken_rules(page)
        page.get_by_role("button", name="Déclarer la dose").click()
        page.wait_for_url("**/recus/**")
        shoot(pharmacist, "access-receipt")
    assert Drainer(grace=timedelta(0)).once().drained == 1
    page.reload()
    page.get_by_role("link", name="Voir la demande").click()
    expect(page.get_by_text("À régulariser").first).to_be_visible()
    pharmacist.faults[:] = [fault for fault in pharmacist.faults if "status of 503" not in fault]
    assert broken == []
