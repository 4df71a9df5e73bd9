"""A declaration in a real browser: from the doctor's hands to the reviewer's list and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from events.number import parse
from pharmacovigilance import queries
from tests.e2e.conftest import PHONE, WIDE, Visitor
from tests.portal.sending import projected

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}")


def fill(page: Page) -> None:
    """Give the least answers of a vaccine's declaration."""
    page.fill("[name='drugs.0.name']", "Vaccin antigrippal")
    page.fill("[name='drugs.0.start']", "12/03/2026")
    page.fill("[name='drugs.0.batch_number']", "FX1234")
    page.fill("[name='reactions.0.term']", "Myocardite")
    page.fill("[name='reactions.0.onset']", "14/03/2026")
    page.get_by_label("Hospitalisation ou prolongation").check(force=True)
    page.fill("[name='narrative']", "Douleur thoracique deux jours après l’injection.")
    page.get_by_label("Masculin").check(force=True)
    page.fill("[name='patient.age_value']", "27")


def sent(page: Page) -> str:
    """Send the form; return the number on the receipt."""
    page.get_by_role("button", name="Envoyer la déclaration").click()
    page.wait_for_url("**/accuse/")
    return page.locator(".site-number--large").inner_text()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_from_the_doctor_to_the_reviewer_and_back(visit, size) -> None:
    doctor = visit("dr.martin", size=size)
    number = declare_after_a_mistake(doctor)
    projected()
    ask_for_more(visit("evaluateur", size=size), number)
    projected()
    answer_and_complete(doctor, number)
    page = doctor.page
    page.get_by_role("link", name="lire tel que connu alors").last.click()
    expect(page.get_by_text("Voici ce qui était connu le", exact=False).first).to_be_visible()
    expect(page.get_by_text("Réponse reçue")).to_have_count(0)


def declare_after_a_mistake(doctor: Visitor) -> str:
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    doctor.shoot("declare")
    page.fill("[name='reactions.0.onset']", "14/03/2999")
    page.get_by_role("button", name="Envoyer la déclaration").click()
    expect(page.locator("#erreurs")).to_be_focused()
    doctor.shoot("declare-errors")
    page.locator("#erreurs a").click()
    expect(page.locator("[name='reactions.0.onset']")).to_be_in_viewport()
    page.fill("[name='reactions.0.onset']", "14/03/2026")
    number = sent(page)
    assert NUMBER.fullmatch(number)
    doctor.shoot("receipt")
    return number


def ask_for_more(reviewer: Visitor, number: str) -> None:
    page = reviewer.open("/agence/")
    expect(page.get_by_text("Reste 15 jours")).to_be_visible()
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("Cas pseudonymisé")).to_be_visible()
    page.get_by_label("Votre question au déclarant").fill("Quel est le dosage de troponine ?")
    page.get_by_role("button", name="Demander").click()
    expect(page.get_by_text("Information demandée").first).to_be_visible()
    page = reviewer.open("/agence/echeances/")
    expect(page.get_by_role("link", name=number)).to_be_visible()


def answer_and_complete(doctor: Visitor, number: str) -> None:
    page = doctor.open("/declarations/")
    page.get_by_role("link", name=number).click()
    page.get_by_label("Votre réponse").fill("Troponine à 2 400 ng/L.")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_text("Réponse reçue")).to_be_visible()
    page.get_by_role("link", name="Compléter").click()
    known = page.get_by_role("group", name="Effet : Myocardite")
    known.get_by_label("Évolution").select_option("recovering")
    doctor.shoot("follow-up")
    page.get_by_role("button", name="Envoyer le complément").click()
    expect(page.get_by_text("Complément reçu")).to_be_visible()
    doctor.shoot("declaration")


def test_the_whole_path_without_javascript(visit) -> None:
    doctor = visit("dr.martin", javascript=False)
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    page.get_by_role("button", name="Ajouter un produit", exact=True).click()
    page.fill("[name='drugs.1.name']", "Paracétamol")
    page.get_by_role("button", name="Ajouter un effet").click()
    page.get_by_role("button", name="Retirer Effet 2").click()
    page.locator("summary", has_text="Décès").first.click()
    page.fill("[name='death_cause']", "inconnue")
    number = sent(page)
    page = doctor.open(f"/declarations/{number}/")
    for said in ["Paracétamol", "Myocardite", "FX1234", "inconnue"]:
        expect(page.get_by_text(said).first).to_be_visible()


