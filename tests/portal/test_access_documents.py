"""The pages on which a hospital adds documents to a request, and everybody who may opens them."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Role
from compassionate.domain.vocabulary import RequestState
from events import erasure
from events.drain import Drainer
from events.event import Actor
from events.number import parse
from tests.compassionate import files
from tests.outage import database_away
from tests.portal.access import colleague, drafted, facts_of, key, number_in, published
from tests.portal.sending import browser, intake_browser, visible

pytestmark = pytest.mark.django_db

NAME = "IRM du 12 novembre.pdf"
RECEIPT = re.compile(r"/recus/(n1-\d+-\d+-[0-9a-z]{26})/")


@pytest.fixture
def number(doctor, people) -> str:
    return number_in(drafted(doctor, published(people)))


def add(
    client: Client,
    number: str,
    content: bytes = files.SMALL,
    name: str = NAME,
    form: dict[str, str] | None = None,
) -> Any:
    """Post the form as a browser does, its fields before the file."""
    told = (form or key()) | {"kind": "test_result"}
    return client.post(
        f"/acces/{number}/piece/", told | {"file": SimpleUploadedFile(name, content)}
    )


def address(client: Client, number: str) -> str:
    (found,) = re.findall(
        rf"/acces/{number}/pieces/[0-9a-f-]+/", client.get(f"/acces/{number}/").text
    )
    return str(found)


def test_a_document_is_added_listed_and_opened_by_prescriber_pharmacy_and_agency(
    doctor, pharmacist, people, number
) -> None:
    page = doctor.get(f"/acces/{number}/piece/")
    assert 'enctype="multipart/form-data"' in page.text
    assert f'href="/acces/{number}/piece/"' in pharmacist.get(f"/acces/{number}/").text
    answer = add(doctor, number, files.LARGEST)
    assert (answer.status_code, answer["Location"]) == (302, f"/acces/{number}/")
    shown = visible(pharmacist.get(f"/acces/{number}/").text)
    for words in ("Pièces jointes", NAME, "Résultat d’examen", "1,0 Mio", "Pièce reçue"):
        assert words in shown, words
    for client in (doctor, pharmacist):
        opened = client.get(address(client, number))
        assert opened.status_code == 200
        assert opened.content == files.LARGEST
        assert opened["Content-Type"] == "application/pdf"
        assert opened["Content-Disposition"] == f'attachment; filename="{NAME}"'
        assert opened["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in opened["Cache-Control"]
        assert opened["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_name_cannot_break_out_of_a_header_nor_hide_what_a_file_is(doctor, number) -> None:
    add(doctor, number, name='a"; filename="calc.exe')
    opened = doctor.get(address(doctor, number))
    assert opened["Content-Disposition"].startswith("attachment; filename=")
    assert opened["Content-Disposition"].endswith('.pdf"')


def test_who_may_not_read_the_patient_is_given_nothing(doctor, people, number) -> None:
    add(doctor, number)
    path = address(doctor, number)
    elsewhere = {"institution": None, "department": "69"}
    strangers = [
        colleague(people, "autre", Role.DOCTOR),
        colleague(people, "ailleurs", Role.HOSPITAL_PHARMACIST, **elsewhere),
        colleague(people, "juriste", Role.LEGAL, institution=None),
        people["evaluateur"],
    ]
    for person in strangers:
        answer = browser(person).get(path)
        assert answer.status_code == 404, person.username
        assert b"%PDF" not in answer.content
    assert browser(None).get(path).status_code == 302
    assert doctor.post(path).status_code == 405
    other = path.replace(number, number_in(drafted(doctor, None, do="save", file_number="B")))
    assert doctor.get(other).status_code == 404
    assert doctor.get(re.sub(r"[0-9a-f-]{36}", str(UUID(int=4)), path)).status_code == 404


def test_what_is_wrong_comes_back_in_words_and_keeps_what_was_chosen(
    doctor, people, number
) -> None:
    nothing = doctor.post(f"/acces/{number}/piece/", key())
    assert nothing.status_code == 422
    assert "Dites ce qu’est cette pièce." in nothing.text
    assert "Choisissez un fichier" in nothing.text
    form = key()
    cut = add(doctor, number, files.SMALL[:-9], form=form)
    assert cut.status_code == 422
    assert "sa fin manque" in visible(cut.text)
    assert f'value="{form["key"]}"' in cut.text
    assert 'value="test_result" selected' in cut.text
    too_large = add(doctor, number, files.LARGEST + b" ")
    assert "1 Mo au plus" in visible(too_large.text)
    assert facts_of(people, number).documents == ()


def test_it_is_received_without_the_log_and_its_page_opens_there(
    doctor, pharmacist, people, number
) -> None:
    with database_away() as asked_for:
        page = pharmacist.get(f"/acces/{number}/piece/")
        assert page.status_code == 200
        answer = add(pharmacist, number, files.LARGEST)
        assert answer.status_code == 302, visible(answer.text)
        assert RECEIPT.fullmatch(answer["Location"])
        told = pharmacist.get(answer["Location"])
        refused = add(pharmacist, number, files.SMALL[:-9])
    assert "default" not in asked_for
    assert "Votre envoi est reçu, il compte à cette date" in told.text
    assert refused.status_code == 422
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert doctor.get(address(doctor, number)).content == files.LARGEST


def test_an_intake_browser_adds_one_and_reads_none(people, doctor, number) -> None:
    teller = intake_browser(people["dr.martin"])
    assert teller.get(f"/acces/{number}/piece/").status_code == 200
    answer = add(teller, number)
    assert answer.status_code == 200
    assert "C’est reçu" in answer.text
    assert teller.get(address(doctor, number)).status_code == 302


def test_a_session_that_ended_gives_the_form_back_under_its_key(number) -> None:
    form = key()
    answer = add(browser(None), number, form=form)
    assert answer.status_code == 200
    assert f'value="{form["key"]}"' in answer.text
    assert "Choisissez de nouveau le fichier" in answer.text


def test_the_form_is_offered_until_the_end_and_not_to_strangers(doctor, people, number) -> None:
    other = browser(colleague(people, "autre", Role.DOCTOR))
    assert other.get(f"/acces/{number}/piece/").status_code == 404
    assert add(other, number).status_code == 404
    doctor.post(f"/acces/{number}/retrait/", key() | {"reason": "Décédé."})
    assert facts_of(people, number).state is RequestState.WITHDRAWN
    assert "/piece/" not in doctor.get(f"/acces/{number}/").text
    assert doctor.get(f"/acces/{number}/piece/").status_code == 403
    # What was written before it is a fact all the same.
    assert add(doctor, number).status_code == 302
    assert len(facts_of(people, number).documents) == 1


def test_an_erased_document_is_told_of_and_opens_no_more(doctor, people, number) -> None:
    add(doctor, number)
    path = address(doctor, number)
    doctor.post(f"/acces/{number}/retrait/", key() | {"reason": "Patient transféré."})
    stream = f"access_request-{parse(number)}"
    actor = Actor(id="operator", role="operator")
    now = facts_of(people, number).documents[0].received_at
    assert erasure.erase(stream, "patient", basis="RGPD art. 17", actor=actor, now=now)
    text = doctor.get(f"/acces/{number}/").text
    assert "Pièce effacée avec les données du patient" in text
    assert NAME not in text
    assert path not in text
    assert doctor.get(path).status_code == 404


def test_the_page_is_english_for_who_reads_english(people, number) -> None:
    page = browser(people["dr.martin"], "en").get(f"/acces/{number}/piece/").text
    assert "Add a document" in page
    assert "Result of an examination" in page
