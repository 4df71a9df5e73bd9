"""What the law has the agency tell holders and ministers of a product: letters, their record, what is left."""

import hashlib
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from compassionate.agency_queries import sheet
from compassionate.domain.vocabulary import Addressee
from compassionate.streams import product_id
from tests.backoffice.access_desk import (
    HOLDER,
    HOME,
    INDICATION,
    PRODUCT,
    SHEET,
    SIGNED,
    TO_TELL,
    act,
    done,
    granted,
    hidden,
    read,
    requested,
    today,
)
from tests.portal.sending import browser, visible

pytestmark = pytest.mark.django_db
SENT = {"means": "registered_letter", "document": "ab" * 32}


def letters(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('href="')[1:] if "/lettres/" in part[:160]]


def test_an_extension_is_told_to_both_and_nobody_forgets_it(extended) -> None:
    evaluator = browser(extended["evaluateur"])
    done(evaluator, HOLDER, "information", certain_on=today(), document="ab" * 32)
    assert "Prolongation du délai de dépôt" in read(evaluator, TO_TELL)
    assert "(2 à consigner)" in read(evaluator, TO_TELL)
    assert "1 dossier ou fiche à faire savoir" in read(evaluator, HOME)
    page = evaluator.get(HOLDER).text
    (to_ministers,) = [one for one in letters(page) if one.endswith("/ministres/")]
    to_holder = to_ministers.replace("ministres", "titulaire")
    assert to_holder in letters(page)
    made = evaluator.get(to_ministers)
    assert made["Content-Type"] == "application/pdf"
    assert made.content == evaluator.get(to_ministers).content
    assert made.content != evaluator.get(to_holder).content
    # What goes to the ministers is as it is here; what goes to the holder waits for its signature.
    assert (
        hidden(page, "information-1-ministres.document")
        == hashlib.sha256(made.content).hexdigest()
    )
    assert hidden(page, "information-1-titulaire.document") == ""
    refused = act(
        evaluator, HOLDER, "information-1-titulaire", **SENT | {"certain_on": today(days=-1)}
    )
    assert "précède la décision" in visible(refused.text)
    done(evaluator, HOLDER, "information-1-titulaire", **SENT, certain_on=today())
    done(evaluator, HOLDER, "information-1-ministres", means="dated_deposit", certain_on=today())
    shown = read(evaluator, HOLDER)
    assert "lettre recommandée avec avis de réception" in shown
    assert "dépôt horodaté" in shown
    assert "Consigner l’information des ministres" not in shown
    assert "Tout ce qui était à faire savoir est consigné" in read(evaluator, TO_TELL)
    assert "à faire savoir" not in read(evaluator, HOME)


def test_a_record_that_is_sent_twice_is_taken_once(extended) -> None:
    evaluator = browser(extended["evaluateur"])
    posted = {
        "key": str(uuid4()), "information-1-ministres.certain_on": today(),
        "information-1-ministres.means": "dated_deposit",
        "information-1-ministres.upload": SimpleUploadedFile("lettre.pdf", b"%PDF-1.7"),
    }  # fmt: skip
    assert evaluator.post(f"{HOLDER}information-1-ministres/", posted).status_code == 302
    posted["information-1-ministres.upload"] = SimpleUploadedFile("lettre.pdf", b"%PDF-1.7")
    assert evaluator.post(f"{HOLDER}information-1-ministres/", posted).status_code == 302
    again = evaluator.post(
        f"{HOLDER}information-1-ministres/",
        {
            "key": str(uuid4()), "information-1-ministres.certain_on": today(),
            "information-1-ministres.means": "dated_deposit",
            "information-1-ministres.document": "ab" * 32,
        },
    )  # fmt: skip
    assert again.status_code == 422
    assert "déjà consignée" in visible(again.text)
    assert evaluator.post(f"{HOLDER}information-2-ministres/", posted).status_code == 422
    assert evaluator.post(f"{HOLDER}information-1-presse/", posted).status_code == 404


def test_a_cessation_is_told_to_the_holder_of_the_authorisation_and_to_the_ministers(
    ceased,
) -> None:
    evaluator = browser(ceased["evaluateur"])
    assert "Cessation après l’AMM" in read(evaluator, TO_TELL)
    found = letters(evaluator.get(SHEET).text)
    assert {one.rsplit("/", 2)[1] for one in found} == {"titulaire", "ministres"}
    for address in found:
        assert evaluator.get(address).content.startswith(b"%PDF-")
    done(evaluator, SHEET, "information-1-ministres", means="dated_deposit", certain_on=today())
    done(evaluator, SHEET, "information-1-titulaire", **SENT, certain_on=today())
    assert "Tout ce qui était à faire savoir est consigné" in read(evaluator, TO_TELL)
    facts = sheet(ceased["signataire"], product_id(PRODUCT, INDICATION)).facts
    assert facts.told == {(1, to) for to in Addressee}


def test_a_letter_says_what_was_known_at_its_event_whatever_came_since(extended) -> None:
    signatory = browser(extended["signataire"])
    first = letters(signatory.get(HOLDER).text)[1]
    before = signatory.get(first).content
    said = {"months": "2", "reason": "Encore retardé", **SIGNED}
    done(signatory, HOLDER, "prolongation", **said)
    extended["signataire"].last_name = "Autre"
    extended["signataire"].save()
    assert signatory.get(first).content == before


@pytest.mark.parametrize(
    "name", ["juriste", "auditeur", "astreinte", "referentiel", "dr.martin", "ph.bernard"]
)
def test_nobody_else_reads_a_letter_or_records_that_it_left(extended, name) -> None:
    address = letters(browser(extended["evaluateur"]).get(HOLDER).text)[0]
    client = browser(extended[name])
    assert client.get(address).status_code == 403
    posted = {
        "key": str(uuid4()), "information-1-ministres.certain_on": today(),
        "information-1-ministres.means": "dated_deposit",
        "information-1-ministres.document": "ab" * 32,
    }  # fmt: skip
    assert client.post(f"{HOLDER}information-1-ministres/", posted).status_code == 403
    if name == "juriste":
        assert letters(client.get(HOLDER).text) == []


def test_a_letter_that_there_is_none_of_is_not_found(extended) -> None:
    client = browser(extended["evaluateur"])
    address = letters(client.get(HOLDER).text)[0]
    for wrong in (address.replace("ministres", "presse"), f"{HOLDER}lettres/1/ministres/"):
        assert client.get(wrong).status_code == 404
    assert client.get(f"{HOME}titulaires/{uuid4()}/lettres/1/ministres/").status_code == 404


@pytest.mark.parametrize("verb", ["prolongation", "cessation"])
def test_a_decision_about_a_product_is_not_taken_without_its_delegation(agency, verb) -> None:
    granted(agency, requested(agency))
    done(browser(agency["evaluateur"]), HOLDER, "engagement", signed_on=today())
    address, said = {
        "prolongation": (HOLDER, {"months": "6", "reason": "Essai retardé"}),
        "cessation": (SHEET, {"marketing_authorised_on": today(), "ceases_on": today()}),
    }[verb]
    answer = act(
        browser(agency["signataire"]), address, verb, **said, **SIGNED | {"delegation": ""}
    )
    assert answer.status_code == 422
    assert "Aucune délégation de cette référence" in visible(answer.text)
