"""Whoever needs a treatment for a patient is told what to do and whom to call, whatever is dead."""

import sys
from datetime import timedelta

import pytest

from config.local import up
from config.local.supervisor import Service
from continuity.beacon import __main__ as program
from continuity.beacon.page import Told, as_html, as_json
from continuity.beacon.watch import SILENT, Picture, State
from continuity.beacon.words import MEANWHILE_ACCESS
from tests.continuity.test_page import AT, picture_of
from tests.outage import database_away
from tests.portal.sending import browser, visible

PHONES = ("+33 1 23 45 67 89", "+33 4 23 45 67 89")
REFUSED = "tous deux la fiche numérotée"


def told_of(seen: Picture) -> tuple[str, dict]:
    told = Told(seen, AT, on_call=PHONES)
    return as_html(told, AT), as_json(told, AT)


@pytest.mark.parametrize("down", ["intake", "portal", "database", "recording"])
def test_what_access_needs_is_down_and_the_page_says_whom_to_call(down):
    page, machine = told_of(picture_of(**{"intake": State.UP, down: State.DOWN}))
    for french, english in MEANWHILE_ACCESS:
        assert french in page
        assert english in page
    assert all(number in page for number in PHONES)
    assert [one["fr"] for one in machine["access"]] == [french for french, _ in MEANWHILE_ACCESS]
    assert machine["on_call"] == list(PHONES)


def test_letters_and_lists_that_are_late_hinder_no_treatment():
    page, machine = told_of(picture_of(intake=State.UP, mail=State.DOWN, worker=State.DOWN))
    assert REFUSED not in page
    assert machine["access"] is None


def test_what_nobody_knows_is_answered_as_what_is_down():
    told = Told(picture_of(intake=State.UP), AT)
    page = as_html(told, AT + SILENT + timedelta(seconds=1))
    assert REFUSED in page
    assert "Astreinte :" not in page, "no number is promised where none was given"
    assert REFUSED in as_html(Told(Picture()), AT)


def test_a_number_can_hold_no_markup():
    assert "<b>" not in as_html(Told(Picture(), on_call=("<b>1",)), AT)


def test_the_beacon_takes_several_numbers_and_what_a_unit_leaves_empty(monkeypatch):
    words = ["--folder", "x", "--web", "localhost:1", "--mail", ""]
    words += [word for number in (*PHONES, "") for word in ("--on-call", number)]
    monkeypatch.setattr(sys, "argv", ["beacon", *words])
    asked = program._parse()
    assert asked.on_call == [*PHONES, ""]
    assert asked.mail is None
    made = program.Beacon(None, None, None, None, asked.on_call)  # type: ignore[arg-type]
    assert made._on_call == PHONES


def test_the_stack_gives_the_beacon_the_numbers_of_its_site(monkeypatch, tmp_path):
    class Supervisor:
        def watch_over(self) -> None: ...
        def launch(self, service: Service) -> None:
            self.launched = service

    monkeypatch.setenv("ON_CALL_PHONE", PHONES[0])
    monkeypatch.setenv("ON_CALL_PHONE_ELSEWHERE", "")
    site = up.Site(port=1, status_port=2, status_url="", door=None, behind={})  # type: ignore[arg-type]
    supervisor = Supervisor()
    up._beacon_first(supervisor, tmp_path, site)  # type: ignore[arg-type]
    command = supervisor.launched.command
    assert command[command.index("--on-call") + 1] == PHONES[0]
    assert command.count("--on-call") == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_of_the_portal_says_the_same(people, settings, language):
    settings.ON_CALL_PHONE = PHONES[0]
    client = browser(None)
    assert REFUSED not in client.get("/status").text
    with database_away():
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        page = visible(client.get("/status").text)
    place = ("fr", "en").index(language)
    assert all(said[place] in page for said in MEANWHILE_ACCESS)
    assert PHONES[0] in page
