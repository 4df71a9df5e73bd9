"""Every address of clinicians while no connection can be opened: what must work works, none fails."""

from collections.abc import Iterable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from portal import urls as portal_urls
from tests.outage import database_away
from tests.portal.sending import LEAST, browser, declared, intake_browser, visible

pytestmark = pytest.mark.django_db

NUMBER = "{number}"
SOME_ID = "11111111-1111-4111-8111-111111111111"
AUTHORISATION = "AAC-K7QX-2M4P-9TRWC"
RECEIPT = "n1-1-1-00000000000000000000000000"
PAGES = {
    "home": "/",
    "declarations": "/declarations/",
    "declare": "/declarations/nouvelle/",
    "door": "/declarer-sans-compte/",
    "declaration": f"/declarations/{NUMBER}/",
    "receipt": f"/declarations/{NUMBER}/accuse/",
    "follow_up": f"/declarations/{NUMBER}/complement/",
    "withdraw": f"/declarations/{NUMBER}/retrait/",
    "answer": f"/declarations/{NUMBER}/reponse/{SOME_ID}/",
    "access_mine": "/acces/",
    "access_new": "/acces/nouvelle/",
    "access_inbox": "/acces/pharmacie/",
    "access_complete": "/acces/complete/",
    "access_dose": "/acces/dispensation/",
    "access_referential": "/acces/referentiel/",
    "access_offline": "/acces/referentiel/hors-ligne.pdf",
    "access_sheet": f"/acces/referentiel/{SOME_ID}/",
    "access_authorisations": "/acces/autorisations/",
    "access_authorisation": f"/acces/autorisations/{AUTHORISATION}/",
    "access_renew": f"/acces/autorisations/{AUTHORISATION}/renouveler/",
    "access_data": f"/acces/autorisations/{AUTHORISATION}/suivi/",
    "access_link": f"/acces/autorisations/{AUTHORISATION}/effet/",
    "access_authorisation_letter": f"/acces/autorisations/{AUTHORISATION}/lettres/2/",
    "access_check": f"/autorisations/{AUTHORISATION}/",
    "access_letter": f"/acces/{NUMBER}/lettres/3/",
    "access": f"/acces/{NUMBER}/",
    "access_change": f"/acces/{NUMBER}/modifier/",
    "access_pharmacy": f"/acces/{NUMBER}/pharmacie/",
    "access_dose_of": f"/acces/{NUMBER}/dispensation/",
    "access_correction": f"/acces/{NUMBER}/dispensation/correction/",
    "access_document": f"/acces/{NUMBER}/pieces/{SOME_ID}/",
    "access_document_add": f"/acces/{NUMBER}/piece/",
    "access_withdraw": f"/acces/{NUMBER}/retrait/",
    "access_answer": f"/acces/{NUMBER}/reponse/{SOME_ID}/",
    "received": f"/recus/{RECEIPT}/",
    "receipt_copy": f"/recus/{RECEIPT}/copie",
    "status": "/status",
    "accessibility": "/accessibilite/",
    "legal_notice": "/mentions-legales/",
    "personal_data": "/donnees-personnelles/",
    "sign_in": "/connexion/",
    "sign_in_demo": "/connexion/demo/",
    "sign_out": "/deconnexion/",
    "set_language": "/langue/setlang/",
}
WORK = {
    "home": 200,
    "declare": 200,
    "door": 200,
    "follow_up": 200,
    "accessibility": 200,
    "legal_notice": 200,
    "personal_data": 200,
    "received": 200,
    "status": 200,
    "sign_in": 503,
}
"""What answers as it should; the sign-in page says in words that nobody can sign in."""


@pytest.fixture
def number(people: dict[str, User]) -> str:
    return declared(browser(people["dr.martin"]))


def browsers(people: dict[str, User]) -> dict[str, Client]:
    """Return every sort of browser that a clinician may sit at."""
    forged = browser(None)
    forged.cookies["intake"] = "00000000.e30.AAAA"
    forged.cookies["sessionid"] = "nonsense"
    return {
        "session": browser(people["dr.martin"]),
        "pharmacist": browser(people["ph.bernard"]),
        "centre": browser(people["crpv.paris"]),
        "intake": intake_browser(people["dr.martin"]),
        "nobody": browser(None),
        "forged": forged,
    }


def names(patterns: Iterable[URLPattern | URLResolver]) -> set[str]:
    return {pattern.name or "" for pattern in patterns if isinstance(pattern, URLPattern)}


def test_the_list_names_every_address() -> None:
    accounts = next(
        resolver
        for resolver in get_resolver().url_patterns
        if isinstance(resolver, URLResolver) and resolver.app_name == "accounts"
    )
    known = names(portal_urls.urlpatterns) | names(accounts.url_patterns) | {"set_language"}
    assert known == set(PAGES)


def test_no_address_fails_for_anybody(people, number: str) -> None:
    for who, client in browsers(people).items():
        for name, address in PAGES.items():
            path = address.format(number=number)
            for method in (client.get, client.post):
                with database_away():
                    answer = method(path)
                assert answer.status_code != 500, (who, name, method.__name__)
                assert b"secret" not in answer.content, (who, name)
                if answer.status_code == 503:
                    assert answer["Retry-After"] == "10", (who, name)


