"""A browser with no more than an intake cookie: it tells, and reads nothing."""

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts import revocation
from accounts.models import User
from events.number import parse
from pharmacovigilance import queries
from tests.portal.sending import LEAST, browser, declared, intake_browser, projected, visible

pytestmark = pytest.mark.django_db

CASE = ("Urticaire", "Amoxicilline", "Éruption")
FORM = "/declarations/nouvelle/"


@pytest.fixture
def number(people) -> str:
    revocation.refresh(timezone.now())
    made = declared(browser(people["dr.martin"]))
    browser(people["evaluateur"]).post(
        f"/agence/{made}/question/", {"text": "Quel lot ?", "key": str(uuid4())}
    )
    projected()
    return made


@pytest.fixture
def teller(people, number) -> Client:
    return intake_browser(people["dr.martin"])


def pages(number: str, question: object) -> list[str]:
    case = f"/declarations/{number}/"
    return [
        "/",
        "/declarations/",
        FORM,
        case,
        case + "?as_of=2030-01-01",
        case + "accuse/",
        case + "complement/",
        case + "retrait/",
        case + f"reponse/{question}/",
        "/agence/",
        "/agence/echeances/",
        f"/agence/{number}/",
        f"/agence/{number}/question/",
        "/admin/",
        "/status",
    ]


@pytest.mark.parametrize("name", ["dr.martin", "ph.bernard", "crpv.paris"])
def test_no_page_shows_anything_of_a_case(people, number: str, name: str) -> None:
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    client = intake_browser(people[name])
    for path in pages(number, question.id):
        answer = client.get(path)
        assert answer.status_code in {200, 302, 403, 404}, path
        for word in (*CASE, "Quel lot"):
            assert word not in answer.text, path


@pytest.mark.parametrize(
    "path", ["", "?mine=true", "/{id}", "/{number}", "/{id}?as_of=2030-01-01T00:00:00Z"]
)
def test_the_api_lets_it_read_nothing(teller: Client, number: str, path: str) -> None:
    address = path.format(id=parse(number), number=number)
    answer = teller.get(f"/api/v1/declarations{address}")
    assert answer.status_code == 401
    for other in ("/api/v1/worklist", "/api/v1/deadlines"):
        assert teller.get(other).status_code == 401


def test_as_a_token_it_is_none(teller: Client, number: str) -> None:
    claim = teller.cookies["intake"].value
    for secret in (claim, f"vig_{claim}"):
        bearer = {"Authorization": f"Bearer {secret}"}
        assert Client().get("/api/v1/declarations", headers=bearer).status_code == 401


def test_as_a_session_it_is_none(people, teller: Client) -> None:
    client = browser(people["dr.martin"])
    session = client.session
    session["claim"] = teller.cookies["intake"].value
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    assert client.get("/declarations/").status_code == 302


def test_it_declares_under_its_owners_name(people, teller: Client) -> None:
    page = teller.get(FORM).text
    assert "Déclarer seulement" in page
    assert "Ce n’est pas moi" in page
    answer = teller.post(FORM, LEAST | {"do": "send", "key": str(uuid4())})
    assert answer.status_code == 200
    assert "C’est reçu" in answer.text
    assert not [word for word in CASE if word in answer.text]
    number = answer.context["done"].number
    assert number in visible(answer.text)
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert not shown.facts.unverified
    assert shown.facts.declarant == str(people["dr.martin"].public_id)


def test_it_completes_in_words_without_reading(people, teller: Client, number: str) -> None:
    path = f"/declarations/{number}/complement/"
    assert "Sans relire le dossier" in teller.get(path).text
    typed = {"narrative": "Guérie depuis hier.", "key": str(uuid4()), "sans_relecture": "1"}
    answer = teller.post(path, typed)
    assert answer.status_code == 200
    assert "C’est reçu" in answer.text
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert "Guérie depuis hier." in (shown.report.narrative or "")
    assert shown.history[-1].event.by == "declarant"  # type: ignore[attr-defined]
    assert teller.post(path, typed).status_code == 200
    assert queries.declaration(people["dr.martin"], parse(number)).version == shown.version


