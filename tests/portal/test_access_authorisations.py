"""Authorisations: how long each holds, its renewal on one page, its follow-up, its adverse events."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from compassionate import hospital
from compassionate.domain.vocabulary import RequestKind, RequestState
from compassionate.streams import authorisation_facts
from events.days import day_of
from tests.portal import access
from tests.portal.access import (
    ANSWERS,
    drafted,
    facts_of,
    granted,
    number_in,
    opened,
    published,
    sent_to_agency,
)
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db

ANEW = {
    "prescription.elapsed_data": "Réponse partielle, tolérance bonne.",
    "prescription.attests_interest": "true",
    "prescription.patient_age": "54",
    "prescription.patient_weight_kg": "60",
    "prescription.deferrable": "true",
    "prescription.undertakes_criteria": "true",
    "prescription.undertakes_follow_up": "true",
}


def authorised(doctor, pharmacist, people, days: int = 179) -> str:
    number = number_in(drafted(doctor, published(people)))
    sent_to_agency(pharmacist, number)
    return granted(people, number, days)


def test_the_list_marks_what_ends_and_says_that_nothing_prolongs_it(
    doctor, pharmacist, people
) -> None:
    number = authorised(doctor, pharmacist, people, days=20)
    for client in (doctor, pharmacist):
        html = client.get("/acces/autorisations/").text
        text = visible(html)
        assert number in html
        assert "J-20" in text
        assert "Finissent dans les soixante jours" in text
        assert "aucun texte ne la prolonge" in text
    assert f"/acces/autorisations/{number}/renouveler/" in doctor.get("/acces/autorisations/").text
    only = visible(doctor.get("/acces/autorisations/?echeance=bientot").text)
    assert "Finissent dans les soixante jours" in only
    assert "Toutes, par date de fin" not in only
    assert doctor.get("/acces/autorisations/?echeance=bientot&suite=x").status_code == 400
    assert browser(people["evaluateur"]).get("/acces/autorisations/").status_code == 403


def test_a_renewal_is_one_page_with_only_what_the_law_asks_anew(
    doctor, pharmacist, people
) -> None:
    number = authorised(doctor, pharmacist, people, days=20)
    path = f"/acces/autorisations/{number}/renouveler/"
    html = doctor.get(path).text
    opening, _summary, closed = html.partition("<summary>Ce qui ne change pas")
    for name in ("elapsed_data", "attests_interest", "patient_weight_kg", "deferrable"):
        assert f'name="prescription.{name}"' in opening, name
    for name in ("dosage", "product_name", "patient_initials", "prescriber_name"):
        assert f'name="prescription.{name}"' in closed, name
    form = access.fields_of(html)
    assert form["prescription.dosage"] == "150 mg deux fois par jour"
    assert form.get("prescription.elapsed_data") == ""
    assert "prescription.attests_interest" not in form
    begun = doctor.post(path, form | {"do": "save"} | access.key())
    assert facts_of(people, number_in(begun)).state is RequestState.DRAFT
    sent = doctor.post(path, form | ANEW | ANSWERS | {"do": "send"})
    renewal = number_in(sent)
    facts = facts_of(people, renewal)
    assert facts.state is RequestState.AT_PHARMACY
    assert facts.kind is RequestKind.RENEWAL
    assert facts.renews == number
    projected()
    listed = doctor.get("/acces/autorisations/").text
    assert "À la pharmacie (PUI)" in visible(listed)
    assert "attend déjà" in visible(doctor.get(path).text)
    sent_to_agency(pharmacist, renewal)
    assert facts_of(people, renewal).state is RequestState.RECEIVED


def test_what_a_renewal_lacks_is_said_at_its_field(doctor, pharmacist, people) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/renouveler/"
    answer = doctor.post(path, opened(doctor, path) | {"do": "send"})
    assert answer.status_code == 422
    for name in ("elapsed_data", "attests_interest", "patient_weight_kg", "undertakes_follow_up"):
        assert f'href="#q-prescription-{name}"' in answer.text, name
    action = re.search(r'action="/acces/([0-9A-Z-]+)/modifier/"', answer.text)
    assert action is not None
    again = access.fields_of(answer.text) | ANEW | ANSWERS | {"do": "send"}
    assert number_in(doctor.post(f"/acces/{action[1]}/modifier/", again)) == action[1]
    assert facts_of(people, action[1]).kind is RequestKind.RENEWAL


def test_nobody_renews_for_another_hospital(doctor, pharmacist, people) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/renouveler/"
    form = opened(doctor, path) | ANEW | ANSWERS | {"do": "send"}
    stranger = browser(access.colleague(people, "autre", Role.DOCTOR, institution=None))
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, form | access.key()).status_code == 404
    other = doctor.post(path, form | {"renews": "AAC-K7QX-2M4P-9TRWC"})
    assert facts_of(people, number_in(other)).renews == number


def test_another_dosage_is_asked_for_by_the_same_page(doctor, pharmacist, people) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/renouveler/"
    form = opened(doctor, path, type="posologie") | ANEW | ANSWERS
    form |= {"prescription.dosage": "100 mg deux fois par jour", "do": "send"}
    facts = facts_of(people, number_in(doctor.post(path, form)))
    assert facts.kind is RequestKind.DOSAGE_CHANGE
    assert facts.prescription.dosage == "100 mg deux fois par jour"


def test_one_authorisation_says_whether_a_dose_may_be_given_today(
    doctor, pharmacist, people
) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/"
    text = visible(pharmacist.get(path).text)
    assert "En vigueur ce jour" in text
    assert "150 mg x 2" in text
    other = browser(
        access.colleague(people, "ailleurs", Role.HOSPITAL_PHARMACIST, institution=None)
    )
    told = visible(other.get(path).text)
    assert "En vigueur ce jour" in told
    assert "150 mg x 2" not in told
    assert "Suivi (PUT-SP)" not in told
    assert other.get(f"{path}suivi/").status_code == 403
    assert doctor.get("/acces/autorisations/AAC-K7QX-2M4P-9TRWC/").status_code == 404
    for none in ("%00", "AAC%00", "2024-0123", "A" * 90):
        for page in ("", "renouveler/"):
            assert doctor.get(f"/acces/autorisations/{none}/{page}").status_code == 404, none


def test_follow_up_data_are_given_for_the_day_they_are_due(doctor, pharmacist, people) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/suivi/"
    form = opened(doctor, path)
    today = day_of(timezone.now())
    refused = doctor.post(path, form | {"do": "send"})
    assert refused.status_code == 422
    assert 'href="#q-seen_on"' in refused.text
    due = (today + timedelta(days=1)).isoformat()
    data = {"seen_on": today.isoformat(), "outcome": "stable", "due_on": due, "do": "send"}
    unsaid = doctor.post(path, form | data)
    assert "Dites au moins l’efficacité ou la tolérance." in unsaid.text
    done = doctor.post(path, form | data | {"safety": "Bonne tolérance."})
    assert done.status_code == 302
    (seen,) = hospital.follow_up(authorisation_facts(number)).received
    assert seen.safety == "Bonne tolérance."
    page = visible(pharmacist.get(f"/acces/autorisations/{number}/").text)
    assert "Stabilité" in page
    assert "Bonne tolérance." in page


def test_an_adverse_event_is_declared_from_it_and_linked(doctor, pharmacist, people) -> None:
    number = authorised(doctor, pharmacist, people)
    path = f"/acces/autorisations/{number}/"
    html = doctor.get(path).text
    address = re.search(r'href="(/declarations/nouvelle/\?[^"]+)"', html)
    assert address is not None
    assert "DM" not in address[1].replace(number, "")
    form = access.fields_of(doctor.get(address[1].replace("&amp;", "&")).text)
    today = timezone.localdate()
    assert form["drugs.0.name"] == "NIROGACESTAT"
    assert form["drugs.0.start"] == today.strftime("%d/%m/%Y")
    assert form["drugs.0.authorisation"] == "compassionate_access"
    unknown = doctor.post(f"{path}effet/", {"number": "K7QX-2M4P-9TRWC"} | access.key())
    assert unknown.status_code == 422
    assert "Aucune de vos déclarations" in unknown.text
    declaration = declared(doctor)
    linked = doctor.post(f"{path}effet/", {"number": declaration} | access.key())
    assert linked.status_code == 302
    assert f'href="/declarations/{declaration}/"' in doctor.get(path).text
    again = doctor.post(f"{path}effet/", {"number": declaration} | access.key())
    assert "déjà liée" in again.text


def test_the_criteria_sheets_are_readable(doctor, people) -> None:
    sheet = published(people)
    assert "NIROGACESTAT" in doctor.get("/acces/referentiel/").text
    text = visible(doctor.get(f"/acces/referentiel/{sheet}/").text)
    for said in ("Au moins deux lignes", "Version 1", "doit ne pas être rempli", "Laboratoire"):
        assert said in text, said
    assert (
        doctor.get("/acces/referentiel/11111111-1111-4111-8111-111111111111/").status_code == 404
    )
