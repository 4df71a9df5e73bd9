"""The pages of delegations and of signing: a decision that leaves the téléservice, signed by whoever took it."""

import hashlib
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Role, User
from backoffice import access_signing
from compassionate import delegating, signing_keys
from compassionate.streams import request_facts
from events.number import parse
from tests.backoffice.access_desk import (
    DELEGATIONS,
    HOLDER,
    HOLDERS,
    HOME,
    SHEET,
    SIGNED,
    act,
    ago,
    done,
    hidden,
    left,
    one,
    read,
    requested,
    taken_up,
    today,
)
from tests.compassionate.scene import CODE
from tests.outage import database_away
from tests.portal.sending import browser, visible


@pytest.fixture
def agency(agency, settings: Any, tmp_path: Path) -> dict[str, User]:
    """Return everybody; the signatory has a key."""
    settings.SIGNING_KEYS_DIR = tmp_path
    access_signing.tries.forget()
    signing_keys.make(agency["signataire"], CODE, ago(days=1), days=30)
    return agency


def signed(client: Any, address: str, code: str = CODE) -> Any:
    page = client.get(address).text
    return client.post(address, {"key": hidden(page, "key"), "signing_code": code})


def test_the_letter_waits_on_the_page_and_is_signed_with_the_code(agency) -> None:
    number, address = left(agency)
    client = browser(agency["signataire"])
    page = client.get(one(number)).text
    assert "À signer" in visible(page)
    assert f'href="{address}"' in page
    assert signed(client, address).status_code == 302
    page = visible(client.get(one(number)).text)
    assert "À signer" not in page
    assert "n’attend pas de signature" in read(client, address)


def test_the_hospital_reads_it_only_once_it_is_signed(agency) -> None:
    _, address = left(agency)
    letter = address.replace(HOME + "demandes/", "/acces/").replace("signer/", "")
    hospital = browser(agency["ph.bernard"])
    assert hospital.get(letter).status_code == 404
    assert signed(browser(agency["signataire"]), address).status_code == 302
    answer = hospital.get(letter)
    assert answer.status_code == 200
    assert b"/ETSI.CAdES.detached" in answer.content


def test_a_wrong_code_is_said_and_never_given_back(agency) -> None:
    _, address = left(agency)
    answer = signed(browser(agency["signataire"]), address, "un autre code")
    assert answer.status_code == 422
    assert "Ce code n’ouvre pas votre clé" in visible(answer.text)
    assert "un autre code" not in answer.text
    assert 'id="erreurs" role="alert"' in answer.text
    assert 'aria-invalid="true" aria-describedby="erreurs"' in answer.text
    assert "erreurs" not in browser(agency["signataire"]).get(address).text


def test_guessing_stops(agency) -> None:
    _, address = left(agency)
    client = browser(agency["signataire"])
    posted = {"key": hidden(client.get(address).text, "key"), "signing_code": "faux"}
    for _ in range(access_signing.TRIES_AN_HOUR):
        assert client.post(address, posted).status_code == 422
    answer = signed(client, address)
    assert answer.status_code == 429
    assert "Trop d’essais" in visible(answer.text)


def test_a_right_code_is_no_guess(agency, monkeypatch) -> None:
    """Whoever signs letter after letter is locked out by none of them."""
    monkeypatch.setattr(access_signing, "TRIES_AN_HOUR", 1)
    _, address = left(agency)
    client = browser(agency["signataire"])
    assert signed(client, address).status_code == 302
    again = client.post(address, {"key": str(uuid4()), "signing_code": CODE})
    assert "déjà signée" in visible(again.text)
    _, other = left(agency)
    assert signed(client, other).status_code == 302
    _, last = left(agency)
    assert signed(client, last, "faux").status_code == 422
    assert signed(client, last).status_code == 429


def test_in_an_outage_the_code_stays_out_of_the_page_that_comes_back(agency) -> None:
    _, address = left(agency)
    client = browser(agency["signataire"])
    key = hidden(client.get(address).text, "key")
    with database_away():
        answer = client.post(address, {"key": key, "signing_code": CODE})
    assert answer.status_code == 503
    assert CODE not in answer.text
    assert key in answer.text