@pytest.mark.parametrize("who", ["session", "centre", "intake"])
def test_whoever_has_a_claim_reads_what_needs_no_case(people, number: str, who: str) -> None:
    client = browsers(people)[who]
    for name, status in WORK.items():
        with database_away():
            answer = client.get(PAGES[name].format(number=number))
        assert answer.status_code == status, name


def test_the_pages_of_a_declaration_without_account_ask_the_database_nothing(people) -> None:
    for client in browsers(people).values():
        with database_away() as asked:
            assert client.get("/declarer-sans-compte/").status_code == 200
            again = client.post("/declarer-sans-compte/", LEAST | {"do": "add:drugs"})
            assert again.status_code == 200
        assert asked == []


@pytest.mark.parametrize("who", ["session", "intake"])
def test_the_form_of_a_declaration_asks_the_database_nothing(people, who: str) -> None:
    client = browsers(people)[who]
    with database_away() as asked:
        page = client.get("/declarations/nouvelle/")
        assert 'name="reporter.family_name" value="Martin"' in page.text
        again = client.post("/declarations/nouvelle/", LEAST | {"do": "add:reactions"})
        assert again.status_code == 200
    assert asked == []


def test_forms_are_protected_without_the_database(people) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["dr.martin"])
    with database_away():
        for path in ("/declarations/nouvelle/", "/declarer-sans-compte/"):
            token = strict.get(path).context["csrf_token"]
            refused = strict.post(path, LEAST | {"do": "add:drugs"})
            assert refused.status_code == 403
            assert "Éruption une heure après" in refused.text
            taken = strict.post(
                path, LEAST | {"do": "add:drugs", "csrfmiddlewaretoken": str(token)}
            )
            assert taken.status_code == 200


def test_language_can_be_changed_without_the_database(people) -> None:
    client = browser(people["dr.martin"])
    with database_away():
        client.post("/langue/setlang/", {"language": "en", "next": "/"})
        assert "The database does not answer." in visible(client.get("/").text)


@pytest.mark.parametrize("who", ["session", "intake", "nobody"])
def test_the_sign_in_page_says_what_is_possible(people, who: str) -> None:
    client = browsers(people)[who]
    with database_away():
        page = client.get("/connexion/")
        tried = client.post("/connexion/", {"username": "dr.martin", "password": "x"})
        assert tried.status_code == 503
        clicked = client.post("/connexion/demo/", {"username": "dr.martin"})
        assert clicked.status_code in {404, 503}
    assert page.status_code == 503
    assert "Connexion impossible en ce moment" in page.text
    assert 'href="/declarer-sans-compte/"' in page.text
    knows = "Ce navigateur vous connaît" in page.text
    assert knows is (who != "nobody")
    assert ('name="password"' in page.text) is False


def test_the_sign_in_page_promises_nothing_where_nothing_is_kept(people, monkeypatch) -> None:
    monkeypatch.setattr("events.spool.Spool.writes", lambda _: False)
    with database_away():
        page = browser(None).get("/connexion/")
    assert page.status_code == 503
    assert "Déclarer ici non plus" in page.text
    assert 'href="/declarer-sans-compte/"' not in page.text


def test_signing_in_works_again_as_soon_as_the_database_does(people) -> None:
    with database_away():
        assert browser(None).get("/connexion/").status_code == 503
    assert browser(None).get("/connexion/").status_code == 200


def test_home_says_what_cannot_be_read(people) -> None:
    client = browser(people["dr.martin"])
    with database_away():
        page = client.get("/")
    assert "Vos déclarations ne peuvent pas être lues en ce moment" in page.text
    assert 'href="/declarations/nouvelle/?produit=medicine"' in page.text


def test_what_is_typed_into_a_follow_up_without_the_case_is_received(people, number: str) -> None:
    client = intake_browser(people["dr.martin"])
    typed = {"narrative": "Décédée ce matin.", "key": str(uuid4()), "sans_relecture": "1"}
    with database_away():
        page = client.post(f"/declarations/{number}/complement/", typed)
    assert page.status_code == 200
    assert "C’est reçu" in page.text
    assert "sera enregistré tout seul" in page.text
    again = client.post(f"/declarations/{number}/complement/", typed)
    assert again.status_code == 200
    assert "sera enregistré tout seul" not in again.text


def test_the_status_page_says_what_is_possible(people, monkeypatch) -> None:
    client = browser(None)
    assert "Les déclarations sont reçues normalement" in client.get("/status").text
    with database_away():
        page = visible(client.get("/status").text)
        assert "Les déclarations sont reçues ; une partie du service est arrêtée" in page
        assert "Pas possible en ce moment Se connecter." in page
        assert "retirer une déclaration, depuis une page déjà ouverte" in page
        monkeypatch.setattr("portal.pages.intake_works", lambda: False)
        refused = client.get("/status")
    assert (refused.status_code, refused["Retry-After"]) == (503, "10")
    assert "ne peuvent pas être reçues ici" in refused.text
    assert "centre régional" in refused.text


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (None, "Personne ne peut se connecter en ce moment"),
        ("dr.martin", "Vos déclarations ne peuvent pas être lues en ce moment"),
        ("evaluateur", "Les listes ne peuvent pas être lues en ce moment"),
    ],
)
def test_home_says_what_is_away_to_everybody(people, who: str | None, said: str) -> None:
    client = browser(people[who] if who else None)
    assert said not in client.get("/").text
    with database_away():
        assert said in client.get("/").text
