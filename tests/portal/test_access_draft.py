"""The prescriber's part: chosen by sheet, saved, refused at its fields, sent to the pharmacy."""

import pytest
from django.test import Client

from accounts.models import Role
from compassionate.domain.vocabulary import Finding, RequestState
from events.number import parse
from tests.outage import database_away
from tests.portal import access
from tests.portal.access import TYPED, drafted, facts_of, number_in, opened, published
from tests.portal.sending import addresses, browser, intake_browser, projected, visible

pytestmark = pytest.mark.django_db


def test_a_product_is_chosen_first_and_fills_the_form(doctor, people) -> None:
    sheet = published(people)
    page = doctor.get("/acces/nouvelle/").text
    assert f"?fiche={sheet}" in page
    assert "NIROGACESTAT" in page
    html = doctor.get("/acces/nouvelle/", {"fiche": str(sheet)}).text
    form = access.fields_of(html)
    assert form["prescription.product"] == access.PRODUCT
    assert form["prescription.criteria_version"] == "1"
    assert form["prescription.prescriber_rpps"] == "10009999912"
    assert [form[f"prescription.criteria.{n}.code"] for n in range(3)] == [
        "line", "pregnancy", "marker",
    ]  # fmt: skip
    text = visible(html)
    assert "Au moins deux lignes antérieures" in text
    assert "Grossesse en cours (doit ne pas être rempli)" in text
    assert "version 1" in text


def test_a_request_is_written_and_sent_in_one_go(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people)))
    facts = facts_of(people, number)
    assert facts.state is RequestState.AT_PHARMACY
    assert facts.prescription.patient_weight_kg == 61.5
    assert facts.prescription.deferrable is False
    text = visible(doctor.get(f"/acces/{number}/").text)
    for said in ("À la pharmacie (PUI)", "La pharmacie (PUI)", "Non différable", "Conforme", "DM"):
        assert said in text, said
    assert text.count("Conforme") == 3
    projected()
    listed = visible(doctor.get("/acces/").text)
    assert number in listed
    assert "NIROGACESTAT" in listed


def test_what_is_refused_stays_a_draft_with_every_reason_at_its_field(doctor, people) -> None:
    answer = drafted(
        doctor, published(people), patient_age="", urgency="", duration_days="400", dosage=""
    )
    assert answer.status_code == 422
    for name in ("patient_age", "urgency", "duration_days", "dosage"):
        assert f'href="#q-prescription-{name}"' in answer.text, name
    assert "Compression" not in answer.text
    again = access.fields_of(answer.text)
    assert again["prescription.patient_initials"] == "DM"
    assert again["prescription.criteria.0.answer"] == "met"
    path = answer.text.split('action="/acces/')[1].split('"')[0]
    number = path.split("/")[0]
    assert path.endswith("/modifier/")
    assert facts_of(people, number).state is RequestState.DRAFT
    mended = {name: TYPED[name] for name in TYPED} | {"do": "send"}
    done = doctor.post(f"/acces/{path}", again | mended)
    assert number_in(done) == number
    assert facts_of(people, number).state is RequestState.AT_PHARMACY


def test_a_double_click_is_one_request(doctor, people) -> None:
    sheet = published(people)
    form = opened(doctor, "/acces/nouvelle/", fiche=str(sheet)) | TYPED | access.ANSWERS
    first, second = (doctor.post("/acces/nouvelle/", form | {"do": "send"}) for _ in range(2))
    assert number_in(first) == number_in(second)
    projected()
    assert doctor.get("/acces/").text.count(f">{number_in(first)}<") == 1
    other = doctor.post("/acces/nouvelle/", form | {"prescription.dosage": "x", "do": "send"})
    assert other.status_code == 422
    assert "déjà été envoyé" in other.text


def test_off_the_list_a_request_is_justified(doctor, people) -> None:
    told = {
        "product_name": "XZ-12",
        "indication_text": "Indication rare",
        "undertakes_criteria": "",
    }
    answer = drafted(doctor, None, **told)
    assert answer.status_code == 422
    assert "Hors critères : dites pourquoi le patient ne peut entrer dans un essai." in answer.text
    grounds = {
        f"justification.{name}": "Parce que."
        for name in ("no_trial", "no_alternative", "presumed_benefit")
    }
    number = number_in(drafted(doctor, None, **told, **grounds))
    facts = facts_of(people, number)
    assert facts.state is RequestState.AT_PHARMACY
    assert facts.prescription.justification.no_trial == "Parce que."


