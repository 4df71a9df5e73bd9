"""The clinician's list, one declaration with its history, and what can be added to it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from events.number import parse
from pharmacovigilance import queries
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague() -> User:
    return User.objects.create(username="dr.autre", role="doctor", department="69")


def key() -> dict[str, str]:
    return {"key": str(uuid4())}


def ask(people, number: str, text: str = "Quel lot ?") -> str:
    """Have a reviewer ask; return the question's id."""
    answer = browser(people["evaluateur"]).post(
        f"/agence/{number}/question/", {"text": text} | key()
    )
    assert answer.status_code == 302
    shown = queries.declaration(people["dr.martin"], parse(number))
    return str(shown.questions[-1].id)


def test_the_list_is_mine_newest_first(doctor: Client, people, colleague) -> None:
    numbers = [declared(doctor, drugs__0__name=f"Produit {n}") for n in range(3)]
    other = declared(browser(colleague), reporter__department_code="69")
    projected()
    html = doctor.get("/declarations/").text
    assert re.findall(r">([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})</a>", html) == numbers[::-1]
    assert other not in html
    assert "Reçu" in html


def test_a_pharmacist_may_widen_the_list_to_her_hospital(doctor: Client, people) -> None:
    number = declared(doctor)
    projected()
    pharmacist = browser(people["ph.bernard"])
    assert number not in pharmacist.get("/declarations/").text
    assert number in pharmacist.get("/declarations/?voir=toutes").text
    assert 'href="/declarations/?voir=toutes"' not in doctor.get("/declarations/?voir=toutes").text


