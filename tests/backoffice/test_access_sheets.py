"""The référentiel and the rights holders' files: who prepares, who publishes, what is asked and due."""

import hashlib
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from compassionate.agency_queries import sheet as sheet_of
from compassionate.domain.vocabulary import DeclareTo, ProductStatus
from compassionate.streams import product_id
from tests.backoffice.access_desk import (
    HOLDER,
    HOLDERS,
    INDICATION,
    PRODUCT,
    SHEET,
    SHEETS,
    SIGNED,
    act,
    agency_people,
    done,
    granted,
    hidden,
    published,
    read,
    requested,
    today,
)
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db
OPENED = {
    "ouvrir.product": PRODUCT, "ouvrir.product_name": "NIROGACESTAT",
    "ouvrir.indication": INDICATION, "ouvrir.indication_text": "Tumeurs desmoïdes",
    "ouvrir.holder": "Laboratoire d’essai", "ouvrir.status": "aac",
}  # fmt: skip
ROWS = {
    "code-0": "line", "text-0": "Au moins deux lignes", "required-0": "yes",
    "code-2": "pregnancy", "text-2": "Grossesse en cours", "max_days": "180",
}  # fmt: skip
HASH = "ab" * 32


@pytest.fixture
def agency(people):
    """Return everybody; there is no criteria sheet yet."""
    return agency_people(people)


def facts(agency):
    return sheet_of(agency["signataire"], product_id(PRODUCT, INDICATION)).facts


def opened(agency) -> None:
    answer = browser(agency["referentiel"]).post(
        f"{SHEETS}ouvrir/", OPENED | {"key": str(uuid4())}
    )
    assert answer.status_code == 302, visible(answer.text)
    assert answer["Location"] == SHEET
    projected()


def test_a_sheet_is_opened_prepared_and_published_by_another_person(agency) -> None:
    opened(agency)
    editor, signatory = browser(agency["referentiel"]), browser(agency["signataire"])
    done(editor, SHEET, "criteres", **ROWS)
    page = read(signatory, SHEET)
    assert "Version préparée" in page
    assert agency["referentiel"].get_full_name() in page
    assert "Publier" not in read(editor, SHEET).replace("Préparer", "")
    done(signatory, SHEET, "publication")
    (version,) = facts(agency).published
    assert [one.code for one in version.criteria] == ["line", "pregnancy"]
    assert [one.required for one in version.criteria] == [True, False]
    assert version.max_days == 180
    assert version.in_force_from > timezone.now()
    assert "Version 1" in read(editor, SHEET)
    assert "Tumeurs desmoïdes" in read(editor, SHEETS)


def test_a_restriction_overtakes_what_is_published_for_later(agency) -> None:
    published(agency)
    editor, signatory = browser(agency["referentiel"]), browser(agency["signataire"])
    done(editor, SHEET, "criteres", **ROWS)
    done(signatory, SHEET, "publication", on=today(days=20))
    assert "La version 2 remplacera celle en vigueur le" in read(signatory, SHEET)
    done(editor, SHEET, "criteres", **ROWS | {"max_days": "30"})
    refused = act(signatory, SHEET, "publication", at_once="yes")
    assert "dites si elle est gardée ou annulée" in visible(refused.text)
    said = {"at_once": "yes", "scheduled": "cancel", "reason": "Signal hépatique"}
    done(signatory, SHEET, "publication", **said)
    known = facts(agency)
    assert (known.cancelled, [one.version for one in known.versions]) == ({2}, [1, 3])
    assert known.versions[-1].in_force_from < timezone.now() + timedelta(minutes=2)
    page = read(signatory, SHEET)
    assert "annulée , jamais en vigueur" in page.replace("annulée,", "annulée ,")
    assert "Version à venir annulée" in page
    done(editor, SHEET, "criteres", **ROWS)
    done(signatory, SHEET, "publication", on=today(days=20))
    assert "Annuler une version à venir" not in read(editor, SHEET)
    done(signatory, SHEET, "annulation", version="4", reason="À revoir")
    assert facts(agency).cancelled == {2, 4}


def test_errors_stand_at_the_row_and_rows_can_be_added(agency) -> None:
    opened(agency)
    editor = browser(agency["referentiel"])
    answer = act(editor, SHEET, "criteres", **ROWS | {"code-2": "line", "max_days": "400"})
    assert answer.status_code == 422
    assert "même code" in visible(answer.text)
    assert 'href="#q-criteres-code-2"' in answer.text
    assert "1 et 365 jours" in visible(answer.text)
    typed = {f"criteres.{name}": value for name, value in ROWS.items()}
    more = editor.post(
        f"{SHEET}criteres/",
        {"key": str(uuid4()), "do": "rows", "criteres.code-3": "", **typed},
    )
    assert more.status_code == 200
    assert "criteres.code-6" in more.text
    assert "Grossesse en cours" in more.text
    assert facts(agency).prepared is None


