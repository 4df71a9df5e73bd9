"""The clinician's list, one declaration with its history, and what can be added to it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from pharmacovigilance import queries
from pharmacovigilance.domain.number import parse
from tests.accounts.people import demo_people
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, User]:
    return demo_people()


@pytest.fixture
def doctor(people) -> Client:
    return browser(people["dr.martin"])


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


def test_a_follow_up_changes_only_what_it_says(doctor: Client, people) -> None:
    number = declared(doctor, seriousness=["disability"], drugs__1__name="Ibuprofène")
    page = doctor.get(f"/declarations/{number}/complement/").text
    assert "Urticaire" in page
    answer = doctor.post(
        f"/declarations/{number}/complement/",
        {
            "reactions.0.outcome": "recovered",
            "drugs.1.stopped": "yes",
            "drugs.2.name": "Aspirine",
            "reactions.1.term": "Fièvre",
            "narrative": "Sortie hier.",
        }
        | key(),
    )
    assert answer.status_code == 302
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert [drug.name for drug in shown.report.drugs] == ["Amoxicilline", "Ibuprofène", "Aspirine"]
    assert [drug.stopped for drug in shown.report.drugs] == [None, "yes", None]
    assert [one.outcome for one in shown.report.reactions] == ["recovered", None]
    assert shown.report.seriousness == ("disability",)
    assert shown.report.narrative is not None
    assert shown.report.narrative.endswith("Sortie hier.")
    again = visible(doctor.get(f"/declarations/{number}/complement/").text)
    assert "Connu : Guérison sans séquelle" in again


@pytest.mark.parametrize(
    ("posted", "stated"),
    [
        ({"change": "seriousness", "seriousness": ["death"]}, ("death",)),
        ({"change": "seriousness"}, ()),
        ({"seriousness": ["death"], "narrative": "x"}, ("disability",)),
    ],
)
def test_seriousness_changes_only_when_asked(doctor: Client, people, posted, stated) -> None:
    number = declared(doctor, seriousness=["disability"])
    assert doctor.post(f"/declarations/{number}/complement/", posted | key()).status_code == 302
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert shown.report.seriousness == stated


def test_a_wrong_follow_up_comes_back_filled_in(doctor: Client, people) -> None:
    number = declared(doctor)
    answer = doctor.post(
        f"/declarations/{number}/complement/",
        {"reactions.0.end": "2999", "drugs.0.end": "hier", "narrative": "Sortie"} | key(),
    )
    assert answer.status_code == 422
    for said in ['href="#q-reactions-0-end"', 'href="#q-drugs-0-end"', "2999", "hier", "Sortie"]:
        assert said in answer.text, said
    assert queries.declaration(people["dr.martin"], parse(number)).version == 1


def test_an_empty_follow_up_is_refused_in_words(doctor: Client) -> None:
    number = declared(doctor)
    answer = doctor.post(f"/declarations/{number}/complement/", key())
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


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
    links = re.findall(r'href="(\?as_of=[^"]+)"', doctor.get(here).text)
    assert len(links) == 2
    latest, first = (doctor.get(here + link.replace("&amp;", "&")).text for link in links)
    assert "Plus tard" in latest
    assert "Plus tard" not in first
    assert "Telle que connue le" in visible(first)
    assert "complement/" not in first
    shown = queries.declaration(people["dr.martin"], parse(number))
    before = shown.history[0].recorded_at - timedelta(seconds=1)
    assert doctor.get(here, {"as_of": before.isoformat()}).status_code == 404


@pytest.mark.parametrize(
    "text", ["hier", "2026-13-45", "99999999999999999999", "2026-02-30T00:00", "9999-12-31"]
)
def test_an_unreadable_instant_is_said_and_changes_nothing(doctor: Client, text: str) -> None:
    number = declared(doctor)
    answer = doctor.get(f"/declarations/{number}/", {"as_of": text})
    assert answer.status_code == 200
    assert "n’a pas pu être lue" in answer.text
    assert "Amoxicilline" in answer.text
