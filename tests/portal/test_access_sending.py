"""What goes through the intake: complete requests, doses, answers, withdrawals; also without a log."""

import re
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from compassionate import queries, sending
from compassionate.domain.prescription import Dispensing, Prescription
from compassionate.domain.vocabulary import Channel, RequestState
from events.drain import Drainer
from events.number import parse
from tests.outage import database_away
from tests.portal import access
from tests.portal.access import (
    ANSWERS,
    PHARMACY,
    PRESCRIBER,
    TYPED,
    asked,
    drafted,
    facts_of,
    number_in,
    opened,
    published,
    sent_to_agency,
)
from tests.portal.sending import browser, intake_browser, visible

pytestmark = pytest.mark.django_db

RECEIPT = re.compile(r"/recus/(n1-\d+-\d+-[0-9a-z]{26})/")
WHOLE = TYPED | PRESCRIBER | PHARMACY | {"do": "send"}


def received(client: Client, path: str, form: dict[str, str]) -> str:
    """Post a form while the log is away; return the number that the receipt shows."""
    with database_away():
        answer = client.post(path, form)
        assert answer.status_code == 302, visible(answer.text)
        assert RECEIPT.fullmatch(answer["Location"]), answer["Location"]
        page = client.get(answer["Location"])
    assert "Votre envoi est reçu, il compte à cette date" in page.text
    assert 'href="/acces/"' in page.text
    return _number(page)


def _number(page: Any) -> str:
    found = re.search(r"site-number--large\">([0-9A-Z-]+)<", page.text)
    assert found is not None
    return found[1]


def test_a_whole_request_goes_in_one_go(pharmacist, people) -> None:
    sheet = published(people)
    assert f"?fiche={sheet}" in pharmacist.get("/acces/complete/").text
    form = opened(pharmacist, "/acces/complete/", fiche=str(sheet))
    refused = pharmacist.post("/acces/complete/", form | {"do": "send"})
    assert refused.status_code == 422
    for name in ("prescription-dosage", "pharmacy-analysis", "prescription-prescriber_name"):
        assert f'href="#q-{name}"' in refused.text, name
    number = number_in(pharmacist.post("/acces/complete/", form | WHOLE | ANSWERS))
    facts = facts_of(people, number)
    assert facts.state is RequestState.RECEIVED
    assert facts.prescriber == str(people["dr.martin"].public_id)
    (last,) = queries.request(people["dr.martin"], parse(number)).events[-1:]
    assert last.event.channel is Channel.PORTAL


def whole_for_nobody_here(pharmacist: Client, people) -> str:
    """Send a whole request for a prescriber who has no account; return its number."""
    form = opened(pharmacist, "/acces/complete/", fiche=str(published(people)))
    elsewhere = {
        "prescription.prescriber_name": "Dr Anne Petit",
        "prescription.prescriber_rpps": "10009999938",
    }
    number = number_in(pharmacist.post("/acces/complete/", form | WHOLE | ANSWERS | elsewhere))
    assert facts_of(people, number, "ph.bernard").prescriber is None
    return number


def test_a_whole_request_is_received_without_the_log(pharmacist, people) -> None:
    sheet = published(people)
    form = opened(pharmacist, "/acces/complete/", fiche=str(sheet)) | WHOLE | ANSWERS
    number = received(pharmacist, "/acces/complete/", form)
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert facts_of(people, number).state is RequestState.RECEIVED


def test_a_whole_request_opened_without_the_log_asks_for_the_offline_kit(
    pharmacist, people
) -> None:
    published(people)
    with database_away() as asked_for:
        page = pharmacist.get("/acces/complete/")
        form = access.fields_of(page.text)
        more = pharmacist.post("/acces/complete/", form | {"do": "add"})
    assert page.status_code == more.status_code == 200
    assert "default" not in asked_for
    text = visible(page.text)
    assert "Identifiant au référentiel" in text
    assert "recopiez les codes de la fiche" in text
    codes = {
        f"prescription.criteria.{place}.code": code
        for place, code in enumerate(("line", "pregnancy", "marker"))
    }
    kit = {
        "prescription.product": access.PRODUCT,
        "prescription.product_name": "NIROGACESTAT",
        "prescription.indication": access.INDICATION,
        "prescription.indication_text": "Tumeur desmoïde",
        "prescription.criteria_version": "1",
        "pharmacy.pharmacist_rpps": "10009999920",
    }
    typed = access.fields_of(more.text) | WHOLE | codes | ANSWERS | kit
    assert "prescription.criteria.1.code" in access.fields_of(more.text)
    with database_away() as asked_for:
        wrong = pharmacist.post("/acces/complete/", typed | {"prescription.patient_age": "abc"})
    assert wrong.status_code == 422
    assert asked_for == [] or "default" not in asked_for
    assert access.fields_of(wrong.text)["prescription.patient_age"] == "abc"
    number = received(pharmacist, "/acces/complete/", typed)
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert facts_of(people, number).state is RequestState.RECEIVED


