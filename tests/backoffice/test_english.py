"""The agency's pages in English: nothing French is left but what somebody typed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from compassionate import signing_keys
from compassionate.domain.prescription import Dispensing
from tests.backoffice.access_desk import (
    AUTHORISATIONS,
    CALLS,
    DELEGATIONS,
    HOLDER,
    HOME,
    LISTS,
    SHEET,
    SHEETS,
    SIGNED,
    TO_TELL,
    act,
    ago,
    corrected,
    done,
    granted,
    left,
    off_criteria,
    one,
    part,
    requested,
    taken_up,
    today,
)
from tests.compassionate.samples import CRITERIA
from tests.compassionate.scene import CODE
from tests.portal.catalogue import ROOT, french_left, messages
from tests.portal.sending import browser, projected, visible

TYPED = (
    *(criterion.text for criterion in CRITERIA),
    "Tumeurs desmoïdes",
    "Laboratoire d’essai",
    "Directrice médicale",
    "Urgence hépatique",
    "Signal hépatique",
    "Date mal recopiée.",
    "Signataire2 Essai",
)
"""What people wrote stays as they wrote it."""
RECORDED = {
    "Remplace la fiche {number} (mode dégradé).",
    "Essai clinique {number}.",
    "Rapprochement non enregistré.",
}
"""Written into the log: it stays in the language of the file."""
NAMES = {"CSP", "II", "PDF", "PUT", "SP"}
LETTERS = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
VERBS = {"Grant", "Refuse", "Regularise"}
FRENCH = re.compile(r"[À-ÿ’]|^[A-Z][a-z]+( .*)?$")
SHOWN = re.compile(r'\s(?:aria-label|data-label|placeholder|title)="([^"]*)"')


def test_no_template_says_a_word_beside_the_catalogue() -> None:
    for path in sorted((ROOT / "backoffice/templates").rglob("*.html")):
        words = {word for text in _beside(path.read_text()) for word in LETTERS.findall(text)}
        assert words <= NAMES, (path.name, words)


def test_no_module_has_a_french_sentence_that_the_catalogue_has_not() -> None:
    known = messages() | RECORDED | VERBS
    for path in sorted((ROOT / "backoffice").rglob("*.py")):
        left = [text for text in _texts(path) if FRENCH.search(text) and text not in known]
        assert left == [], (path.name, left)


def _beside(html: str) -> Iterator[str]:
    """Yield what a template shows by itself: between its tags, in labels, and in quotes."""
    told = re.sub(r"{% (comment) %}.*?{% endcomment %}|{#.*?#}", "", html, flags=re.DOTALL)
    told = re.sub(r"{% blocktranslate.*?endblocktranslate %}", "", told, flags=re.DOTALL)
    for tag in re.findall(r"{%(?! translate)(.*?)%}|{{(.*?)}}", told):
        quoted = re.findall(r'(_\()?"([^"]*)"', "".join(tag))
        yield from (text for marked, text in quoted if not marked and FRENCH.search(text))
    plain = re.sub(r"{%.*?%}|{{.*?}}", "", told, flags=re.DOTALL)
    yield from SHOWN.findall(plain)
    yield re.sub(r"<[^>]*>", " ", plain)


def _texts(path: Path) -> Iterator[str]:
    """Yield every text in a module but what it says of itself."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings and node.value != "’":
            yield node.value


@pytest.fixture
def english(agency):
    return {name: browser(user, "en") for name, user in agency.items()}


def shown(client: Client, *addresses: str) -> dict[str, str]:
    """Return what pages say, by address; each must be there, and begin in English."""
    found = {address: client.get(address) for address in addresses}
    for address, answer in found.items():
        assert answer.status_code == 200, address
        assert '<html lang="en"' in answer.text, address
        assert 'lang="fr"' not in answer.text.replace('value="fr" lang="fr"', ""), address
    return {address: visible(answer.text) for address, answer in found.items()}


@pytest.mark.django_db
def test_requests_are_read_in_english_in_every_state(agency, english) -> None:
    given = Dispensing(at=ago(days=4), quantity="60", batch="B1")
    new, dose = (
        requested(agency),
        requested(agency, part(deferrable=True, urgency=None), given=given),
    )
    off = requested(agency, off_criteria())
    taken_up(agency, off)
    said = {"items": "Poids", "limit": today(days=10)}
    done(browser(agency["evaluateur"]), one(off), "question", **said)
    to_sign = requested(agency)
    taken_up(agency, to_sign)
    done(
        browser(agency["evaluateur"]),
        one(to_sign),
        "proposer-refus",
        law="CSP",
        fact="Non",
        grounds="trial_open",
    )
    end = requested(agency)
    granted(agency, end)
    pages = shown(english["evaluateur"], *map(one, (new, dose, off, to_sign, end)))
    assert french_left(pages, TYPED) == {}
    assert "Received by the agency" in pages[one(new)]
    assert "Must be met" not in pages[one(new)]
    assert "The check is a help and decides nothing" in pages[one(new)]
    pages = shown(english["signataire"], one(to_sign), one(dose))
    assert french_left(pages, TYPED) == {}
    assert "Sign: refuse" in pages[one(to_sign)]
    assert french_left(shown(english["juriste"], one(new), one(off)), TYPED) == {}