def test_rows_come_and_go_without_leaving_the_page(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/")
    page.evaluate("window.stayed = true")
    page.fill("[name='narrative']", "Gardé")
    page.get_by_role("button", name="Ajouter un produit", exact=True).click()
    expect(page.locator("[name='drugs.1.name']")).to_be_focused()
    page.fill("[name='drugs.1.name']", "Paracétamol")
    page.get_by_role("button", name="Retirer Produit 1").click()
    expect(page.locator("[name='drugs.0.name']")).to_have_count(0)
    expect(page.locator("[name='drugs.1.name']")).to_have_value("Paracétamol")
    expect(page.locator("[name='narrative']")).to_have_value("Gardé")
    assert page.evaluate("window.stayed")


def test_a_double_click_declares_once(visit, people) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    page.get_by_role("button", name="Envoyer la déclaration").dblclick()
    page.wait_for_url("**/accuse/")
    page.go_back()
    page.get_by_role("button", name="Envoyer la déclaration").click()
    page.wait_for_url("**/accuse/")
    projected()
    assert len(queries.declarations(people["dr.martin"]).rows) == 1


def test_a_form_gone_back_to_and_changed_is_held_back_once(visit, people) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    sent(page)
    page.go_back()
    page.fill("[name='drugs.0.name']", "Aspirine")
    page.get_by_role("button", name="Envoyer la déclaration").click()
    expect(page.locator("#erreurs")).to_contain_text("déjà été envoyé")
    expect(page.locator("#erreurs")).to_be_focused()
    sent(page)
    projected()
    assert len(queries.declarations(people["dr.martin"]).rows) == 2


def test_a_follow_up_is_sent_once_and_its_errors_are_reached(visit, people) -> None:
    doctor = visit("dr.martin")
    fill(doctor.open("/declarations/nouvelle/?produit=vaccine"))
    page = doctor.page
    number = sent(page)
    page = doctor.open(f"/declarations/{number}/complement/")
    page.get_by_label("Ce qui est nouveau").fill("Sortie hier.")
    page.locator("summary", has_text="Un autre produit").first.click()
    page.fill("[name='drugs.1.name']", "Aspirine")
    page.keyboard.press("Enter")
    expect(page.locator("[name='drugs.1.name']")).to_have_value("Aspirine")
    page.fill("[name='drugs.1.start']", "31/02/2026")
    page.get_by_role("button", name="Envoyer le complément").click()
    expect(page.locator("#erreurs")).to_be_focused()
    expect(page.locator("#erreurs")).to_contain_text("Le complément n’est pas encore envoyé")
    page.locator("#erreurs a").click()
    expect(page.locator("[name='drugs.1.start']")).to_be_in_viewport()
    page.fill("[name='drugs.1.start']", "12/02/2026")
    page.get_by_role("button", name="Envoyer le complément").dblclick()
    page.wait_for_url(f"**/declarations/{number}/")
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert shown.version == 2
    assert [drug.name for drug in shown.report.drugs] == ["Vaccin antigrippal", "Aspirine"]


def test_back_after_signing_out_shows_no_patient(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    number = sent(page)
    page = doctor.open(f"/declarations/{number}/")
    expect(page.get_by_text("Douleur thoracique").first).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(doctor.base + "/")
    page.go_back()
    page.wait_for_url("**/connexion/**")
    expect(page.get_by_text("Douleur thoracique")).to_have_count(0)
    page.go_back()
    expect(page.get_by_text(number)).to_have_count(0)


def test_a_form_whose_session_ended_is_sent_after_signing_in_again(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    fill(page)
    number = sent(page)
    page = doctor.open(f"/declarations/{number}/complement/")
    page.fill("[name='narrative']", "Sortie demain, sans fièvre.")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Envoyer le complément").click()
    expect(page.get_by_text("Votre session s’est terminée")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Reconnectez-vous").click()
    opened.value.locator("button[value='dr.martin']").click()
    opened.value.wait_for_url(doctor.base + "/")
    page.get_by_role("button", name="Envoyer de nouveau").click()
    # Signing in has changed the form's token: it is shown once more, as the form that it was.
    expect(page.get_by_text("Vérifiez-la et envoyez de nouveau.")).to_be_visible()
    expect(page.locator("[name='narrative']")).to_have_value("Sortie demain, sans fièvre.")
    page.get_by_role("button", name="Envoyer le complément").click()
    expect(page.get_by_text("Complément reçu")).to_be_visible()


def test_the_keyboard_alone_is_enough(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("[name='drugs.0.name']")).to_be_focused()
    page.keyboard.type("Aspirine")
    page.keyboard.press("Enter")
    expect(page.locator("[name='drugs.0.name']")).to_have_value("Aspirine")
    assert page.url.endswith("/nouvelle/")
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "send":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/accuse/")


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_no_page_is_wider_than_its_window(visit, width: int) -> None:
    doctor = visit("dr.martin", size=(width, 800))
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert fits(page), page.url
    fill(page)
    page.fill("[name='drugs.0.name']", "Méthylprednisolonehémisuccinate" * 3)
    number = sent(page)
    projected()
    reviewer = visit("evaluateur", size=(width, 800))
    for visitor, paths in (
        (doctor, ["/", "/declarations/", f"/declarations/{number}/"]),
        (doctor, [f"/declarations/{number}/complement/", f"/declarations/{number}/accuse/"]),
        (reviewer, ["/agence/", "/agence/echeances/", f"/agence/{number}/"]),
    ):
        for path in paths:
            assert fits(visitor.open(path)), path


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_english_from_end_to_end(visit) -> None:
    doctor = visit("dr.martin")
    page = doctor.open("/declarations/nouvelle/?produit=vaccine")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Report an adverse reaction")
    page.fill("[name='reactions.0.term']", "Myocarditis")
    page.fill("[name='reactions.0.onset']", "2999")
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#erreurs")).to_contain_text("This date is in the future")
    page.fill("[name='reactions.0.onset']", "2026")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your report is received")
    doctor.shoot("receipt-english")
