"""What is sent from a page that was opened before the log went away is received, and recorded later."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from events.drain import Drainer
from events.number import parse
from pharmacovigilance import queries
from pharmacovigilance.queries import DeclarationShown
from tests.outage import database_away
from tests.portal.sending import browser, declared, intake_browser, visible

pytestmark = pytest.mark.django_db

RECEIPT = re.compile(r"/recus/(n1-\d+-\d+-[0-9a-z]{26})/")


@pytest.fixture
def number(doctor: Client) -> str:
    return declared(doctor)


def opened(client: Client, path: str) -> dict[str, str]:
    """Return what the form of a page would send as it stands, but for boxes and lists."""
    page = client.get(path).text
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def received(client: Client, path: str, body: dict[str, str]) -> str:
    """Send a form while the log is away; return the id of the receipt that its sender is led to."""
    with database_away():
        answer = client.post(path, body)
        assert answer.status_code == 302, visible(answer.text)
        told = RECEIPT.fullmatch(answer["Location"])
        assert told is not None, answer["Location"]
        page = client.get(answer["Location"])
        assert "Votre envoi est reçu, il compte à cette date" in page.text
    return told[1]


def case(people, number: str) -> DeclarationShown:
    return queries.declaration(people["dr.martin"], parse(number))


def test_the_whole_form_of_a_follow_up_is_received(doctor, people, number):
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path)
    assert (form["version"], form["known.drugs"], form["known.reactions"]) == ("1", "1", "1")
    typed = {
        "reactions.0.outcome": "recovered",
        "reactions.1.term": "Fièvre",
        "narrative": "Guérie.",
    }
    received(doctor, path, form | typed | {"do": "send"})
    assert Drainer(grace=timedelta(0)).once().drained == 1
    report = case(people, number).report
    assert [(one.term, one.outcome) for one in report.reactions] == [
        ("Urticaire", "recovered"), ("Fièvre", None),
    ]  # fmt: skip
    assert [drug.name for drug in report.drugs] == ["Amoxicilline"]


def test_the_whole_form_is_received_though_the_session_ended(doctor, people, number):
    """Nobody can sign in again while the log is away; the browser still says whose it is."""
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path) | {"do": "send"}
    typed = {"reactions.0.outcome": "recovered", "narrative": "Guérie."}
    teller = intake_browser(people["dr.martin"])
    with database_away():
        wrong = teller.post(path, form | typed | {"reactions.0.end": "01/01/2999"})
        assert wrong.status_code == 422
        assert "Guérie." in wrong.text
        taken = teller.post(path, form | typed)
    assert taken.status_code == 200
    assert "C’est reçu" in taken.text
    assert "Urticaire" not in taken.text
    assert Drainer(grace=timedelta(0)).once().drained == 1
    (reaction,) = case(people, number).report.reactions
    assert reaction.outcome == "recovered"


def test_what_it_sends_beside_another_text_is_said_and_kept(doctor, people, number):
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path) | {"do": "send"}
    teller = intake_browser(people["dr.martin"])
    with database_away():
        assert teller.post(path, form | {"narrative": "Guérie."}).status_code == 200
        other = teller.post(path, form | {"narrative": "Décédée."})
    assert other.status_code == 422
    assert "Décédée." in other.text


def test_with_the_database_there_a_session_that_ended_is_asked_for_again(doctor, people, number):
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path) | {"do": "send", "narrative": "Guérie."}
    page = intake_browser(people["dr.martin"]).post(path, form)
    assert "Votre session s’est terminée" in page.text
    assert "Guérie." in page.text


def test_it_is_recorded_though_the_case_went_on_meanwhile(doctor, people, number):
    """Sent where the log is reached it would be held back, to be read again; its sender has gone."""
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path)
    other = {"narrative": "D’un autre écran.", "key": str(uuid4()), "version": "1"}
    assert doctor.post(path, form | other).status_code == 302
    received(doctor, path, form | {"narrative": "Guérie."})
    counts = Drainer(grace=timedelta(0)).once()
    assert (counts.drained, counts.left) == (1, 0)
    assert case(people, number).version == 3


def test_an_answer_is_received(doctor, people, number):
    text = {"text": "Quel lot ?", "key": str(uuid4())}
    assert (
        browser(people["evaluateur"]).post(f"/agence/{number}/question/", text).status_code == 302
    )
    (question,) = case(people, number).questions
    path = f"/declarations/{number}/reponse/{question.id}/"
    received(doctor, path, {"text": "Lot FX1234.", "key": str(uuid4())})
    assert Drainer(grace=timedelta(0)).once().drained == 1
    (answered,) = case(people, number).questions
    assert not answered.open


def test_a_withdrawal_is_received(doctor, people, number):
    path = f"/declarations/{number}/retrait/"
    received(doctor, path, opened(doctor, path) | {"reason": "Doublon."})
    assert not case(people, number).facts.withdrawn
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert case(people, number).facts.withdrawn


def test_what_is_impossible_is_refused_at_once_and_stays_on_the_page(doctor, number):
    path = f"/declarations/{number}/complement/"
    form = opened(doctor, path) | {"reactions.0.end": "14/03/2999", "narrative": "Reste ici."}
    with database_away():
        answer = doctor.post(path, form)
    assert answer.status_code == 422
    assert "Reste ici." in answer.text
    assert 'value="14/03/2999"' in answer.text
    assert 'id="erreurs"' in answer.text
    assert Drainer(grace=timedelta(0)).once().drained == 0


def test_an_empty_withdrawal_is_refused_at_once(doctor, number):
    with database_away():
        answer = doctor.post(
            f"/declarations/{number}/retrait/", {"key": str(uuid4()), "reason": ""}
        )
    assert answer.status_code == 422
    assert Drainer(grace=timedelta(0)).once().drained == 0


def test_a_form_that_does_not_say_beside_what_it_was_filled_in_is_kept(doctor, number):
    """As on the pages of earlier releases: an index means nothing without the report."""
    path = f"/declarations/{number}/complement/"
    form = {
        "version": "1",
        "reactions.0.outcome": "recovered",
        "narrative": "Guérie.",
        "key": str(uuid4()),
    }
    with database_away():
        answer = doctor.post(path, form)
    assert answer.status_code == 503
    assert "Guérie." in answer.text
    assert doctor.post(path, form).status_code == 302
