"""Compassionate access at the agency in a real browser: from the queue to the signature, on two screens."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from compassionate import signing_keys
from compassionate.domain.vocabulary import RequestState
from compassionate.streams import product_id, request_facts
from events.number import parse
from tests.backoffice.access_desk import (
    HOME,
    INDICATION,
    PRODUCT,
    agency_people,
    ago,
    done,
    granted,
    one,
    part,
    published,
    requested,
    taken_up,
    today,
)
from tests.compassionate.scene import CODE
from tests.e2e.conftest import PHONE, WIDE, Visitor
from tests.e2e.test_accessibility import broken_rules
from tests.e2e.test_sheets import OVERFLOW
from tests.portal.sending import browser, projected

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def agency(people) -> dict[str, User]:
    made = agency_people(people)
    published(made)
    return made


def checked(page: Page, faults: list[str]) -> None:
    """Collect what axe finds, and whether the page is wider than its window, every group open."""
    faults += broken_rules(page)
    if page.evaluate(OVERFLOW) > 0:
        faults.append(f"{page.url} is wider than its window")


def signed_in(visit, user: User, size: tuple[int, int]) -> Visitor:
    """Return the visitor that a person is whom the sign-in page of a demonstration does not offer."""
    visitor: Visitor = visit(size=size)
    cookies = browser(user).cookies
    visitor.page.context.add_cookies(
        [{"name": name, "value": one.value, "url": visitor.base} for name, one in cookies.items()]
    )
    return visitor


def proposed(page: Page, ends_on: str) -> None:
    page.get_by_label("Dernier jour, compris").fill(ends_on)
    page.get_by_role("button", name="Proposer l’accord").click()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_request_goes_from_the_queue_to_its_signature(visit, agency, size) -> None:
    number, faults = requested(agency), []
    requested(agency, part(deferrable=True, urgency=None))
    evaluator = visit("evaluateur", size=size)
    page = evaluator.open(HOME)
    evaluator.shoot("agency-queue")
    checked(page, faults)
    page.get_by_role("link", name=number).click()
    page.get_by_label("Je déclare n’avoir aucun lien").check(force=True)
    evaluator.shoot("agency-request")
    page.get_by_role("button", name="Prendre en charge").dblclick()
    page.get_by_text("En évaluation", exact=True).wait_for()
    checked(page, faults)
    proposed(page, today(days=300))
    expect(page.locator("#erreurs")).to_contain_text("La durée dépasse")
    proposed(page, today(days=100))
    page.get_by_text("À la signature", exact=True).wait_for()
    projected()
    signatory = visit("signataire", size=size)
    page = signatory.open(one(number))
    accord = page.locator("#accord")
    accord.get_by_label("Référence de la délégation").fill("DG 2026-12")
    signatory.shoot("agency-sign")
    checked(page, faults)
    accord.get_by_role("button", name="Signer : accorder").click()
    page.get_by_text("Accordée", exact=True).wait_for()
    signatory.shoot("agency-granted")
    checked(page, faults)
    assert request_facts(parse(number)).state is RequestState.GRANTED
    assert faults == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_decision_that_leaves_the_teleservice_is_read_and_signed(
    visit, agency, settings, tmp_path, size
) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    signing_keys.make(agency["signataire"], CODE, ago(days=1), days=30)
    number, faults = requested(agency), []
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    signatory = visit("signataire", size=size)
    page = signatory.open(one(number))
    page.get_by_label("Cette décision part hors du téléservice").first.check(force=True)
    page.get_by_role("button", name="Signer : accorder").click()
    page.get_by_role("link", name="Signer cette lettre").click()
    page.get_by_label("Votre code de signature").fill("un autre code")
    page.get_by_role("button", name="Signer cette lettre").click()
    expect(page.get_by_role("alert")).to_contain_text("n’ouvre pas votre clé")
    checked(page, faults)
    page.get_by_label("Votre code de signature").fill(CODE)
    signatory.shoot("agency-sign-letter")
    page.get_by_role("button", name="Signer cette lettre").click()
    page.wait_for_url(f"**{one(number)}")
    expect(page.get_by_text("À signer", exact=True)).to_have_count(0)
    lawyer = signed_in(visit, agency["juriste"], size)
    page = lawyer.open(f"{HOME}delegations/")
    lawyer.shoot("agency-delegations")
    checked(page, faults)
    signatory.faults[:] = [one for one in signatory.faults if "status of 422" not in one]
    assert faults == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_desk_fits_and_is_accessible(visit, agency, size) -> None:
    authorisation, faults = granted(agency, requested(agency)), []
    where = product_id(PRODUCT, INDICATION)
    signatory = visit("signataire", size=size)
    for name, path in (
        ("", "mes-dossiers/"), ("", "a-regulariser/"), ("", "silences/"),
        ("agency-authorisations", "autorisations/"), ("", "autorisations/?echeance=oui"),
        ("agency-authorisation", f"autorisations/{authorisation}/"),
        ("agency-holders", "titulaires/"), ("access-holder", f"titulaires/{where}/"),
        ("agency-sheets", "referentiel/"), ("access-sheet", f"referentiel/{where}/"),
        ("agency-statistics", "statistiques/"),
    ):  # fmt: skip
        page = signatory.open(HOME + path)
        if name:
            signatory.shoot(name)
        checked(page, faults)
    editor = signed_in(visit, agency["referentiel"], size)
    for path in ("referentiel/", f"referentiel/{where}/"):
        page = editor.open(HOME + path)
        editor.shoot("agency-criteria")
        checked(page, faults)
    assert faults == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_call_is_recorded_under_the_number_that_was_dictated(visit, agency, size) -> None:
    faults: list[str] = []
    on_call = signed_in(visit, agency["astreinte"], size)
    page = on_call.open(f"{HOME}astreinte/")
    checked(page, faults)
    page.get_by_role("link", name="Consigner un accord oral").click()
    dictated = page.locator(".site-number--large").inner_text()
    checked(page, faults)
    page.get_by_label("Établissement de l’appelant").fill("759900012")
    page.get_by_label("Initiales").fill("DM")
    page.get_by_label("Médicament", exact=True).fill("NIROGACESTAT")
    page.get_by_label("Pourquoi l’urgence est vitale").fill("Défaillance hépatique")
    on_call.shoot("agency-call")
    page.get_by_role("button", name="Enregistrer l’accord").dblclick()
    page.get_by_text("L’accord oral est reçu").wait_for()
    assert page.locator(".site-number--large").inner_text() == dictated
    on_call.shoot("agency-called")
    checked(page, faults)
    projected()
    page = on_call.open(f"{HOME}astreinte/")
    expect(page.get_by_role("link", name=dictated)).to_be_visible()
    on_call.shoot("agency-calls")
    checked(page, faults)
    assert faults == []
