"""The letters as files, to whom they are; a number that anybody checks by its code."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from compassionate import acting, decisions, documents, notifying
from compassionate.domain.authorisation_commands import Suspend
from compassionate.streams import request_facts, request_stream
from events.days import day_of
from events.handle import history
from portal.access_letters import TRIES_AN_HOUR, tries
from tests.compassionate.scene import AT, PART, REASONS, SIGNED, Scene, scene
from tests.portal.sending import browser, projected, visible

__all__ = ["scene"]
pytestmark = pytest.mark.django_db
OF, TODAY = "/acces/autorisations/", day_of(AT)
INITIALS = "UO"
"""Letters that no number holds."""


@pytest.fixture(autouse=True)
def _untried():
    tries.forget()


@pytest.fixture
def granted(scene: Scene):
    scene.sheet()
    request_id = scene.submitted(replace(PART, patient_initials=INITIALS)).id
    scene.taken_up(request_id)
    done = scene.granted(request_id)
    notifying.deposit(request_id, ("a" * 64,), AT)
    projected()
    return done


def test_a_request_leads_to_its_letters_and_reading_a_decision_notifies_it(scene: Scene, granted):
    page = browser(scene.doctor).get(f"/acces/{granted.number}/")
    links = re.findall(r'href="(/acces/[^"]+/lettres/\d+/)"', page.text)
    assert len(links) == 2
    receipt = browser(scene.doctor).get(links[0])
    assert receipt.status_code == 200
    assert browser(scene.doctor).head(links[-1]).status_code == 200
    # Neither its acknowledgement of receipt nor a look at its address is a reading of the decision.
    assert request_facts(granted.id).read_at is None
    answer = browser(scene.doctor).get(links[-1])
    assert answer.status_code == 200
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in answer["Cache-Control"]
    assert request_facts(granted.id).read_at is not None
    for person in (scene.other_doctor, scene.operator, scene.editor):
        assert browser(person).get(links[-1]).status_code == 404
    assert browser(None).get(links[-1]).status_code == 302


def test_what_waits_to_be_signed_stands_under_no_heading(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    suspended = {"until": TODAY + timedelta(days=7), "reasons": REASONS, "urgency": "Signal grave"}
    acting.act_on_authorisation(
        scene.signatory, number, Suspend, suspended, replace(SIGNED, outside=True),
        idempotency_key="s", now=AT,
    )  # fmt: skip
    projected()
    assert "Courriers" in visible(browser(scene.signatory).get(f"/agence{OF}{number}/").text)
    page = browser(scene.doctor).get(f"{OF}{number}/").text
    assert number in page
    assert "Courriers" not in visible(page)
    assert "/lettres/" not in page


def test_a_decision_that_waits_to_be_signed_is_not_among_the_letters(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    left = replace(SIGNED, outside=True)
    done = decisions.grant(
        scene.signatory, request_id, scene.terms(), left, idempotency_key="g", now=AT
    )
    projected()
    page = browser(scene.doctor).get(f"/acces/{done.number}/").text
    assert "Courriers" in visible(page)
    assert len(re.findall(r'href="(/acces/[^"]+/lettres/\d+/)"', page)) == 1


def test_the_agency_reads_them_too_and_notifies_nobody_by_that(scene: Scene, granted):
    page = browser(scene.signatory).get(
        reverse("backoffice:access_request", args=[granted.number])
    )
    links = re.findall(r'href="(/acces/[^"]+/lettres/\d+/)"', page.text)
    assert len(links) == 2
    assert browser(scene.signatory).get(links[-1]).status_code == 200
    assert request_facts(granted.id).read_at is None


def test_anybody_checks_a_number_by_its_code(granted):
    number = granted.facts.number
    letter = documents._of_request(
        granted.id, history(request_stream(granted.id)), granted.version
    )
    address = letter.address[letter.address.index("/autorisations/") :]
    page = browser(None).get(address)
    assert page.status_code == 200
    shown = visible(page.text)
    assert "Authentique" in shown
    assert INITIALS not in shown
    wrong = browser(None).get(f"/autorisations/{number}/?code=0000-0000")
    assert "ne vont pas ensemble" in visible(wrong.text)
    unknown = browser(None).get("/autorisations/AAC-0000/?code=0000-0000")
    assert visible(unknown.text).replace("AAC-0000", "") == visible(wrong.text).replace(number, "")


def test_tries_are_counted(granted):
    number = granted.facts.number
    for one in range(TRIES_AN_HOUR):
        browser(None).get(f"/autorisations/{number}/?code=X{one}")
    assert browser(None).get(f"/autorisations/{number}/?code=Y").status_code == 429
