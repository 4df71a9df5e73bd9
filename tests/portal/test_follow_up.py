"""The follow-up form: what is blank stays, what is ticked counts, what came between is shown."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from events.erasure import erase
from events.event import stream_name
from events.number import parse
from pharmacovigilance import queries
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.queries import DeclarationShown
from tests.portal.sending import declared, visible

pytestmark = pytest.mark.django_db


def address(number: str) -> str:
    return f"/declarations/{number}/complement/"


def opened(client: Client, number: str) -> dict[str, list[str]]:
    """Return what a browser would send back of an untouched form."""
    return fields(client.get(address(number)).text)


def fields(html: str) -> dict[str, list[str]]:
    """Return what a browser would send of the form on a page, without a button."""
    form = re.search(r"<form[^>]*data-report-form.*?</form>", html, re.DOTALL)
    assert form is not None
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form.group()):
        name, value = (re.search(rf'{part}="([^"]*)"', tag) for part in ("name", "value"))
        if name and (not re.search(r'type="(?:checkbox|radio)"', tag) or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "on")
    for name, text in re.findall(
        r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', form.group(), re.DOTALL
    ):
        sent[name] = [text]
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)".*?>(.*?)</select>', form.group(), re.DOTALL
    ):
        sent[name] = re.findall(r'value="([^"]*)" selected', options) or [""]
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def send(client: Client, number: str, form: dict[str, list[str]], **answers: str | list[str]):
    """Send a form with these answers changed (`__` stands for a dot)."""
    changed = {name.replace("__", "."): value for name, value in answers.items()}
    return client.post(address(number), form | {"do": "send"} | changed)


def known(user: User, number: str) -> DeclarationShown:
    return queries.declaration(user, parse(number))


def test_a_unit_of_the_age_corrected_alone_is_not_lost(doctor: Client, people) -> None:
    number = declared(doctor, patient__age_value="8", patient__age_unit="year")
    form = opened(doctor, number)
    alone = send(doctor, number, form, patient__age_unit="month")
    assert alone.status_code == 422
    assert '<p class="fr-message fr-message--error">Précisez l’âge.</p>' in alone.text
    both = send(doctor, number, form, patient__age_unit="month", patient__age_value="8")
    assert both.status_code == 302
    patient = known(people["dr.martin"], number).report.patient
    assert (patient.age_value, patient.age_unit) == (8, "month")


def test_a_follow_up_changes_only_what_it_says(doctor: Client, people) -> None:
    number = declared(doctor, seriousness=["disability"], drugs__1__name="Ibuprofène")
    page = doctor.get(address(number)).text
    assert "Urticaire" in page
    answer = send(
        doctor,
        number,
        opened(doctor, number),
        reactions__0__outcome="recovered",
        drugs__1__stopped="yes",
        drugs__2__name="Aspirine",
        reactions__1__term="Fièvre",
        narrative="Sortie hier.",
    )
    assert answer.status_code == 302
    shown = known(people["dr.martin"], number)
    assert [drug.name for drug in shown.report.drugs] == ["Amoxicilline", "Ibuprofène", "Aspirine"]
    assert [drug.stopped for drug in shown.report.drugs] == [None, "yes", None]
    assert [one.outcome for one in shown.report.reactions] == ["recovered", None]
    assert shown.report.seriousness == ("disability",)
    assert shown.report.narrative is not None
    assert shown.report.narrative.endswith("Sortie hier.")
    again = doctor.get(address(number)).text
    assert "Connu : Guérison sans séquelle" in again


def test_a_form_sent_untouched_says_nothing(doctor: Client, people) -> None:
    number = declared(
        doctor,
        seriousness=["disability"],
        circumstances=["overdose"],
        patient__newborn__exposures=["breastfeeding"],
        patient__newborn__trimesters=["2"],
    )
    answer = send(doctor, number, opened(doctor, number))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Le complément n’est pas encore envoyé" in answer.text
    assert known(people["dr.martin"], number).version == 1


def test_a_death_ticked_makes_the_case_serious_and_starts_fifteen_days(
    doctor: Client, people
) -> None:
    number = declared(doctor)
    assert not known(people["dr.martin"], number).facts.serious
    answer = send(
        doctor, number, opened(doctor, number), seriousness=["death"], narrative="Décédé hier."
    )
    assert answer.status_code == 302
    facts = known(people["dr.martin"], number).facts
    assert facts.serious
    assert facts.seriousness == ("death",)
    assert facts.day_zero is not None
    assert min(clock.due for clock in facts.clocks) == facts.day_zero + timedelta(days=15)


@pytest.mark.parametrize(
    ("ticked", "stated"),
    [
        (["disability", "death"], ("death", "disability")),
        (["death"], ("death",)),
        ([], ()),
    ],
)
def test_the_boxes_are_what_is_known_afterwards(doctor: Client, people, ticked, stated) -> None:
    number = declared(doctor, seriousness=["disability"])
    form = opened(doctor, number)
    assert form.pop("seriousness") == ["disability"]
    assert send(doctor, number, form, seriousness=ticked).status_code == 302
    assert known(people["dr.martin"], number).report.seriousness == stated


def test_a_death_known_by_its_date_is_ticked_and_stays_beside_a_new_criterion(
    doctor: Client, people
) -> None:
    number = declared(doctor, death_date="03/03/2026")
    form = opened(doctor, number)
    assert form["seriousness"] == ["death"]
    send(doctor, number, form, seriousness=["death", "hospitalisation"])
    facts = known(people["dr.martin"], number).facts
    assert facts.seriousness == ("death", "hospitalisation")
    assert "death_corrected" not in facts.flags


def test_a_death_is_taken_back_only_by_unticking_it(doctor: Client, people) -> None:
    number = declared(doctor, death_date="03/03/2026")
    form = opened(doctor, number)
    send(doctor, number, form, narrative="Rien de neuf.")
    assert known(people["dr.martin"], number).facts.serious
    form = opened(doctor, number)
    del form["seriousness"]
    send(doctor, number, form)
    facts = known(people["dr.martin"], number).facts
    assert not facts.serious
    assert "death_corrected" in facts.flags


def test_circumstances_are_shown_ticked_and_can_be_completed(doctor: Client, people) -> None:
    number = declared(doctor, circumstances=["overdose"])
    form = opened(doctor, number)
    assert form["circumstances"] == ["overdose"]
    send(doctor, number, form, circumstances=["overdose", "misuse"])
    report = known(people["dr.martin"], number).report
    assert report.circumstances == ("overdose", "misuse")
    form = opened(doctor, number)
    del form["circumstances"]
    assert send(doctor, number, form).status_code == 302
    assert known(people["dr.martin"], number).report.circumstances == ()


def test_a_list_that_cannot_be_emptied_says_so(doctor: Client, people) -> None:
    number = declared(doctor, patient__newborn__trimesters=["2"])
    form = opened(doctor, number)
    del form["patient.newborn.trimesters"]
    answer = send(doctor, number, form, narrative="Sortie.")
    assert answer.status_code == 422
    assert 'href="#q-patient-newborn-trimesters"' in answer.text
    assert known(people["dr.martin"], number).version == 1
    form["patient.newborn.trimesters"] = ["2", "3"]
    assert send(doctor, number, form).status_code == 302
    newborn = known(people["dr.martin"], number).report.patient.newborn
    assert newborn is not None
    assert newborn.trimesters == (2, 3)


def test_a_wrong_follow_up_comes_back_filled_in(doctor: Client, people) -> None:
    number = declared(doctor)
    answer = send(
        doctor,
        number,
        opened(doctor, number),
        reactions__0__end="2999",
        drugs__0__end="hier",
        narrative="Sortie",
        seriousness=["disability"],
    )
    assert answer.status_code == 422
    for said in ['href="#q-reactions-0-end"', 'href="#q-drugs-0-end"', "2999", "hier", "Sortie"]:
        assert said in answer.text, said
    assert "Dernière prise (Amoxicilline)" in answer.text
    assert fields(answer.text)["seriousness"] == ["disability"]
    assert known(people["dr.martin"], number).version == 1


def test_a_new_vaccine_can_be_given_its_batch_dose_and_end(doctor: Client, people) -> None:
    number = declared(doctor)
    form = opened(doctor, number)
    for name in ("batch_number", "dose_number", "injection_site", "end"):
        assert f"drugs.1.{name}" in form
    answer = send(
        doctor,
        number,
        form,
        drugs__1__name="Vaccin antigrippal",
        drugs__1__kind="vaccine",
        drugs__1__batch_number="FX12",
        drugs__1__dose_number="2",
    )
    assert answer.status_code == 302
    vaccine = known(people["dr.martin"], number).report.drugs[1]
    assert (vaccine.kind, vaccine.batch_number, vaccine.dose_number) == ("vaccine", "FX12", 2)


def test_history_birth_date_and_blood_products_can_be_completed(doctor: Client, people) -> None:
    number = declared(doctor)
    answer = send(
        doctor,
        number,
        opened(doctor, number),
        patient__birth_date="02/1991",
        patient__medical_history="Asthme",
        blood_products__0__name="Concentré de plaquettes",
        reporter__phone="01 00 00 00 00",
    )
    assert answer.status_code == 302
    report = known(people["dr.martin"], number).report
    assert report.patient.birth_date == "1991-02"
    assert report.patient.medical_history == "Asthme"
    assert [one.name for one in report.blood_products] == ["Concentré de plaquettes"]
    assert report.reporter.phone == "01 00 00 00 00"


def test_the_kind_of_a_known_product_can_be_corrected(doctor: Client, people) -> None:
    number = declared(doctor)
    answer = send(doctor, number, opened(doctor, number), drugs__0__kind="vaccine")
    assert answer.status_code == 302
    assert known(people["dr.martin"], number).report.drugs[0].kind == "vaccine"


def test_rows_are_added_and_the_return_key_sends_nothing(doctor: Client, people) -> None:
    number = declared(doctor)
    form = opened(doctor, number) | {"drugs.1.name": ["Aspirine"], "narrative": ["Sortie"]}
    more = doctor.post(address(number), form | {"do": "add:drugs"})
    assert fields(more.text)["drugs.1.name"] == ["Aspirine"]
    assert "drugs.2.name" in fields(more.text)
    html = doctor.get(address(number)).text
    assert html.index('value="stay"') < html.index('value="add:drugs"')
    stayed = doctor.post(address(number), form | {"do": "stay"})
    assert fields(stayed.text)["narrative"] == ["Sortie"]
    assert known(people["dr.martin"], number).version == 1


def test_the_same_form_sent_twice_is_one_follow_up(doctor: Client, people) -> None:
    number = declared(doctor)
    form = opened(doctor, number) | {
        "drugs.1.name": ["Aspirine"],
        "reactions.0.outcome": ["recovered"],
        "seriousness": ["death"],
    }
    first, second = send(doctor, number, form), send(doctor, number, form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    shown = known(people["dr.martin"], number)
    assert shown.version == 2
    assert len(shown.report.drugs) == 2


def test_a_product_added_meanwhile_is_not_renamed(doctor: Client, pharmacist, people) -> None:
    number = declared(doctor, seriousness=["disability"])
    hers = opened(doctor, number)
    send(
        pharmacist,
        number,
        opened(pharmacist, number),
        drugs__1__name="Ibuprofène",
        seriousness=["disability", "hospitalisation"],
    )
    answer = send(
        doctor,
        number,
        hers,
        drugs__0__stopped="yes",
        drugs__1__name="Aspirine",
        narrative="Prise aussi.",
        seriousness=["death"],
    )
    assert answer.status_code == 409
    assert "Ibuprofène" in visible(answer.text)
    assert "La déclaration a changé pendant que vous écriviez" in answer.text
    assert known(people["dr.martin"], number).version == 2
    kept = fields(answer.text)
    assert kept["drugs.0.stopped"] == ["yes"]
    assert kept["drugs.2.name"] == ["Aspirine"]
    assert kept["narrative"] == ["Prise aussi."]
    assert sorted(kept["seriousness"]) == ["death", "hospitalisation"]
    assert send(doctor, number, kept).status_code == 302
    shown = known(people["dr.martin"], number)
    assert [drug.name for drug in shown.report.drugs] == ["Amoxicilline", "Ibuprofène", "Aspirine"]
    assert [drug.stopped for drug in shown.report.drugs] == ["yes", None, None]
    assert shown.report.seriousness == ("death", "hospitalisation")


def test_what_others_ticked_meanwhile_is_not_unticked(doctor: Client, pharmacist, people) -> None:
    number = declared(doctor)
    hers = opened(doctor, number)
    send(pharmacist, number, opened(pharmacist, number), seriousness=["death"])
    kept = fields(send(doctor, number, hers, narrative="Sortie hier.").text)
    assert kept["seriousness"] == ["death"]
    assert send(doctor, number, kept).status_code == 302
    assert known(people["dr.martin"], number).facts.seriousness == ("death",)


def test_a_sent_form_with_other_answers_shows_what_was_received(doctor: Client, people) -> None:
    number = declared(doctor)
    form = opened(doctor, number)
    send(doctor, number, form, narrative="Première version.")
    answer = send(doctor, number, form, narrative="Seconde version.")
    assert answer.status_code == 422
    assert "déjà été reçu, avec d’autres réponses" in answer.text
    assert "Première version." in visible(answer.text)
    kept = fields(answer.text)
    assert kept["key"] != form["key"]
    assert kept["narrative"] == ["Seconde version."]
    assert send(doctor, number, kept).status_code == 302
    assert known(people["dr.martin"], number).version == 3


@pytest.mark.parametrize("version", ["", "0", "x", "7", "-1", "9" * 40])
def test_a_version_that_no_page_had_overwrites_nothing(doctor: Client, people, version) -> None:
    number = declared(doctor)
    form = opened(doctor, number) | {"version": [version], "key": [str(uuid4())]}
    answer = send(doctor, number, form, drugs__1__name="Aspirine")
    assert answer.status_code in {302, 409}
    assert known(people["dr.martin"], number).report.drugs[0].name == "Amoxicilline"


def test_an_erased_patient_is_said_and_the_text_comes_back(doctor: Client, people) -> None:
    number = declared(doctor)
    form = opened(doctor, number)
    erase(
        stream_name(CATEGORY, parse(number)),
        "patient",
        basis="RGPD art. 17",
        actor=people["dr.martin"].actor(),
        now=datetime(2026, 11, 1, tzinfo=UTC),
    )
    answer = send(doctor, number, form | {"version": ["1"]}, narrative="Sortie hier.")
    assert answer.status_code == 409
    kept = fields(answer.text)
    assert kept["narrative"] == ["Sortie hier."]
    last = send(doctor, number, kept, narrative="Sortie hier.")
    assert last.status_code == 409
    assert "ont été effacées" in last.text


def test_an_empty_follow_up_is_refused_in_words(doctor: Client) -> None:
    number = declared(doctor)
    answer = doctor.post(address(number), {"key": str(uuid4())})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
