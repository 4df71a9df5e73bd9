"""Every form keeps what was typed: session ended, token stale, database away, person erased."""

import html
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from events.erasure import erase
from events.event import stream_name
from events.number import parse
from pharmacovigilance import queries
from tests.outage import database_away
from tests.portal.sending import LEAST, browser, declared, visible

pytestmark = pytest.mark.django_db

FORMS = {
    "declare": ("dr.martin", "/declarations/nouvelle/", "narrative"),
    "follow_up": ("dr.martin", "/declarations/{number}/complement/", "narrative"),
    "withdraw": ("dr.martin", "/declarations/{number}/retrait/", "reason"),
    "answer": ("dr.martin", "/declarations/{number}/reponse/{question}/", "text"),
    "ask": ("evaluateur", "/agence/{number}/question/", "text"),
}
TYPED = "Vu ce matin : « mieux » & sans fièvre <38 °C.\nSort demain."


@pytest.fixture
def number(people) -> str:
    made = declared(browser(people["dr.martin"]))
    asked = browser(people["evaluateur"]).post(
        f"/agence/{made}/question/", {"text": "Quel lot ?", "key": str(uuid4())}
    )
    assert asked.status_code == 302
    return made


@pytest.fixture(params=FORMS)
def form(request, people, number) -> tuple[User, str, dict[str, str]]:
    """Return who sends which form where, with a key and a text."""
    name, path, field = FORMS[request.param]
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    body = LEAST | {"do": "send"} if request.param == "declare" else {}
    version = {"version": "2"} if request.param == "follow_up" else {}
    body = body | version | {field: TYPED, "key": str(uuid4())}
    return people[name], path.format(number=number, question=question.id), body


def sent_back(page: str) -> dict[str, list[str]]:
    """Return what the form on a page would send when its button is pressed: every field with its values."""
    (form,) = [
        one
        for one in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL)
        if 'name="key"' in one and "Sort demain" in one
    ]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        if re.search(r'type="(?:radio|checkbox)"', tag) and " checked" not in tag:
            continue
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag, re.DOTALL)
        assert name is not None
        fields.setdefault(name[1], []).append(html.unescape(value[1]) if value else "")
    if '<button class="fr-btn' in form and re.search(r'name="do" value="send"', form):
        fields.setdefault("do", []).append("send")
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL
    ):
        fields.setdefault(name, []).append(html.unescape(text))
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields.setdefault(name, []).append(chosen[1] if chosen else "")
    return fields


def taken(people: dict[str, User], number: str) -> int:
    """Return how many events there are; a new declaration is not one of this stream."""
    return queries.declaration(people["dr.martin"], parse(number)).version


def test_a_session_that_ended_keeps_what_was_typed(form, people, number) -> None:
    user, path, body = form
    before = taken(people, number)
    page = browser(None).post(path, body)
    assert page.status_code == 200
    assert "Votre session s’est terminée" in page.text
    assert 'href="/connexion/" target="_blank"' in page.text
    assert taken(people, number) == before
    again = sent_back(page.text)
    assert {name: again[name] for name in body if name != "do"} == {
        name: [value] for name, value in body.items() if name != "do"
    }
    assert browser(user).post(path, again).status_code == 302


def test_a_signed_out_reader_learns_nothing_of_the_case(form) -> None:
    _user, path, body = form
    page = browser(None).post(path, {"key": body["key"]}).text
    assert "Urticaire" not in page
    assert "Quel lot" not in page


def test_a_stale_token_gives_the_same_form_back(form, people, number) -> None:
    user, path, body = form
    before = taken(people, number)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    page = strict.post(path, body)
    assert page.status_code == 403
    assert "Vérifiez-la et envoyez de nouveau." in page.text
    assert '<nav class="site-nav"' in page.text
    assert taken(people, number) == before
    again = sent_back(page.text)
    assert again["key"] == [body["key"]]
    assert strict.post(path, again).status_code == 302