def test_a_form_that_was_opened_with_the_case_is_kept_whole(
    people, teller: Client, number: str
) -> None:
    typed = {"narrative": "Suite.", "drugs.1.name": "Paracétamol", "version": "2"}
    page = teller.post(f"/declarations/{number}/complement/", typed | {"key": str(uuid4())})
    assert "Votre session s’est terminée" in page.text
    assert "Paracétamol" in page.text
    assert "Suite." in page.text
    assert queries.declaration(people["dr.martin"], parse(number)).version == 2


def test_an_empty_follow_up_is_said_at_its_field(teller: Client, number: str) -> None:
    page = teller.post(
        f"/declarations/{number}/complement/", {"narrative": " ", "sans_relecture": "1"}
    )
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text


def test_it_answers_a_question_without_reading_it(people, teller: Client, number: str) -> None:
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    path = f"/declarations/{number}/reponse/{question.id}/"
    empty = teller.post(path, {"text": " ", "key": str(uuid4())})
    assert empty.status_code == 422
    assert "Quel lot" not in empty.text
    answer = teller.post(path, {"text": "Lot AB12.", "key": str(uuid4())})
    assert answer.status_code == 200
    assert "C’est reçu" in answer.text
    (closed,) = queries.declaration(people["dr.martin"], parse(number)).questions
    assert not closed.open


def test_it_does_not_withdraw(people, teller: Client, number: str) -> None:
    path = f"/declarations/{number}/retrait/"
    page = teller.post(path, {"reason": "Erreur.", "key": str(uuid4())})
    assert "Votre session s’est terminée" in page.text
    assert "Erreur." in page.text
    assert not queries.declaration(people["dr.martin"], parse(number)).facts.withdrawn


def test_it_adds_nothing_to_what_is_not_its_owners(people, number: str) -> None:
    stranger = User.objects.create(username="dr.autre", role="doctor")
    client = intake_browser(stranger)
    typed = {"narrative": "X", "key": str(uuid4()), "sans_relecture": "1"}
    assert client.post(f"/declarations/{number}/complement/", typed).status_code == 404
    unknown = client.post("/declarations/0000-0000-00000/complement/", typed)
    assert unknown.status_code == 404
    assert queries.declaration(people["dr.martin"], parse(number)).version == 2


def test_not_me_forgets_it(people, teller: Client) -> None:
    teller.post("/deconnexion/")
    assert teller.get(FORM).status_code == 302


def test_a_revoked_cookie_declares_for_review_and_does_nothing_else(
    people, teller: Client, number: str
) -> None:
    doctor = people["dr.martin"]
    doctor.is_active = False
    doctor.save()
    page = teller.get(FORM).text
    assert "Votre connexion n’est plus valable" in page
    assert "Martin" not in page
    for path in ("/declarations/", f"/declarations/{number}/", f"/declarations/{number}/retrait/"):
        assert teller.get(path).status_code == 302, path
    assert teller.get(f"/declarations/{number}/complement/").status_code == 302
    typed = {"narrative": "X", "key": str(uuid4()), "sans_relecture": "1"}
    kept = teller.post(f"/declarations/{number}/complement/", typed)
    assert "Votre session s’est terminée" in kept.text
    answer = teller.post(FORM, LEAST | {"do": "send", "key": str(uuid4())})
    assert answer.status_code == 200
    assert "Votre identité n’est pas vérifiée" in answer.text
    which = parse(answer.context["done"].number)
    facts = queries.declaration(people["evaluateur"], which).facts
    assert (facts.declarant, facts.institution, facts.unverified) == (None, None, True)


def test_what_a_revoked_cookie_sends_counts_against_the_quota(
    people, teller: Client, settings
) -> None:
    settings.DOOR_PER_HOUR = 1
    people["dr.martin"].delete()
    sent = [
        teller.post(FORM, LEAST | more | {"do": "send", "key": str(uuid4())})
        for more in ({}, {}, {"seriousness": "death"})
    ]
    assert [answer.status_code for answer in sent] == [200, 429, 200]
    assert int(sent[1]["Retry-After"]) > 3500
    assert "Éruption une heure après" in sent[1].text