def test_a_draft_is_saved_half_filled_and_changed_later(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people), do="save", dosage="", urgency=""))
    assert facts_of(people, number).state is RequestState.DRAFT
    path = f"/acces/{number}/modifier/"
    form = opened(doctor, path)
    assert form["prescription.patient_initials"] == "DM"
    assert form["prescription.patient_weight_kg"] == "61.5"
    assert form["prescription.criteria.1.answer"] == "not_met"
    done = doctor.post(path, form | {"prescription.dosage": "1 par jour", "do": "save"})
    assert number_in(done) == number
    facts = facts_of(people, number)
    assert facts.prescription.dosage == "1 par jour"
    stale = doctor.post(
        path, form | {"prescription.dosage": "2 par jour", "do": "save"} | access.key()
    )
    assert stale.status_code == 409
    assert "2 par jour" in stale.text
    assert access.fields_of(stale.text)["version"] == "2"


def test_a_name_or_a_social_security_number_is_refused_also_in_a_draft(doctor, people) -> None:
    answer = drafted(
        doctor,
        published(people),
        do="save",
        patient_initials="Dupont",
        file_number="2850578006084",
    )
    assert answer.status_code == 422
    assert 'href="#q-prescription-patient_initials"' in answer.text
    assert 'href="#q-prescription-file_number"' in answer.text


def test_an_intern_names_a_senior_of_the_hospital(people) -> None:
    sheet = published(people)
    intern = browser(access.colleague(people, "interne", Role.INTERN))
    html = intern.get("/acces/nouvelle/", {"fiche": str(sheet)}).text
    senior = str(people["dr.martin"].public_id)
    assert f'<option value="{senior}">Claire Martin</option>' in html
    form = access.fields_of(html) | TYPED | access.ANSWERS | {"do": "send"}
    alone = intern.post("/acces/nouvelle/", form)
    assert alone.status_code == 422
    assert 'href="#q-senior"' in alone.text
    number = number_in(intern.post("/acces/nouvelle/", form | {"senior": senior}))
    facts = facts_of(people, number)
    assert facts.state is RequestState.AT_PHARMACY
    assert facts.prescriber == senior
    assert facts.prescription.prescriber_name == "Claire Martin"
    assert facts.prescription.prescriber_rpps == "10009999912"
    assert intern.get(f"/acces/{number}/").status_code == 200
    assert intern.get("/").status_code == 200


def test_criteria_that_changed_are_answered_anew(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people), do="save"))
    access.republished(people)
    html = doctor.get(f"/acces/{number}/modifier/").text
    assert "Les critères ont changé depuis ce brouillon" in visible(html)
    form = access.fields_of(html)
    assert form["prescription.criteria_version"] == "2"
    assert "prescription.criteria.0.answer" not in form


def test_others_requests_do_not_exist(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people)))
    stranger = browser(access.colleague(people, "autre", Role.DOCTOR))
    for part in ("", "modifier/", "retrait/", "pharmacie/"):
        assert stranger.get(f"/acces/{number}/{part}").status_code == 404, part
    assert doctor.get(f"/acces/{number}/pharmacie/").status_code == 403
    assert browser(people["evaluateur"]).get("/acces/nouvelle/").status_code == 403
    assert browser(people["evaluateur"]).get("/acces/").status_code == 403


def test_whoever_audits_reads_elsewhere(doctor, pharmacist, people) -> None:
    number = number_in(drafted(doctor, published(people)))
    access.sent_to_agency(pharmacist, number)
    auditor = browser(access.colleague(people, "audit", Role.AUDITOR, institution=None))
    assert auditor.get(f"/acces/{number}/").status_code == 403
    assert browser(people["evaluateur"]).get(f"/acces/{number}/").status_code == 200


def test_each_finds_the_way_from_home(doctor, pharmacist, people) -> None:
    ways = {"/acces/", "/acces/autorisations/", "/acces/referentiel/"}
    desk = {"/acces/pharmacie/", "/acces/complete/", "/acces/dispensation/"}
    found = set(addresses(doctor.get("/").text))
    assert ways | {"/acces/nouvelle/"} <= found
    assert not found & desk
    assert ways | desk <= set(addresses(pharmacist.get("/").text))
    assert not ways & set(addresses(browser(people["evaluateur"]).get("/").text))
    teller = intake_browser(people["ph.bernard"]).get("/").text
    assert "/acces/dispensation/" in addresses(teller)
    assert "/acces/complete/" not in addresses(teller)


