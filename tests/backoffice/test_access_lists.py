"""The agency's lists of compassionate access: in which order, what is marked, who sees whom."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from backoffice import access_queue
from backoffice.templatetags.agency_access import access_regularisation
from compassionate import sending
from compassionate.domain.deadlines import regularisation_days
from compassionate.domain.prescription import Dispensing
from events.days import PARIS
from tests.backoffice.access_desk import (
    HOME,
    SIGNED,
    act,
    ago,
    corrected,
    done,
    off_criteria,
    one,
    part,
    read,
    requested,
    taken_up,
)
from tests.compassionate.samples import AT
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r'class="site-number" href="/agence/acces/demandes/([0-9A-Z-]+)/"')


def test_what_cannot_be_deferred_comes_first_then_doses_then_by_goal(agency) -> None:
    dose = Dispensing(at=ago(hours=2), quantity="60", batch="B1")
    can_wait = {"deferrable": True, "urgency": None}
    deferred = requested(agency, part(**can_wait))
    given = requested(agency, part(**can_wait), given=dose)
    urgent = requested(agency)
    late = requested(agency, at=ago(hours=9))
    answer = browser(agency["evaluateur"]).get(HOME)
    assert NUMBER.findall(answer.text) == [late, urgent, given, deferred]
    page = visible(answer.text)
    for words in ("Objectif dépassé de 5 h", "Reste 3 h", "Dose donnée", "Non différable", "DM"):
        assert words in page, words


def test_a_state_filters_the_queue_and_ones_own_are_a_list(agency) -> None:
    first, second = requested(agency), requested(agency)
    taken_up(agency, second)
    client = browser(agency["evaluateur"])
    received = client.get(HOME, {"etat": "received"}).text
    assert NUMBER.findall(received) == [first]
    own = client.get(f"{HOME}mes-dossiers/").text
    assert NUMBER.findall(own) == [second]
    assert "Hugo Moreau" in visible(client.get(HOME).text)
    assert "aucun dossier" in read(browser(agency["evaluateur2"]), f"{HOME}mes-dossiers/")


def test_the_queue_goes_on_page_by_page(agency, monkeypatch) -> None:
    numbers = {requested(agency) for _ in range(3)}
    monkeypatch.setattr("events.paging.LARGEST_PAGE", 2)
    client = browser(agency["evaluateur"])
    first = client.get(HOME).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = client.get(HOME + following[1].replace("&amp;", "&")).text
    assert {*NUMBER.findall(first), *NUMBER.findall(second)} == numbers
    assert client.get(HOME, {"suite": "forged"}).status_code == 400


def test_who_reads_nothing_clinical_sees_no_patient(agency) -> None:
    number = requested(agency, part(patient_initials="UO"))
    page = read(browser(agency["juriste"]), HOME)
    assert number in page
    assert "UO" not in page
    assert "UO" in read(browser(agency["signataire"]), HOME)


def test_doses_without_a_request_wait_to_be_regularised_with_their_clocks(agency) -> None:
    given = ago(days=9)
    done = sending.declare_dispensing(
        agency["ph.bernard"],
        Dispensing(at=given, quantity="60", batch="B1"),
        prescription=part(),
        prescriber_attests=True,
        pharmacist_attests=True,
        idempotency_key=str(uuid4()),
        now=given,
    )
    projected()
    page = read(browser(agency["evaluateur"]), f"{HOME}a-regulariser/")
    assert done.number in page
    for words in ("critères remplis", "plus de cinq jours ouvrés", "Deux voies"):
        assert words in page, words
    assert "lendemain" not in page
    assert "À régulariser" in read(browser(agency["evaluateur"]), one(done.number))


def test_a_corrected_dose_is_shown_with_what_was_told_and_after_a_decision_until_somebody_looks(
    agency,
) -> None:
    given = ago(hours=5)
    number = requested(agency, given=Dispensing(at=given, quantity="60", batch="B1"))
    evaluator, signatory = browser(agency["evaluateur"]), browser(agency["signataire"])
    desk = f"{HOME}a-regulariser/"
    taken_up(agency, number)
    done(evaluator, one(number), "proposer-accord")
    done(signatory, one(number), "regularisation", **SIGNED)
    assert "Doses dites ou corrigées après la décision" not in read(evaluator, desk)
    corrected(agency, number, given)
    listed = read(evaluator, desk)
    for words in (
        "Doses dites ou corrigées après la décision",
        number,
        "60, lot B1",
        "30, lot B2",
    ):
        assert words in listed, words
    for name, path in (("juriste", desk), ("juriste", one(number)), ("auditeur", desk)):
        shown = read(browser(agency[name]), path)
        assert number in shown, (name, path)
        assert "lot B" not in shown, (name, path)
    page = read(evaluator, one(number))
    assert "Dose déclarée, corrigée par la pharmacie" in page
    assert "Date mal recopiée." in page
    assert "dites ce qui en découle" in page
    assert "Donner suite" not in read(browser(agency["juriste"]), one(number))
    lacking = act(signatory, one(number), "suite-correction", outcome=" ")
    assert "Dites ce qui en découle" in visible(lacking.text)
    done(signatory, one(number), "suite-correction", outcome="Le traitement n’en change pas.")
    assert number not in read(evaluator, desk)
    assert "Le traitement n’en change pas." in read(evaluator, one(number))


def test_a_list_that_is_cut_says_so(agency, monkeypatch) -> None:
    monkeypatch.setattr(access_queue, "SHOWN", 1)
    evaluator = browser(agency["evaluateur"])
    for more in (False, True):
        number = sending.declare_dispensing(
            agency["ph.bernard"], Dispensing(at=ago(hours=5), quantity="60"),
            prescription=part(file_number=f"A-{more}"), idempotency_key=str(uuid4()),
        ).number  # fmt: skip
        projected()
        page = read(evaluator, f"{HOME}a-regulariser/")
        assert ("il y en a d’autres" in page) is more
        assert (number in page) is not more


def test_a_tab_is_shown_to_whom_its_page_is_open(agency) -> None:
    for name, status in (("juriste", 200), ("auditeur", 403)):
        client = browser(agency[name])
        assert client.get(f"{HOME}listes/").status_code == status
        assert ("Listes" in read(client, HOME)) is (status == 200)


def test_a_dose_to_regularise_is_shown_with_what_was_told_first(agency) -> None:
    given = ago(hours=5)
    told = sending.declare_dispensing(
        agency["ph.bernard"],
        Dispensing(at=given, quantity="60", batch="B1"),
        prescription=part(),
        idempotency_key=str(uuid4()),
    )
    corrected(agency, told.number, given)
    page = read(browser(agency["evaluateur"]), f"{HOME}a-regulariser/")
    assert "Corrigée par la pharmacie" in page
    assert "d’une dose a été corrigée" in page
    for name in ("juriste", "auditeur"):
        shown = read(browser(agency[name]), f"{HOME}a-regulariser/")
        assert told.number in shown
        assert "lot B" not in shown
        assert "d’une dose a été corrigée" not in shown
    assert "Doses dites ou corrigées après la décision" not in page


def test_an_outage_moves_the_clock_and_the_days_are_working_days() -> None:
    friday = AT + timedelta(days=3)
    days = regularisation_days(friday, friday + timedelta(days=3))
    assert (days.due - friday.date()).days == 4
    assert days.due < days.alarm < days.escalated < days.last
    assert regularisation_days(friday) == regularisation_days(friday, friday)


@pytest.mark.parametrize(("allowed", "words"), [
    (3, "En retard"),
    (1, "En retard de plus de deux jours ouvrés : alarme"),
])  # fmt: skip
def test_no_alarm_within_the_days_that_are_allowed_is_shown(allowed, words) -> None:
    """It is judged as what is noted (§5.6): two working days are none where three were settled."""
    days = regularisation_days(AT, allowed=allowed)
    passed = max(days.due, days.alarm) + timedelta(days=1)
    with time_machine.travel(datetime.combine(passed, time(12), PARIS), tick=False):
        assert access_regularisation(days).words == words


def test_empty_lists_say_so(agency) -> None:
    client = browser(agency["signataire"])
    for path, words in (
        ("", "Aucune demande n’attend"),
        ("a-regulariser/", "Rien n’est à régulariser"),
        ("silences/", "Aucun délai légal"),
        ("autorisations/", "Aucune autorisation"),
        ("autorisations/?echeance=oui", "Aucune."),
        ("titulaires/", "Aucun dossier"),
    ):
        assert words in read(client, HOME + path)


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("evaluateur", ["Accès compassionnel"]),
        ("signataire", ["Accès compassionnel"]),
        ("juriste", ["Accès compassionnel"]),
        ("astreinte", ["Astreinte"]),
        ("referentiel", ["Référentiel"]),
        ("auditeur", ["Accès compassionnel"]),
        ("dr.martin", []),
    ],
)
def test_each_role_finds_its_pages(agency, name, links) -> None:
    page = browser(agency[name]).get("/").text
    menu = page.partition('class="site-nav"')[2].partition("</nav>")[0]
    found = re.findall(r'href="/agence/acces/[^"]*"[^>]*>([^<]+)<', menu)
    assert found == links


def test_a_request_that_is_on_no_list_of_products_is_marked(agency) -> None:
    requested(agency, replace(off_criteria(), product_name="INCONNU"))
    page = read(browser(agency["evaluateur"]), HOME)
    assert "INCONNU hors référentiel" in page