@pytest.mark.parametrize("form", ["follow_up", "ask"], indirect=True)
def test_an_outage_keeps_what_was_typed_and_says_when_to_try_again(form, people, number) -> None:
    user, path, body = form
    before = taken(people, number)
    client = browser(user)
    with database_away():
        page = client.post(path, body)
    assert page.status_code == 503
    assert page["Retry-After"] == "10"
    assert "Le service ne répond pas" in page.text
    assert taken(people, number) == before
    assert client.post(path, sent_back(page.text)).status_code == 302


def test_what_came_back_in_an_outage_is_sent_in_it(people, number) -> None:
    """A row was asked for, which cannot be given without the case: what was typed can be sent."""
    doctor = browser(people["dr.martin"])
    path = f"/declarations/{number}/complement/"
    known = {"version": "2", "known.drugs": "1", "known.reactions": "1"}
    body = known | {"narrative": TYPED, "do": "add:drugs", "key": str(uuid4())}
    with database_away():
        page = doctor.post(path, body)
        assert page.status_code == 503
        again = sent_back(page.text)
        assert again["do"] == ["send"]
        taken_now = doctor.post(path, again)
    assert taken_now.status_code == 302
    assert taken_now["Location"].startswith("/recus/")


def test_a_stale_token_in_an_outage_is_an_outage(form) -> None:
    user, path, body = form
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    with database_away() as asked:
        page = strict.post(path, body)
    # The form of a declaration reads no case: it comes back whole.
    alone = path == FORMS["declare"][1]
    assert page.status_code == (403 if alone else 503)
    assert asked == []
    assert sent_back(page.text)["key"] == [body["key"]]


def test_what_was_typed_is_in_no_address_and_kept_by_nobody(form) -> None:
    _user, path, body = form
    page = browser(None).post(path, body)
    assert "Sort" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', page.text))
    assert page["Cache-Control"] == "private, no-store"


def test_a_form_without_a_page_of_its_own_leads_back_to_the_case(people, number) -> None:
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    for name, path, case in [
        ("dr.martin", f"reponse/{question.id}/", f"/declarations/{number}/"),
        ("evaluateur", "question/", f"/agence/{number}/"),
    ]:
        signed_out = browser(None).get(case + path)
        assert signed_out["Location"] == f"/connexion/?next={case}{path}"
        assert browser(people[name]).get(case + path)["Location"] == case


@pytest.mark.parametrize("language", ["fr", "en"])
def test_links_of_a_refused_form_lead_to_the_case(people, number, language: str) -> None:
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    for name, path, case in [
        ("dr.martin", f"reponse/{question.id}/", f"/declarations/{number}/"),
        ("evaluateur", "question/", f"/agence/{number}/"),
    ]:
        client = browser(people[name], language)
        page = client.post(case + path, {"text": " ", "key": str(uuid4())})
        assert page.status_code == 422
        assert f'<form method="get" action="{case}"' in page.text
        found = re.findall(r'href="([^"]*\?as_of=[^"]+)"', page.text)
        assert len(found) == 2
        for link in found:
            assert client.get(html.unescape(link)).status_code == 200, link
        assert not re.search(r'(?:href|action)="\?', page.text)


@pytest.mark.parametrize("name", ["withdraw", "answer", "follow_up"])
def test_an_erased_person_is_said_and_the_text_is_kept(people, number, name: str) -> None:
    erase(
        stream_name("declaration", parse(number)),
        "patient",
        basis="RGPD art. 17",
        actor=people["operateur"].actor(),
        now=timezone.now(),
    )
    _who, path, field = FORMS[name]
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    page = browser(people["dr.martin"]).post(
        path.format(number=number, question=question.id),
        {field: TYPED, "key": str(uuid4()), "version": "2"},
    )
    assert page.status_code == 409
    assert "ont été effacées" in visible(page.text)
    assert "Sort demain." in page.text


def test_an_answer_to_a_question_that_was_closed_meanwhile_is_kept(people, number) -> None:
    """The answer form is there although the question is closed: nothing typed disappears."""
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    path = f"/declarations/{number}/reponse/{question.id}/"
    done = browser(people["ph.bernard"]).post(path, {"text": "FX12", "key": str(uuid4())})
    assert done.status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["dr.martin"])
    page = strict.post(path, {"text": TYPED, "key": str(uuid4())})
    assert page.status_code == 403
    assert sent_back(page.text)["text"] == [TYPED]