def test_history_shows_three_times_and_an_earlier_state(doctor, people) -> None:
    number = number_in(drafted(doctor, published(people), do="save"))
    path = f"/acces/{number}/modifier/"
    doctor.post(path, opened(doctor, path) | {"prescription.dosage": "Autre", "do": "save"})
    html = doctor.get(f"/acces/{number}/").text
    for time in ("Survenu", "Reçu", "Enregistré", "par vous", "Demande commencée"):
        assert time in visible(html), time
    first = access.queries.request(people["dr.martin"], parse(number)).history[0].recorded_at
    then = doctor.get(f"/acces/{number}/", {"as_of": first.isoformat()})
    assert "150 mg deux fois par jour" in then.text
    assert "Voici ce qui était connu le" in visible(then.text)
    early = doctor.get(f"/acces/{number}/", {"as_of": "2020-01-01"})
    assert early.status_code == 404
    assert "cette demande n’était pas encore connue" in visible(early.text)


def test_a_draft_waits_for_the_log_and_says_what_does_not(doctor, people) -> None:
    form = opened(doctor, "/acces/nouvelle/", fiche="hors-referentiel") | TYPED
    with database_away():
        page = doctor.get("/acces/nouvelle/")
        kept = doctor.post("/acces/nouvelle/", form | {"do": "send"})
        mine = doctor.get("/acces/")
    for answer in (page, mine):
        assert answer.status_code == 503
        assert answer["Retry-After"] == "10"
        assert "une demande complète, les deux volets" in visible(answer.text)
        assert "appelez l’astreinte" in visible(answer.text)
    assert kept.status_code == 503
    assert "votre saisie est gardée" in kept.text
    assert "une demande complète, les deux volets" in visible(kept.text)
    again = access.fields_of(kept.text)
    assert again["key"] == form["key"]
    assert again["prescription.patient_initials"] == "DM"


def test_where_nothing_is_received_nothing_is_promised(doctor, monkeypatch) -> None:
    form = opened(doctor, "/acces/nouvelle/", fiche="hors-referentiel") | TYPED
    monkeypatch.setattr("portal.access_outage.intake_works", lambda: False)
    with database_away():
        answers = [doctor.get("/acces/"), doctor.post("/acces/nouvelle/", form | {"do": "send"})]
    for answer in answers:
        assert answer.status_code == 503
        text = visible(answer.text)
        assert "signez tous deux la fiche papier" in text
        assert "une demande complète, les deux volets" not in text


def test_a_session_that_ended_loses_nothing_that_was_typed(people) -> None:
    teller = intake_browser(people["dr.martin"])
    typed = TYPED | access.key() | {"do": "send"}
    answer = teller.post("/acces/nouvelle/", typed)
    assert answer.status_code == 200
    assert "Votre session s’est terminée" in answer.text
    assert access.fields_of(answer.text)["prescription.patient_initials"] == "DM"
    assert teller.get("/acces/nouvelle/").status_code == 302


def test_a_form_that_waited_too_long_comes_back_filled_in(people) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["dr.martin"])
    answer = strict.post("/acces/nouvelle/", TYPED | access.key() | {"do": "send"})
    assert answer.status_code == 403
    assert "a attendu trop longtemps" in answer.text
    assert access.fields_of(answer.text)["prescription.patient_initials"] == "DM"


def test_the_findings_are_those_of_the_sheet(doctor, people) -> None:
    sheet = published(people)
    form = opened(doctor, "/acces/nouvelle/", fiche=str(sheet)) | TYPED | access.ANSWERS
    form |= {"prescription.criteria.1.answer": "met", "do": "save"}
    number = number_in(doctor.post("/acces/nouvelle/", form))
    shown = access.queries.request(people["dr.martin"], parse(number))
    assert [one.finding for one in shown.findings] == [
        Finding.CONFORMS, Finding.DEPARTS, Finding.CONFORMS,
    ]  # fmt: skip
    assert "S’écarte" in visible(doctor.get(f"/acces/{number}/").text)