@pytest.mark.parametrize(("what", "page"), [("ceased", SHEET), ("extended", HOLDER)])
def test_the_letter_to_a_holder_is_signed_on_its_page_and_told_as_it_then_is(
    agency, what, page, request
) -> None:
    request.getfixturevalue(what)
    client, evaluator = browser(agency["signataire"]), browser(agency["evaluateur"])
    shown = client.get(page).text
    (address,) = re.findall(r'href="([^"]+/lettres/[0-9]+/signer/)"', shown)
    assert visible(shown).count("À signer") == 1
    assert "/signer/" not in evaluator.get(page).text
    assert hidden(evaluator.get(page).text, "information-1-titulaire.document") == ""
    letter = address.replace("signer/", "titulaire/")
    assert f'href="{letter}"' in client.get(address).text
    assert signed(client, address, "faux").status_code == 422
    answer = signed(client, address)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "À signer" not in visible(client.get(page).text)
    made = evaluator.get(letter).content
    assert b"/ETSI.CAdES.detached" in made
    said = hidden(evaluator.get(page).text, "information-1-titulaire.document")
    assert said == hashlib.sha256(made).hexdigest()
    done(evaluator, page, "information-1-titulaire", means="handed_over", certain_on=today())


def test_a_letter_of_a_product_that_nobody_signs_has_no_page(agency, ceased) -> None:
    (address,) = re.findall(
        r'href="([^"]+/signer/)"', browser(agency["signataire"]).get(SHEET).text
    )
    assert "signe elle-même" in read(browser(agency["signataire2"]), address)
    for name in ("evaluateur", "juriste", "referentiel", "ph.bernard", "operateur"):
        assert browser(agency[name]).get(address).status_code == 403, name
    for wrong in (f"{SHEET}lettres/1/signer/", f"{HOLDERS}{uuid4()}/lettres/1/signer/"):
        assert browser(agency["signataire"]).get(wrong).status_code == 404


def test_others_of_the_agency_see_that_it_waits_and_do_not_sign(agency) -> None:
    number, address = left(agency)
    second = browser(agency["signataire2"])
    assert "signe elle-même" in read(second, address)
    assert f'href="{address}"' not in second.get(one(number)).text
    for name in ("evaluateur", "juriste", "dr.martin", "ph.bernard", "operateur"):
        assert browser(agency[name]).get(address).status_code == 403, name


def test_without_a_key_the_page_says_who_puts_one_there(agency, settings, tmp_path) -> None:
    _, address = left(agency)
    settings.SIGNING_KEYS_DIR = tmp_path / "empty"
    assert "Aucune clé de signature n’est déposée" in read(browser(agency["signataire"]), address)


def test_a_lawyer_records_a_delegation_and_lets_it_end(agency) -> None:
    client = browser(agency["juriste"])
    whom = str(agency["signataire2"].public_id)
    record = {
        "signatory": whom, "reference": "DG 2026-77", "quality": "Directeur des autorisations",
        "acts": "decide_requests", "published_on": today(days=-2), "begins_on": today(days=-1),
    }  # fmt: skip
    done(client, DELEGATIONS, "enregistrer", **record)
    page = read(client, DELEGATIONS)
    assert "DG 2026-77" in page
    assert "Directeur des autorisations" in page
    done(
        client, DELEGATIONS, "fin", signatory=whom, reference="DG 2026-77", last_day=today(),
        reason="Changement de fonctions",
    )  # fmt: skip
    refused = act(client, DELEGATIONS, "enregistrer", **record | {"quality": "", "reference": ""})
    assert refused.status_code == 422
    told = visible(refused.text)
    assert "Donnez la référence" in told
    assert "qualité du signataire" in told


def offered_for(client: Any, verb: str) -> set[str]:
    """Return the accounts among which a form of the page lets one choose."""
    page = client.get(DELEGATIONS).text
    (select,) = re.findall(rf'<select[^>]*name="{verb}.signatory".*?</select>', page, re.DOTALL)
    return {account for account in re.findall(r'<option value="([^"]*)"', select) if account}