def test_only_a_pharmacist_gives_both_parts(doctor, people) -> None:
    assert doctor.get("/acces/complete/").status_code == 403
    assert doctor.get("/acces/dispensation/").status_code == 403
    other = browser(access.colleague(people, "seule", Role.HOSPITAL_PHARMACIST, institution=None))
    assert other.get("/acces/complete/").status_code == 403


def test_a_dose_of_a_request_needs_no_call(pharmacist, doctor, people) -> None:
    number = number_in(drafted(doctor, published(people)))
    path = f"/acces/{number}/dispensation/"
    html = pharmacist.get(path).text
    assert "sans appeler personne" in visible(html)
    assert "appelez l’astreinte avant de donner" in visible(html)
    form = access.fields_of(html) | {"do": "send"}
    refused = pharmacist.post(path, form)
    assert refused.status_code == 422
    assert "Dites quand la dose a été donnée." in refused.text
    at = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    dose = {"dispensing.at": at, "prescriber_attests": "true", "pharmacist_attests": "true"}
    assert number_in(pharmacist.post(path, form | dose)) == number
    facts = facts_of(people, number)
    assert facts.state is RequestState.TO_REGULARISE
    assert "not_attested" not in facts.flags


def told_dose(people) -> str:
    """Report a dose given an hour ago, as the pharmacist; return the number of its request."""
    done = sending.declare_dispensing(
        people["ph.bernard"],
        Dispensing(at=timezone.now() - timedelta(hours=1), quantity="60", batch="B1"),
        prescription=Prescription(patient_initials="DM", product_name="XZ-12"),
        idempotency_key="dose",
    )
    return done.number