@pytest.mark.django_db
def test_lists_are_read_in_english(agency, english) -> None:
    requested(agency)
    requested(
        agency, part(deferrable=True, urgency=None), given=Dispensing(at=ago(days=4), quantity="6")
    )
    taken_up(agency, requested(agency, off_criteria(), at=ago(days=70)))
    granted(agency, requested(agency))
    paths = ("", "?etat=received", "mes-dossiers/", "a-regulariser/", "silences/", "statistiques/")
    more = ("autorisations/", "autorisations/?echeance=oui", "titulaires/", "referentiel/")
    pages = shown(english["evaluateur"], *(HOME + path for path in (*paths, *more)))
    assert french_left(pages, TYPED) == {}
    assert "past the goal" in pages[HOME]
    assert "Current authorisations" in pages[f"{HOME}statistiques/"]
    assert french_left(shown(english["juriste"], f"{HOME}silences/"), TYPED) == {}
    empty = shown(english["evaluateur2"], f"{HOME}mes-dossiers/")
    assert "You have taken up no file." in empty[f"{HOME}mes-dossiers/"]


@pytest.mark.django_db
def test_authorisations_sheets_and_files_are_read_in_english(agency, english) -> None:
    number = granted(agency, requested(agency))
    authorisation = f"{AUTHORISATIONS}{number}/"
    sheet, file = SHEET, HOLDER
    pages = shown(english["signataire"], authorisation, sheet, file)
    assert french_left(pages, TYPED) == {}
    assert "A dose may be dispensed today" in pages[authorisation]
    said = {"until": today(days=20), "urgency": "Urgence hépatique", "law": "CSP", "fact": "Non"}
    done(browser(agency["signataire"]), authorisation, "suspension", **said, **SIGNED)
    projected()
    pages = shown(english["signataire"], authorisation)
    assert french_left(pages, TYPED) == {}
    assert "Lift the suspension" in pages[authorisation]
    assert french_left(shown(english["referentiel"], sheet, SHEETS), TYPED) == {}


@pytest.mark.django_db
def test_calls_are_read_in_english_before_and_after(agency, english) -> None:
    calls = CALLS
    client = english["astreinte"]
    pages = shown(client, calls, f"{calls}accord/", f"{calls}refus/")
    refused = client.post(f"{calls}accord/", {"key": str(uuid4()), "appel.called_on": "x"})
    assert refused.status_code == 422
    pages["refused"] = visible(refused.text)
    said = {
        "called_on": today(), "called_time": "00:00", "institution": "759900012",
        "patient_initials": "AB", "patient_age": "40", "patient_age_unit": "year",
        "product_name": "Nirogacestat",
    }  # fmt: skip
    posted = {f"appel.{name}": value for name, value in said.items()} | {"key": str(uuid4())}
    told = client.post(f"{calls}accord/", posted)
    assert told.status_code == 200, visible(told.text)
    pages["told"] = visible(told.text)
    projected()
    assert french_left(pages | shown(client, calls), TYPED) == {}
    assert "Write a time" in pages["refused"]
    assert "The oral agreement is received" in pages["told"]


@pytest.mark.django_db
def test_what_is_refused_is_said_in_english(agency, english) -> None:
    number = granted(agency, requested(agency))
    authorisation = f"{AUTHORISATIONS}{number}/"
    told = {
        "authorisation": act(
            english["signataire"], authorisation, "suspension", until=today(days=120), **SIGNED
        ),
        "sheet": act(english["referentiel"], SHEET, "criteres", max_days="400"),
        "holder": act(english["signataire"], HOLDER, "reponse"),
        "request": act(english["evaluateur2"], one(requested(agency)), "prise-en-charge"),
    }
    assert {answer.status_code for answer in told.values()} == {422}
    pages = {name: visible(answer.text) for name, answer in told.items()}
    assert french_left(pages, TYPED) == {}
    for name, words in {
        "authorisation": "three months at most",
        "sheet": "between 1 and 365 days",
        "holder": "Say what the rights holder sent",
        "request": "Nothing is done yet",
    }.items():
        assert words in pages[name], name