@pytest.mark.parametrize(
    ("left", "words"),
    [({"is_active": False}, "Compte fermé"), ({"role": Role.LEGAL}, "Ne signe plus")],
)
def test_whoever_left_gets_no_delegation_and_what_she_has_can_be_ended(
    agency, left, words
) -> None:
    client, leaver = browser(agency["juriste"]), agency["signataire2"]
    whom, stays = str(leaver.public_id), str(agency["signataire"].public_id)
    User.objects.filter(pk=leaver.pk).update(**left)
    assert offered_for(client, "enregistrer") == {stays}
    assert offered_for(client, "fin") == {stays, whom}
    page = read(client, DELEGATIONS)
    assert words in page
    refused = act(
        client, DELEGATIONS, "enregistrer", signatory=whom, reference="DG 2026-78",
        quality="Directeur", acts="decide_requests", published_on=today(), begins_on=today(),
    )  # fmt: skip
    assert refused.status_code == 422
    assert "Choisissez une personne de la liste" in visible(refused.text)
    ends = {"signatory": whom, "last_day": today(), "reason": "Départ"}
    unknown = act(client, DELEGATIONS, "fin", reference="DG 1999-01", **ends)
    assert "Cette personne n’a aucune délégation de cette référence." in visible(unknown.text)
    done(client, DELEGATIONS, "fin", reference=SIGNED["delegation"], **ends)


def test_nobody_is_offered_for_ending_who_has_nothing_to_end(agency) -> None:
    new = User.objects.create(username="nouvelle", role=agency["signataire"].role)
    client = browser(agency["juriste"])
    assert str(new.public_id) in offered_for(client, "enregistrer")
    assert str(new.public_id) not in offered_for(client, "fin")
    assert "Sans délégation en vigueur aujourd’hui : nouvelle." in read(client, DELEGATIONS)
    User.objects.filter(pk=new.pk).update(is_active=False)
    assert "Sans délégation en vigueur" not in read(client, DELEGATIONS)


def test_where_nobody_was_given_any_there_is_no_table(agency, monkeypatch) -> None:
    client = browser(agency["juriste"])
    assert "<table" in client.get(DELEGATIONS).text
    monkeypatch.setattr(delegating, "signatories", lambda _: [])
    page = client.get(DELEGATIONS).text
    assert "<table" not in page
    assert "Aucune." in visible(page)


@pytest.mark.parametrize("name", ["reference", "quality"])
def test_what_is_too_long_to_be_recorded_is_told_at_its_field(agency, name) -> None:
    said = {
        "signatory": str(agency["signataire2"].public_id), "reference": "DG 2026-79",
        "quality": "Directeur", "acts": "decide_requests", "published_on": today(),
        "begins_on": today(),
    }  # fmt: skip
    answer = act(
        browser(agency["juriste"]), DELEGATIONS, "enregistrer", **said | {name: "x" * 201}
    )
    assert answer.status_code == 422
    assert "il est trop long" in visible(answer.text)


def test_whoever_reads_the_queue_reads_delegations_and_only_a_lawyer_records(agency) -> None:
    for name in ("evaluateur", "signataire", "juriste"):
        assert "Délégations de signature" in read(browser(agency[name]), DELEGATIONS)
    for name in ("dr.martin", "ph.bernard", "operateur", "astreinte", "referentiel"):
        assert browser(agency[name]).get(DELEGATIONS).status_code == 403, name
    for name in ("evaluateur", "signataire"):
        answer = browser(agency[name]).post(f"{DELEGATIONS}enregistrer/", {"key": "x"})
        assert answer.status_code == 404, name


def test_the_form_begins_with_the_delegation_in_force(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    page = browser(agency["signataire"]).get(one(number)).text
    assert hidden(page, "accord.delegation") == "DG 2026-12"
    done(browser(agency["signataire"]), one(number), "accord")
    assert request_facts(parse(number)).number