def test_long_lists_are_turned_by_key_and_never_counted(
    doctor: Client, django_assert_max_num_queries
) -> None:
    numbers = {declared(doctor) for _ in range(27)}
    projected()
    with django_assert_max_num_queries(4) as queries_made:
        first = doctor.get("/declarations/").text
    assert not any("COUNT(" in query["sql"].upper() for query in queries_made.captured_queries)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = doctor.get("/declarations/" + following.group(1).replace("&amp;", "&")).text
    pages = [
        set(re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", html)) for html in (first, second)
    ]
    assert [len(page) for page in pages] == [25, 2]
    assert pages[0] | pages[1] == numbers


def test_one_declaration_shows_what_was_said_and_when(doctor: Client) -> None:
    number = declared(doctor, patient__name_letters="DUP", seriousness=["hospitalisation"])
    text = visible(doctor.get(f"/declarations/{number}/").text)
    for said in ["Amoxicilline", "Urticaire", "02/03/2026", "34 ans", "DUP", "Martin", "Grave"]:
        assert said in text, said
    for time in ["Survenu", "Reçu", "Enregistré"]:
        assert time in text, time
    assert "par vous" in text
    assert "Reste 15 jours" in text
    assert "R5121-156" in text


def test_a_number_is_read_kindly(doctor: Client) -> None:
    number = declared(doctor)
    assert doctor.get(f"/declarations/{number.lower().replace('-', '')}/").status_code == 200


def test_others_declarations_do_not_exist(doctor: Client, colleague) -> None:
    number = declared(doctor)
    stranger = browser(colleague)
    for part in ["", "accuse/", "complement/", "retrait/"]:
        assert stranger.get(f"/declarations/{number}/{part}").status_code == 404, part
    for part in ["complement/", "retrait/", f"reponse/{uuid4()}/"]:
        answer = stranger.post(f"/declarations/{number}/{part}", {"reason": "x", "text": "x"})
        assert answer.status_code == 404, part


def test_the_agency_neither_adds_nor_withdraws_for_the_declarant(doctor: Client, people) -> None:
    number = declared(doctor)
    reviewer = browser(people["evaluateur"])
    for part in ["complement/", "retrait/"]:
        assert reviewer.get(f"/declarations/{number}/{part}").status_code == 403, part
        assert reviewer.post(f"/declarations/{number}/{part}").status_code == 403, part


def test_a_question_is_seen_and_answered_once(doctor: Client, people) -> None:
    number = declared(doctor)
    question = ask(people, number)
    page = doctor.get(f"/declarations/{number}/").text
    assert "Quel lot ?" in page
    assert "Information demandée" in page
    projected()
    assert "Information demandée" in doctor.get("/declarations/").text
    once = key()
    for _ in range(2):
        answer = doctor.post(
            f"/declarations/{number}/reponse/{question}/", {"text": "FX12"} | once
        )
        assert answer.status_code == 302
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert shown.version == 3
    assert "FX12" in doctor.get(f"/declarations/{number}/").text


def test_an_empty_answer_comes_back_in_words(doctor: Client, people) -> None:
    number = declared(doctor)
    question = ask(people, number)
    answer = doctor.post(f"/declarations/{number}/reponse/{question}/", {"text": " "} | key())
    assert answer.status_code == 422
    assert "Ce texte est nécessaire." in answer.text


def test_a_withdrawal_needs_a_reason_and_stays_readable(doctor: Client, people) -> None:
    number = declared(doctor)
    refused = doctor.post(f"/declarations/{number}/retrait/", {"reason": ""} | key())
    assert refused.status_code == 422
    assert "Ce texte est nécessaire." in refused.text
    done = doctor.post(f"/declarations/{number}/retrait/", {"reason": "Doublon"} | key())
    assert done.status_code == 302
    text = visible(doctor.get(f"/declarations/{number}/").text)
    assert "Retiré" in text
    assert "Doublon" in text
    projected()
    assert number in doctor.get("/declarations/").text
    again = doctor.post(f"/declarations/{number}/retrait/", {"reason": "Encore"} | key())
    assert again.status_code == 422
    assert "déjà retirée" in again.text


def test_as_known_at_an_earlier_instant(doctor: Client, people) -> None:
    number = declared(doctor)
    doctor.post(f"/declarations/{number}/complement/", {"narrative": "Plus tard"} | key())
    here = f"/declarations/{number}/"
    links = re.findall(r'href="([^"]+\?as_of=[^"]+)"', doctor.get(here).text)
    assert len(links) == 2
    latest, first = (doctor.get(link.replace("&amp;", "&")).text for link in links)
    assert "Plus tard" in latest
    assert "Plus tard" not in first
    assert "Voici ce qui était connu le" in visible(first)
    assert "complement/" not in first
    shown = queries.declaration(people["dr.martin"], parse(number))
    again = re.search(r'id="as_of" name="as_of" value="([^"]+)"', latest)
    assert again is not None
    assert "Plus tard" in doctor.get(here, {"as_of": again[1]}).text
    before = shown.history[0].recorded_at - timedelta(seconds=1)
    early = doctor.get(here, {"as_of": before.isoformat()})
    assert early.status_code == 404
    assert "cette déclaration n’était pas encore connue" in visible(early.text)
    assert "Amoxicilline" not in early.text
    assert f'href="{here}"' in early.text


def test_an_early_instant_tells_a_stranger_nothing(doctor: Client, colleague) -> None:
    number = declared(doctor)
    answer = browser(colleague).get(f"/declarations/{number}/", {"as_of": "2020-01-01"})
    assert answer.status_code == 404
    assert "pas encore connue" not in answer.text


def test_clocks_count_from_the_instant_that_is_read(doctor: Client, people) -> None:
    number = declared(doctor, seriousness=["hospitalisation"])
    shown = queries.declaration(people["dr.martin"], parse(number))
    due = shown.facts.clocks[0].due
    here = f"/declarations/{number}/"
    for day, left in [(due, "Aujourd’hui"), (due + timedelta(days=2), "En retard de 2 jours")]:
        assert left in visible(doctor.get(here, {"as_of": f"{day.isoformat()}T12:00"}).text)
    assert "Reste 15 jours" in visible(doctor.get(here).text)


def test_a_death_that_nobody_ticked_is_shown_as_a_criterion(doctor: Client) -> None:
    number = declared(doctor, death_date="05/03/2026")
    text = visible(doctor.get(f"/declarations/{number}/").text)
    assert "Gravité Décès Voie de réception Portail" in text
    assert "Critères cochés Aucun" in text
    mild = visible(doctor.get(f"/declarations/{declared(doctor)}/").text)
    assert "Gravité Non grave" in mild


@pytest.mark.parametrize(
    ("born", "onset", "age"),
    [
        ("28/12/2025", "28/12/2025", "le jour de la naissance"),
        ("28/12/2025", "29/12/2025", "1 jour"),
        ("28/12/2025", "03/01/2026", "6 jours"),
        ("28/12/2025", "01/03/2026", "9 semaines"),
        ("28/12/2024", "28/03/2026", "15 mois"),
        ("14/07/1991", "03/2026", "34 ans"),
        ("1991", "03/2026", "entre 34 ans et 35 ans"),
        ("2026", "03/2026", "au plus 12 semaines"),
    ],
)
def test_the_age_at_onset_is_told_in_its_unit_to_doctor_and_agency(
    doctor: Client, people, born: str, onset: str, age: str
) -> None:
    unsaid = {"patient__age_value": "", "drugs__0__start": ""}
    number = declared(doctor, patient__birth_date=born, reactions__0__onset=onset, **unsaid)
    for name, where in [("dr.martin", "declarations"), ("evaluateur", "agence")]:
        text = visible(browser(people[name]).get(f"/{where}/{number}/").text)
        assert f"Âge {age} " in text, name


@pytest.mark.parametrize(("told", "age"), [("1", "1 an"), ("1,5", "1,5 an"), ("2", "2 ans")])
def test_an_age_agrees_with_its_number(doctor: Client, told: str, age: str) -> None:
    number = declared(doctor, patient__age_value=told)
    assert f"Âge {age} " in visible(doctor.get(f"/declarations/{number}/").text)


@pytest.mark.parametrize(
    "text", ["hier", "2026-13-45", "99999999999999999999", "2026-02-30T00:00", "9999-12-31"]
)
def test_an_unreadable_instant_is_said_and_changes_nothing(doctor: Client, text: str) -> None:
    number = declared(doctor)
    answer = doctor.get(f"/declarations/{number}/", {"as_of": text})
    assert answer.status_code == 200
    assert "n’a pas pu être lue" in answer.text
    assert "Amoxicilline" in answer.text