@pytest.mark.django_db
def test_delegations_and_published_lists_are_read_in_english(agency, english) -> None:
    granted(agency, requested(agency))
    delegations, lists = DELEGATIONS, LISTS
    period = f"{lists}?periode.du={today()}&periode.au={today()}"
    lawyer = english["juriste"]
    pages = shown(lawyer, delegations, lists, period)
    refused = act(lawyer, delegations, "enregistrer", published_on=today(), begins_on=today())
    wrong = lawyer.get(f"{lists}?periode.du={today()}&periode.au={today(days=-1)}")
    assert (refused.status_code, wrong.status_code) == (422, 422)
    pages |= {"refused": visible(refused.text), "wrong": visible(wrong.text)}
    whose = {"signatory": str(agency["signataire2"].public_id), "reference": "DG 2026-9"}
    ended = act(lawyer, delegations, "fin", last_day=today(), reason="Test", **whose)
    pages["ended"] = visible(ended.text)
    assert french_left(pages, TYPED) == {}
    assert "Grant, regularise, refuse" in pages[delegations]
    assert "No authorisation changed in this period." in pages[lists]
    assert "Authorisations by product and indication" in pages[period]
    assert "Choose a person from the list." in pages["refused"]
    assert "This day is before the first one." in pages["wrong"]


@pytest.mark.django_db
def test_a_letter_is_signed_in_english(agency, english, settings, tmp_path) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path
    _, address = left(agency)
    client = english["signataire"]
    pages = {"without": shown(client, address)[address]}
    signing_keys.make(agency["signataire"], CODE, ago(days=1), days=30)
    request = address.partition("lettres/")[0]
    pages |= shown(client, address, request)
    pages["other"] = shown(english["signataire2"], address)[address]
    refused = client.post(address, {"key": str(uuid4()), "signing_code": "faux"})
    assert refused.status_code == 422
    pages["refused"] = visible(refused.text)
    assert french_left(pages, TYPED) == {}
    assert "No signing key is kept for you" in pages["without"]
    assert "To be signed" in pages[request]
    assert "This code does not open your signing key" in pages["refused"]


@pytest.mark.django_db
def test_what_is_told_of_a_product_is_read_in_english(agency, english) -> None:
    granted(agency, requested(agency))
    file, sheet = HOLDER, SHEET
    evaluator, signatory = english["evaluateur"], browser(agency["signataire"])
    pages = {"before": shown(evaluator, file)[file]}
    done(browser(agency["evaluateur"]), file, "engagement", signed_on=today())
    done(signatory, file, "prolongation", months="6", reason="Test", **SIGNED)
    said = {"marketing_authorised_on": today(), "ceases_on": today(days=30), **SIGNED}
    done(signatory, sheet, "cessation", **said)
    projected()
    tell = TO_TELL
    pages |= shown(evaluator, HOME, tell, file, sheet)
    told = {"means": "registered_letter", "document": "xy", "certain_on": today()}
    refused = act(evaluator, file, "information-1-ministres", **told)
    assert refused.status_code == 422
    pages["refused"] = visible(refused.text)
    done(evaluator, file, "information-1-ministres", **told | {"document": "ab" * 32})
    pages["after"] = shown(evaluator, file)[file]
    assert french_left(pages, TYPED) == {}
    assert "Not yet: without delay" in pages["before"]
    assert "ministers and rights holder (2 to be recorded)" in pages[tell]
    assert "Record that the ministers were informed: extension no. 1" in pages[file]
    assert "Registered letter with acknowledgement" in pages["after"]


@pytest.mark.django_db
def test_criteria_to_come_and_corrected_doses_are_read_in_english(agency, english) -> None:
    sheet, desk = SHEET, f"{HOME}a-regulariser/"
    editor, signatory = browser(agency["referentiel"]), browser(agency["signataire"])
    given = ago(hours=5)
    number = requested(agency, given=Dispensing(at=given, quantity="60", batch="B1"))
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    done(signatory, one(number), "regularisation", **SIGNED)
    corrected(agency, number, given)
    row = {"code-0": "line", "text-0": "Line"}
    done(editor, sheet, "criteres", **row)
    done(signatory, sheet, "publication", on=today(days=20))
    done(editor, sheet, "criteres", **row)
    refused = act(english["signataire"], sheet, "publication", at_once="yes")
    pages = {
        "refused": visible(refused.text),
        "coming": shown(english["signataire"], sheet)[sheet],
    }
    said = {"at_once": "yes", "scheduled": "cancel", "reason": "Signal hépatique"}
    done(signatory, sheet, "publication", **said)
    pages |= shown(english["signataire"], sheet, desk, one(number))
    done(signatory, one(number), "suite-correction", outcome="Test")
    pages["noted"] = shown(english["evaluateur"], one(number))[one(number)]
    assert french_left(pages, TYPED) == {}
    assert "say whether it is kept or cancelled" in pages["refused"]
    assert "Version 2 will replace the one in force" in pages["coming"]
    assert "never in force" in pages[sheet]
    assert "declared first:" in pages[desk]
    assert (
        "Say what follows from a dose told or corrected after the decision" in pages[one(number)]
    )
    assert (
        "What follows from a dose told or corrected after the decision was said" in pages["noted"]
    )