def test_a_protocol_is_known_by_the_hash_of_its_document(agency) -> None:
    opened(agency)
    signatory = browser(agency["signataire"])
    page = signatory.get(SHEET).text
    posted = {
        "key": hidden(page, "key"), "version": hidden(page, "version"),
        "protocole.every_days": "15, x", "protocole.declare_to": "both",
        "protocole.upload": SimpleUploadedFile("put.pdf", b"%PDF-1.7"),
    }  # fmt: skip
    refused = signatory.post(f"{SHEET}protocole/", posted)
    digest = hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert refused.status_code == 422
    assert hidden(refused.text, "protocole.document") == digest
    said = {"every_days": "15, 30", "declare_to": "both", "document": digest}
    done(signatory, SHEET, "protocole", **said)
    (protocol,) = facts(agency).protocols
    assert (protocol.document, protocol.every_days) == (digest, (15, 30))
    assert protocol.declare_to is DeclareTo.BOTH
    assert "15, 30" in read(signatory, SHEET)


def test_status_and_cessation_are_set_with_their_limits(agency) -> None:
    opened(agency)
    signatory = browser(agency["signataire"])
    late = {"marketing_authorised_on": today(days=-10), "ceases_on": today(days=200), **SIGNED}
    refused = act(signatory, SHEET, "cessation", **late)
    assert "trois mois au plus" in visible(refused.text)
    done(signatory, SHEET, "cessation", **late | {"ceases_on": today(days=30)})
    done(signatory, SHEET, "statut", status="aap", reason="Accès précoce accordé")
    assert facts(agency).status is ProductStatus.EARLY_ACCESS
    assert "Accès précoce (AAP)" in read(signatory, SHEETS)


@pytest.mark.parametrize("verb", ["publication", "protocole", "statut", "cessation"])
def test_who_prepares_publishes_nothing(agency, verb) -> None:
    opened(agency)
    said = {
        "publication.on": today(days=1), "publication.at": "00:00", "statut.status": "aap",
        "statut.reason": "x", "protocole.declare_to": "both", "protocole.document": HASH,
        "cessation.marketing_authorised_on": today(), "cessation.ceases_on": today(),
    }  # fmt: skip
    answer = browser(agency["referentiel"]).post(f"{SHEET}{verb}/", said | {"key": str(uuid4())})
    assert answer.status_code == 403


def test_the_first_request_opens_a_file_whose_clocks_are_shown(agency) -> None:
    published(agency)
    number = requested(agency)
    client = browser(agency["evaluateur"])
    listed = read(client, HOLDERS)
    assert "À informer" in listed
    assert re.search(r"À informer (Reste [1-3] jours?|Aujourd’hui)", listed)
    assert "Pas encore : sans attendre (CSP R5121-74-1 II)" in read(client, HOLDER)
    done(client, HOLDER, "information", certain_on=today(), document=HASH)
    page = client.get(HOLDER).text
    posted = {
        "key": hidden(page, "key"),
        "reponse.answered": ["trials", "draft_protocol"],
    }
    assert client.post(f"{HOLDER}reponse/", posted).status_code == 302
    done(client, HOLDER, "engagement-demande", certain_on=today(), trial="NCT05041036")
    projected()
    shown = read(client, HOLDER)
    for words in (number, "NCT05041036", "Projet de PUT-SP : reçu", "Reste 30 jours"):
        assert words in shown.replace("Reste 31 jours", "Reste 30 jours"), words
    assert "Reste" in read(client, HOLDERS)
    done(client, HOLDER, "engagement", signed_on=today())
    assert "Reçu, signé le" in read(client, HOLDER)


def test_filing_is_extended_filed_and_decided(agency) -> None:
    published(agency)
    granted(agency, requested(agency))
    evaluator, signatory = browser(agency["evaluateur"]), browser(agency["signataire"])
    page = read(evaluator, HOLDER)
    assert "Aucun engagement n’est demandé ni reçu : le délai ne court que si un essai" in page
    assert "Prolonger le délai" not in read(signatory, HOLDER)
    done(evaluator, HOLDER, "engagement", signed_on=today())
    said = {"reason": "Essai retardé", **SIGNED}
    over = act(signatory, HOLDER, "prolongation", months="9", **said)
    assert "six mois au plus" in visible(over.text)
    done(signatory, HOLDER, "prolongation", months="6", **said)
    assert "prolongé de 6 mois" in read(evaluator, HOLDER)
    done(evaluator, HOLDER, "depot", filed_on=today())
    done(evaluator, HOLDER, "has", answer="refuse", decided_on=today())
    page = read(evaluator, HOLDER)
    limit = (timezone.localdate() + timedelta(days=365)).strftime("%Y")
    assert "Refus, le" in page
    assert re.search(rf"Maintien possible jusqu’au [0-9/]+{limit}", page)


@pytest.mark.parametrize("name", ["dr.martin", "referentiel", "astreinte"])
def test_nobody_else_reads_a_file(agency, name) -> None:
    published(agency)
    requested(agency)
    for path in (HOLDERS, HOLDER):
        assert browser(agency[name]).get(path).status_code == 403


def test_an_unknown_sheet_file_or_verb_is_not_found(agency) -> None:
    client = browser(agency["signataire"])
    for path in (SHEETS, HOLDERS):
        assert client.get(f"{path}{uuid4()}/").status_code == 404
    opened(agency)
    assert client.post(f"{SHEET}rien/", {"key": str(uuid4())}).status_code == 404
