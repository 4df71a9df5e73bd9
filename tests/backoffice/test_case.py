"""The case page: pseudonymised for the agency, whole for the centre, with its questions."""

from uuid import uuid4

import pytest
from django.test import Client

from events.number import parse
from pharmacovigilance import queries
from tests.portal.sending import browser, declared, visible

pytestmark = pytest.mark.django_db

SECRETS = {
    "patient__name_letters": "ZQX",
    "patient__first_name_initial": "W",
    "patient__birth_date": "14/07/1987",
    "reporter__family_name": "Zwingli",
    "reporter__given_name": "Huldrych",
    "reporter__institution": "Clinique secrète",
    "reporter__street": "1 rue Cachée",
    "reporter__city": "Bourg-Discret",
    "reporter__postcode": "75099",
    "reporter__phone": "0199999999",
    "reporter__email": "h@example.invalid",
    "hospital_unit": "Unité voilée",
    "dispensing_pharmacy": "Pharmacie tue",
}
SHOWN_TO_CENTRE = set(SECRETS.values()) - {"W"}


@pytest.fixture
def number(people) -> str:
    doctor = browser(people["dr.martin"])
    made = declared(doctor, seriousness=["death"], **SECRETS)
    doctor.post(
        f"/declarations/{made}/complement/",
        {"patient.sex": "female", "narrative": "Suite", "key": str(uuid4())},
    )
    return made


@pytest.mark.parametrize("name", ["evaluateur", "signataire"])
def test_the_agency_reads_the_case_without_anybodys_identity(people, number: str, name) -> None:
    for query in ["", "?as_of=2999-01-01T00:00"]:
        html = browser(people[name]).get(f"/agence/{number}/{query}").text
        for secret in SHOWN_TO_CENTRE:
            assert secret not in html, secret
        for own in ["Martin", "Claire", str(people["dr.martin"].public_id), "Hôpital"]:
            assert own not in html, own
        text = visible(html)
        for clinical in ["Amoxicilline", "Urticaire", "34 ans", "1987", "Éruption", "Décès"]:
            assert clinical in text, clinical
        assert "Cas pseudonymisé" in text


def test_the_agency_reads_the_portal_page_no_better(people, number: str) -> None:
    page = browser(people["evaluateur"]).get(f"/declarations/{number}/")
    assert page.status_code == 200
    for clinical in ["Amoxicilline", "Urticaire", "34 ans", "Éruption"]:
        assert clinical in visible(page.text), clinical
    assert not [secret for secret in SHOWN_TO_CENTRE if secret in page.text]


def test_the_centre_that_received_it_reads_everything(people, number: str) -> None:
    html = browser(people["crpv.paris"]).get(f"/agence/{number}/").text
    assert not [secret for secret in SHOWN_TO_CENTRE if secret not in html]


def test_the_case_shows_the_criteria_that_are_met_and_how_it_came_in(people) -> None:
    number = declared(browser(people["dr.martin"]), reactions__0__outcome="fatal")
    text = visible(browser(people["evaluateur"]).get(f"/agence/{number}/").text)
    assert "Gravité Décès Voie de réception Portail" in text
    assert "Critères cochés Aucun" in text
    ticked = declared(browser(people["dr.martin"]), seriousness=["disability"])
    text = visible(browser(people["evaluateur"]).get(f"/agence/{ticked}/").text)
    assert text.count("Incapacité ou invalidité") == 1
    assert "Critères cochés" not in text


def test_before_it_was_received_a_case_is_not_known_yet(people, number: str) -> None:
    early = {"as_of": "2020-01-01T00:00"}
    answer = browser(people["evaluateur"]).get(f"/agence/{number}/", early)
    assert answer.status_code == 404
    assert "Pas encore connue à cette date" in answer.text
    assert f'href="/agence/{number}/"' in answer.text
    nothing = browser(people["evaluateur"]).get("/agence/0000-0000-00000/", early)
    assert "Pas encore connue" not in nothing.text


def test_a_withdrawn_case_says_so_and_keeps_its_clock(people, number: str) -> None:
    done = browser(people["dr.martin"]).post(
        f"/declarations/{number}/retrait/", {"reason": "Doublon", "key": str(uuid4())}
    )
    assert done.status_code == 302
    text = visible(browser(people["evaluateur"]).get(f"/agence/{number}/").text)
    assert "Retirée par le déclarant" in text
    assert "Doublon" in text
    assert "Reste 15 jours" in text
    assert "Demander une information" not in text


def test_the_case_shows_its_clocks_and_their_source(people, number: str) -> None:
    text = visible(browser(people["evaluateur"]).get(f"/agence/{number}/").text)
    assert "Reste 15 jours" in text
    assert "R5121-156" in text
    assert "Jour 0 :" in text


def test_a_reviewer_asks_once_and_reads_the_answer(people, number: str) -> None:
    reviewer = browser(people["evaluateur"])
    form = {"text": "Quel lot ?", "key": str(uuid4())}
    for _ in range(2):
        assert reviewer.post(f"/agence/{number}/question/", form).status_code == 302
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert len(shown.questions) == 1
    browser(people["dr.martin"]).post(
        f"/declarations/{number}/reponse/{shown.questions[0].id}/",
        {"text": "FX12", "key": str(uuid4())},
    )
    text = visible(reviewer.get(f"/agence/{number}/").text)
    assert "Réponse : FX12" in text
    assert "Question close" in text


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001])
def test_a_wrong_question_comes_back_in_words(people, number: str, text: str) -> None:
    reviewer = browser(people["evaluateur"])
    answer = reviewer.post(f"/agence/{number}/question/", {"text": text, "key": "k"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert text.strip() in answer.text


def test_the_same_question_form_with_another_text_is_held_back(people, number: str) -> None:
    reviewer = browser(people["evaluateur"])
    key = str(uuid4())
    reviewer.post(f"/agence/{number}/question/", {"text": "Quel lot ?", "key": key})
    answer = reviewer.post(f"/agence/{number}/question/", {"text": "Autre ?", "key": key})
    assert answer.status_code == 422
    assert "Autre ?" in answer.text


@pytest.mark.parametrize(
    ("name", "status"),
    [("signataire", 403), ("dr.martin", 403), ("ph.bernard", 403), ("operateur", 404)],
)
def test_who_may_not_ask_is_refused(people, number: str, name: str, status: int) -> None:
    client = browser(people[name])
    assert client.post(f"/agence/{number}/question/", {"text": "x"}).status_code == status


def test_who_may_not_ask_is_offered_no_form(people, number: str) -> None:
    signatory: Client = browser(people["signataire"])
    assert "Demander une information" not in signatory.get(f"/agence/{number}/").text


def test_reading_a_case_needs_a_reviewers_role(people, number: str) -> None:
    for name in ("dr.martin", "operateur"):
        assert browser(people[name]).get(f"/agence/{number}/").status_code == 403, name


def test_an_unknown_case_does_not_exist(people) -> None:
    assert browser(people["evaluateur"]).get("/agence/0000-0000-00000/").status_code == 404
