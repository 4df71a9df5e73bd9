"""The agency's lists of compassionate access: in which order, what is marked, who sees whom."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from compassionate import sending
from compassionate.domain.deadlines import regularisation_days
from compassionate.domain.prescription import Dispensing
from tests.backoffice.access_desk import (
    HOME,
    agency_people,
    ago,
    off_criteria,
    one,
    part,
    published,
    read,
    requested,
    taken_up,
)
from tests.compassionate.samples import AT
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r'class="site-number" href="/agence/acces/demandes/([0-9A-Z-]+)/"')


@pytest.fixture
def agency(people):
    made = agency_people(people)
    published(made)
    return made


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
    number = requested(agency, part(patient_initials="QZ"))
    page = read(browser(agency["juriste"]), HOME)
    assert number in page
    assert "QZ" not in page
    assert "QZ" in read(browser(agency["signataire"]), HOME)


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


def test_an_outage_moves_the_clock_and_the_days_are_working_days() -> None:
    friday = AT + timedelta(days=3)
    days = regularisation_days(friday, friday + timedelta(days=3))
    assert (days.due - friday.date()).days == 4
    assert days.due < days.alarm < days.escalated < days.last
    assert regularisation_days(friday) == regularisation_days(friday, friday)


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
        ("auditeur", ["Statistiques d’accès"]),
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