def test_a_dose_is_corrected_from_what_was_told_of_it(pharmacist, people) -> None:
    number = told_dose(people)
    page = pharmacist.get(f"/acces/{number}/").text
    assert "Doses données avant la décision" in page
    path = f"/acces/{number}/dispensation/correction/"
    assert f'href="{path}?dose=1"' in page
    form = opened(pharmacist, path, dose="1")
    assert (form["dispensing.quantity"], form["dispensing.batch"]) == ("60", "B1")
    assert form["told_at"] == form["dispensing.at"] != ""
    # A dose that there is not is no other dose.
    assert opened(pharmacist, path, dose="7").get("dispensing.batch", "") == ""
    assert opened(pharmacist, path).get("dispensing.batch") == "B1"
    at = timezone.localtime(timezone.now() - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    refused = pharmacist.post(path, form | {"dispensing.at": at, "do": "send"})
    assert refused.status_code == 422
    assert 'href="#q-reason"' in refused.text
    said = {"dispensing.at": at, "reason": "Heure de la pose, non de la dose.", "do": "send"}
    assert number_in(pharmacist.post(path, form | said)) == number
    (dose,) = facts_of(people, number, "ph.bernard").beforehand
    assert timezone.localtime(dose.at).strftime("%Y-%m-%dT%H:%M") == at
    shown = visible(pharmacist.get(f"/acces/{number}/").text)
    assert "Corrigée. Déclarée d’abord" in shown
    assert "Heure de la pose, non de la dose." in shown
    assert "Dose déclarée, corrigée" in shown
    unknown = pharmacist.post(path, form | said | {"told_at": "2026-01-02T03:04"} | access.key())
    assert unknown.status_code == 422
    assert 'href="#q-told_at"' in unknown.text


@pytest.mark.parametrize("declares_only", [False, True])
def test_a_correction_is_received_without_the_log(people, declares_only: bool) -> None:
    number = told_dose(people)
    told_at = facts_of(people, number, "ph.bernard").beforehand[0].at
    user = people["ph.bernard"]
    client = intake_browser(user) if declares_only else browser(user)
    path = f"/acces/{number}/dispensation/correction/"
    minute = timezone.localtime(told_at).strftime("%Y-%m-%dT%H:%M")
    with database_away() as asked_for:
        form = access.fields_of(client.get(path).text) | {"do": "send"}
        said = {"told_at": minute, "dispensing.at": minute, "dispensing.batch": "B2"}
        answer = client.post(path, form | said | {"reason": "Lot mal lu."})
    assert "default" not in asked_for
    assert answer.status_code == (200 if declares_only else 302)
    assert Drainer(grace=timedelta(0)).once().drained == 1
    (dose,) = facts_of(people, number, "ph.bernard").beforehand
    assert (dose.dispensing.batch, dose.told.batch) == ("B2", "B1")


def test_nobody_but_a_pharmacist_is_asked_for_a_correction(doctor, people) -> None:
    number = told_dose(people)
    assert doctor.get(f"/acces/{number}/dispensation/correction/").status_code == 403
    assert "dispensation/correction" not in doctor.get(f"/acces/{number}/").text


@pytest.mark.parametrize("declares_only", [False, True])
def test_a_dose_without_a_request_is_received_without_the_log(people, declares_only: bool) -> None:
    user = people["ph.bernard"]
    client = intake_browser(user) if declares_only else browser(user)
    at = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    with database_away() as asked_for:
        form = access.fields_of(client.get("/acces/dispensation/").text) | {"do": "send"}
        nothing = client.post("/acces/dispensation/", form | {"dispensing.at": at})
        assert nothing.status_code == 422
        assert "Dites au moins le patient" in nothing.text
        whom = {"prescription.patient_initials": "DM", "prescription.product_name": "XZ-12"}
        answer = client.post("/acces/dispensation/", form | whom | {"dispensing.at": at})
    assert "default" not in asked_for
    if declares_only:
        assert answer.status_code == 200
        assert "C’est reçu" in answer.text
        assert "Déclarer une autre dose" in answer.text
        number = _number(answer)
    else:
        assert RECEIPT.fullmatch(answer["Location"])
        number = _number(client.get(answer["Location"]))
    assert Drainer(grace=timedelta(0)).once().drained == 1
    facts = facts_of(people, number, "ph.bernard")
    assert facts.state is RequestState.TO_REGULARISE
    assert facts.prescription.product_name == "XZ-12"


@pytest.fixture
def question(doctor, pharmacist, people) -> tuple[str, str]:
    number = number_in(drafted(doctor, published(people)))
    sent_to_agency(pharmacist, number)
    return number, asked(people, number)


def test_a_question_is_read_and_answered_once(doctor, people, question) -> None:
    number, which = question
    page = doctor.get(f"/acces/{number}/").text
    path = f"/acces/{number}/reponse/{which}/"
    assert f'href="{path}"' in page
    assert "Le poids ?" in page
    form = opened(doctor, path)
    assert "Le poids ?" in doctor.get(path).text
    empty = doctor.post(path, form | {"do": "send"})
    assert empty.status_code == 422
    assert 'href="#q-text"' in empty.text
    for _ in range(2):
        assert number_in(doctor.post(path, form | {"text": "61 kg", "do": "send"})) == number
    facts = facts_of(people, number)
    assert facts.state is RequestState.UNDER_ASSESSMENT
    assert "61 kg" in doctor.get(f"/acces/{number}/").text


@pytest.mark.parametrize("declares_only", [False, True])
def test_an_answer_is_received_without_the_log(people, question, declares_only: bool) -> None:
    number, which = question
    user = people["dr.martin"]
    client = intake_browser(user) if declares_only else browser(user)
    path = f"/acces/{number}/reponse/{which}/"
    with database_away():
        page = client.get(path)
        assert page.status_code == 200
        assert "ne peut pas être relue ici" in visible(page.text)
        answer = client.post(path, access.fields_of(page.text) | {"text": "61 kg", "do": "send"})
    assert answer.status_code == (200 if declares_only else 302)
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert facts_of(people, number).state is RequestState.UNDER_ASSESSMENT


@pytest.mark.parametrize("away", [False, True])
def test_a_pharmacist_reports_the_withdrawal_of_a_prescriber_without_an_account(
    people, away
) -> None:
    pharmacist = browser(people["ph.bernard"])
    number = whole_for_nobody_here(pharmacist, people)
    path = f"/acces/{number}/retrait/"
    assert f'href="{path}"' in pharmacist.get(f"/acces/{number}/").text
    page = pharmacist.get(path).text
    assert 'value="Dr Anne Petit"' in page
    assert "se désiste par écrit" in visible(page)
    said = {"reason": "Patient inclus", "prescriber_name": "", "written": ""}
    refused = pharmacist.post(path, said | access.key())
    assert refused.status_code == 422
    for words in ("Nommez le prescripteur", "par quel écrit", "Patient inclus"):
        assert words in visible(refused.text), words
    said |= {"prescriber_name": "Dr Anne Petit", "written": "signed_paper"}
    with database_away() if away else nullcontext():
        answer = pharmacist.post(path, said | access.key())
    assert answer.status_code == 302
    if away:
        assert Drainer(grace=timedelta(0)).once().drained == 1
    assert facts_of(people, number, "ph.bernard").state is RequestState.WITHDRAWN
    history = visible(pharmacist.get(f"/acces/{number}/").text)
    assert "rapporté par sa pharmacie" in history
    told = visible(browser(people["evaluateur"]).get(f"/agence/acces/demandes/{number}/").text)
    assert "Écrit signé sur papier" in told
    assert "Dr Anne Petit" in told


def test_what_was_refused_of_a_withdrawal_in_an_outage_comes_back_to_be_changed(people) -> None:
    """Which writing it was is chosen from a list: it comes back as a list, and not hidden."""
    pharmacist = browser(people["ph.bernard"])
    path = f"/acces/{whole_for_nobody_here(pharmacist, people)}/retrait/"
    said = {"reason": "Patient inclus", "prescriber_name": "Dr Anne Petit", "written": ""}
    with database_away():
        refused = pharmacist.post(path, said | access.key())
        assert refused.status_code == 422
        assert "par quel écrit" in visible(refused.text)
        again = access.fields_of(refused.text)
        assert {name: again[name] for name in said} == said
        for name in said:
            assert f'id="{name}" name="{name}"' in refused.text, name
        assert '<option value="signed_paper">' in refused.text
        answer = pharmacist.post(path, again | {"written": "signed_paper"})
    assert RECEIPT.fullmatch(answer["Location"])
    assert Drainer(grace=timedelta(0)).once().drained == 1


def test_a_reported_withdrawal_that_nothing_takes_comes_back_with_its_list(people) -> None:
    pharmacist = browser(people["ph.bernard"])
    path = f"/acces/{whole_for_nobody_here(pharmacist, people)}/retrait/"
    said = {"reason": "Patient inclus", "prescriber_name": "Dr Petit", "written": "written_mail"}
    page = browser(None).post(path, said | access.key())
    assert page.status_code == 200
    assert "Votre session s’est terminée" in page.text
    assert '<option value="written_mail" selected>' in page.text
    again = access.fields_of(page.text)
    assert {name: again[name] for name in said} == said
    assert pharmacist.post(path, again).status_code == 302


def test_a_withdrawal_needs_a_reason_and_is_received_without_the_log(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people)))
    path = f"/acces/{number}/retrait/"
    assert doctor.get(path).status_code == 200
    refused = doctor.post(path, {"reason": " "} | access.key())
    assert refused.status_code == 422
    assert "Donnez le motif" in refused.text
    for reason, words in (("x" * 2001, "trop long"), ("Trans\0féré", "caractère illisible")):
        unkept = doctor.post(path, {"reason": reason} | access.key())
        assert unkept.status_code == 422
        assert words in unkept.text
    with database_away():
        answer = doctor.post(path, {"reason": "Patient transféré"} | access.key())
    assert RECEIPT.fullmatch(answer["Location"])
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert facts_of(people, number).state is RequestState.WITHDRAWN
    receipt = doctor.get(answer["Location"]).text
    assert f'href="/acces/{number}/"' in receipt
