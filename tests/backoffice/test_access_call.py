"""The on-call's register: what is dictated, recorded, read again, with the database and without."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from compassionate import queries
from compassionate.domain.vocabulary import RequestState
from compassionate.streams import request_facts
from events.drain import Drainer
from events.number import parse
from tests.backoffice.access_desk import CALLS, FINESS, HOME, one, read
from tests.outage import database_away
from tests.portal.sending import browser, intake_browser, projected, visible

pytestmark = pytest.mark.django_db


def call(**said: str) -> dict[str, str]:
    """Return what a browser sends of a call a few minutes ago."""
    at = timezone.localtime() - timedelta(minutes=5)
    typed = {
        "called_on": at.strftime("%d/%m/%Y"), "called_time": at.strftime("%H:%M"),
        "institution": FINESS, "called_back": "yes", "read_back": "yes",
        "patient_initials": "D.M.", "patient_age": "54", "patient_age_unit": "year",
        "patient_sex": "female", "patient_weight_kg": "61,5", "product_name": "NIROGACESTAT",
        "form": "comprimé", "strength": "50 mg", "indication_text": "Tumeur desmoïde",
        "dosage": "150 mg", "duration_days": "30", "trial": "Aucun",
        "prescriber_name": "Dr Claire Martin", "prescriber_rpps": "10009999912",
        "prescriber_phone": "0140000001", "vital_reason": "Défaillance hépatique",
        "conditions": "Bilan à J2", **said,
    }  # fmt: skip
    return {f"appel.{name}": value for name, value in typed.items()}


def number_in(html: str) -> str:
    found = re.search(r'site-number--large">([0-9A-Z-]+)<', html)
    assert found is not None
    return found[1]


def opened(client) -> tuple[str, str]:
    """Return the number to dictate and the key of a new form."""
    page = client.get(f"{CALLS}accord/").text
    return number_in(page), re.search(r'name="key" value="([^"]+)"', page)[1]


def test_the_number_is_known_before_the_call_ends_and_is_the_request_s_own(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    answer = client.post(f"{CALLS}accord/", call() | {"key": key})
    assert answer.status_code == 200
    assert number_in(answer.text) == number
    facts = request_facts(parse(number))
    assert facts.state is RequestState.TO_REGULARISE
    assert facts.beforehand[0].number == number
    assert facts.prescription.patient_initials == "DM"
    assert facts.prescription.patient_weight_kg == 61.5
    assert facts.flags == frozenset()
    assert facts.prescriber == str(agency["dr.martin"].public_id)


def test_a_sheet_number_is_the_one_that_was_given(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    sheet = "DG-759900012-00007-K"
    answer = client.post(f"{CALLS}accord/", call(sheet_number=sheet) | {"key": key})
    assert number_in(answer.text) == sheet
    assert number in visible(answer.text)
    assert request_facts(parse(number)).beforehand[0].number == sheet


def test_a_call_about_a_request_that_exists_joins_it(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    client.post(f"{CALLS}accord/", call() | {"key": key})
    said = call(about=number, vital_reason="Deuxième appel") | {"key": str(uuid4())}
    answer = client.post(f"{CALLS}accord/", said)
    assert number_in(answer.text) == number
    assert len(request_facts(parse(number)).beforehand) == 2
    unknown = client.post(f"{CALLS}accord/", call(about="K7QX") | {"key": str(uuid4())})
    assert unknown.status_code == 422
    assert "Aucune demande ne porte ce numéro" in visible(unknown.text)


@pytest.mark.parametrize("who", ["session", "intake"])
def test_without_the_database_the_call_is_received_and_recorded_later(agency, who) -> None:
    made = browser if who == "session" else intake_browser
    client = made(agency["astreinte"])
    with database_away() as asked:
        number, key = opened(client)
        assert asked == []
        answer = client.post(f"{CALLS}accord/", call() | {"key": key})
        again = client.post(f"{CALLS}accord/", call() | {"key": key})
    assert "default" not in asked
    assert number_in(answer.text) == number_in(again.text) == number
    assert 'data-state="spooled"' in answer.text
    assert "sera enregistré tout seul" in answer.text
    receipt = re.search(r'data-receipt="([^"]+)"', answer.text)
    assert receipt is not None
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert request_facts(parse(number)).state is RequestState.TO_REGULARISE
    followed = client.get(f"/recus/{receipt[1]}/").text
    assert number in followed
    assert f"/declarations/{number}/" not in followed


def test_the_register_opens_without_the_database(agency) -> None:
    client = browser(agency["astreinte"])
    with database_away():
        answer = client.get(CALLS)
    assert answer.status_code == 200
    assert "consigner un appel reste possible" in visible(answer.text)


def test_every_error_is_at_its_field_and_nothing_is_lost(agency) -> None:
    client = browser(agency["astreinte"])
    said = call(institution="123", prescriber_rpps="1", called_time="tard", patient_age="x")
    answer = client.post(f"{CALLS}accord/", said | {"key": str(uuid4())})
    page = visible(answer.text)
    assert answer.status_code == 422
    for words in ("FINESS a 9 caractères", "11 chiffres", "Écrivez une heure", "nombre entier"):
        assert words in page, words
    assert "Défaillance hépatique" in page
    future = (timezone.localtime() + timedelta(days=2)).strftime("%d/%m/%Y")
    answer = client.post(f"{CALLS}accord/", call(called_on=future) | {"key": str(uuid4())})
    assert "dans le futur" in visible(answer.text)
    name = client.post(f"{CALLS}accord/", call(patient_initials="Durand") | {"key": str(uuid4())})
    assert "jamais le nom" in visible(name.text)


def test_a_double_click_is_one_call_and_another_text_does_not_change_it(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    for _ in range(2):
        answer = client.post(f"{CALLS}accord/", call() | {"key": key})
        assert number_in(answer.text) == number
    assert len(request_facts(parse(number)).beforehand) == 1
    other = client.post(f"{CALLS}accord/", call(conditions="Aucune") | {"key": key})
    assert other.status_code == 422
    assert "déjà enregistré" in visible(other.text)
    assert number_in(other.text) == number


def test_what_is_odd_is_flagged_and_never_refused(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    said = call(called_back="", read_back="", vital_reason="") | {"key": key}
    assert client.post(f"{CALLS}accord/", said).status_code == 200
    projected()
    page = read(browser(agency["evaluateur"]), f"{HOME}a-regulariser/")
    assert number in page
    for words in ("pas été rappelé", "pas été relu", "urgence vitale n’est pas dite"):
        assert words in page, words
    assert f"Numéro donné : {number}" in page
    assert "Accord oral" in page


def test_the_register_lists_what_its_reader_recorded(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    client.post(f"{CALLS}accord/", call() | {"key": key})
    reason = {"reason": "Différable jusqu’à lundi", "product_name": "AUTREMEDICAMENT"}
    refused = client.post(f"{CALLS}refus/", call(**reason) | {"key": str(uuid4())})
    assert "refus oral est reçu" in visible(refused.text)
    projected()
    page = read(client, CALLS)
    for words in (number, "Accord", "Refus", "NIROGACESTAT", "AUTREMEDICAMENT", "À régulariser"):
        assert words in page, words
    about = call(about=number, reason="Rappel : rien de neuf") | {"key": str(uuid4())}
    client.post(f"{CALLS}refus/", about)
    projected()
    assert visible(client.get(CALLS).text).count("Refus") == page.count("Refus") + 1
    assert "150 mg" in read(client, f"/acces/{number}/")
    colleague = agency["astreinte"].__class__.objects.get(username="evaluateur2")
    colleague.role = "on_call"
    colleague.save()
    assert number not in read(browser(colleague), CALLS)


@pytest.mark.parametrize("name", ["dr.martin", "ph.bernard", "evaluateur", "juriste"])
def test_nobody_else_records_a_call(agency, name) -> None:
    client = browser(agency[name])
    assert client.get(CALLS).status_code == 403
    assert client.get(f"{CALLS}accord/").status_code == 403
    answer = client.post(f"{CALLS}accord/", call() | {"key": str(uuid4())})
    assert answer.status_code == 403
    assert queries.own_requests(agency["ph.bernard"]).rows == []


def test_an_agreement_is_regularised_by_others_than_who_gave_it(agency) -> None:
    client = browser(agency["astreinte"])
    number, key = opened(client)
    client.post(f"{CALLS}accord/", call() | {"key": key})
    projected()
    page = read(browser(agency["signataire"]), one(number))
    assert f"numéro {number}" in page
    assert "La pharmacie n’a pas encore envoyé son volet" in page
