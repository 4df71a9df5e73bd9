"""The pharmacist's desk: what waits, the part she adds, what she sends to the agency or returns."""

import pytest

from compassionate import sending
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import RequestState
from events.number import parse
from tests.outage import database_away
from tests.portal import access
from tests.portal.access import PHARMACY, drafted, facts_of, number_in, opened, published
from tests.portal.sending import projected, visible

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(doctor, people) -> str:
    return number_in(drafted(doctor, published(people)))


def test_what_cannot_be_deferred_comes_first(doctor, pharmacist, people) -> None:
    sheet = published(people)
    waits = number_in(drafted(doctor, sheet, deferrable="true", file_number="A1"))
    urgent = number_in(drafted(doctor, sheet, file_number="A2"))
    draft = number_in(drafted(doctor, sheet, do="save", file_number="A3"))
    projected()
    html = pharmacist.get("/acces/pharmacie/").text
    assert html.index(urgent) < html.index(waits)
    assert draft not in html
    assert f'href="/acces/{urgent}/pharmacie/"' in html
    assert doctor.get("/acces/pharmacie/").status_code == 403


def test_both_parts_go_to_the_agency(pharmacist, doctor, people, number) -> None:
    path = f"/acces/{number}/pharmacie/"
    html = pharmacist.get(path).text
    text = visible(html)
    for said in ("Compression médullaire débutante", "Au moins deux lignes", "Conforme", "61,5"):
        assert said in text, said
    form = access.fields_of(html)
    assert form["pharmacy.pharmacist_name"] == "Luc Bernard"
    assert form["pharmacy.pharmacist_rpps"] == "10009999920"
    refused = pharmacist.post(path, form | {"do": "send"})
    assert refused.status_code == 422
    for name in ("phone", "analysis", "quantity"):
        assert f'href="#q-pharmacy-{name}"' in refused.text, name
    assert "Compression médullaire débutante" in refused.text
    done = pharmacist.post(path, access.fields_of(refused.text) | PHARMACY | {"do": "send"})
    assert number_in(done) == number
    again = pharmacist.post(path, access.fields_of(refused.text) | PHARMACY | {"do": "send"})
    assert number_in(again) == number
    facts = facts_of(people, number)
    assert facts.state is RequestState.RECEIVED
    assert facts.pharmacy.analysis == "Pas d’interaction."
    assert "Reçue par l’agence" in visible(doctor.get(f"/acces/{number}/").text)


def test_a_request_is_returned_with_a_reason_and_comes_back(
    pharmacist, doctor, people, number
) -> None:
    path = f"/acces/{number}/pharmacie/"
    empty = pharmacist.post(path, {"do": "return", "reason": ""} | access.key())
    assert empty.status_code == 422
    assert "Ce champ est nécessaire." in empty.text
    done = pharmacist.post(path, {"do": "return", "reason": "Le poids date."} | access.key())
    assert number_in(done) == number
    assert facts_of(people, number).state is RequestState.RETURNED
    change = f"/acces/{number}/modifier/"
    html = doctor.get(change).text
    assert "Le poids date." in html
    form = access.fields_of(html)
    again = doctor.post(change, form | {"answer": "Pesé ce matin.", "do": "send"})
    assert number_in(again) == number
    assert facts_of(people, number).state is RequestState.AT_PHARMACY
    assert "Pesé ce matin." in doctor.get(f"/acces/{number}/").text


def test_a_dose_told_without_its_time_is_asked_for(pharmacist, people, number) -> None:
    path = f"/acces/{number}/pharmacie/"
    form = opened(pharmacist, path) | PHARMACY | {"do": "send"}
    refused = pharmacist.post(path, form | {"pharmacy.dispensing.batch": "B12"})
    assert refused.status_code == 422
    assert 'href="#q-pharmacy-dispensing-at"' in refused.text


def test_what_was_given_already_is_regularised_by_both(pharmacist, doctor, people, number) -> None:
    sending.declare_dispensing(
        people["ph.bernard"],
        Dispensing(at=facts_of(people, number).first_given or _now(), batch="B1"),
        request_id=parse(number),
        prescriber_attests=True,
        pharmacist_attests=True,
        idempotency_key="d",
    )
    assert facts_of(people, number).state is RequestState.TO_REGULARISE
    html = doctor.get(f"/acces/{number}/").text
    assert "Dose donnée ou accordée" in visible(html)
    assert f"/acces/{number}/retrait/" not in html
    change = f"/acces/{number}/modifier/"
    page = doctor.get(change).text
    assert "Envoyer à la pharmacie" not in visible(page)
    assert doctor.post(change, access.fields_of(page) | {"do": "save"}).status_code == 302
    access.sent_to_agency(pharmacist, number)
    assert facts_of(people, number).state is RequestState.RECEIVED


def _now():
    from django.utils import timezone

    return timezone.now()


def test_two_windows_do_not_overwrite_each_other(pharmacist, doctor, people, number) -> None:
    path = f"/acces/{number}/pharmacie/"
    form = opened(pharmacist, path) | PHARMACY | {"do": "send"}
    pharmacist.post(path, {"do": "return", "reason": "Le poids date."} | access.key())
    change = f"/acces/{number}/modifier/"
    doctor.post(change, opened(doctor, change) | {"do": "send"})
    stale = pharmacist.post(path, form)
    assert stale.status_code == 409
    assert access.fields_of(stale.text)["pharmacy.analysis"] == "Pas d’interaction."
    done = pharmacist.post(path, access.fields_of(stale.text) | {"do": "send"})
    assert number_in(done) == number


def test_without_the_log_the_desk_says_what_is_possible(pharmacist, people, number) -> None:
    path = f"/acces/{number}/pharmacie/"
    form = opened(pharmacist, path) | PHARMACY | {"do": "send"}
    with database_away():
        page = pharmacist.get(path)
        kept = pharmacist.post(path, form)
    assert (page.status_code, kept.status_code) == (503, 503)
    for answer in (page, kept):
        assert 'href="/acces/complete/"' in answer.text
        assert 'href="/acces/dispensation/"' in answer.text
    assert access.fields_of(kept.text)["pharmacy.analysis"] == "Pas d’interaction."
    assert number_in(pharmacist.post(path, access.fields_of(kept.text) | {"do": "send"})) == number
