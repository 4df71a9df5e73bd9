"""What the pilot, whoever is on call and the agency's other roles find on the reviewers' pages."""

import pytest

from continuity import sheet_queries
from continuity.domain.sheet_number import sheet_id
from events.number import parse
from pharmacovigilance import queries
from tests.backoffice.sheet_pages import record, typed
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db

RECORD = "/agence/fiches/nouvelle/"
LETTER = {"received_at": "06/03/2026", "received_time": "9h05", "channel": "paper"}


def test_on_call_she_types_a_sheet_and_reads_it_and_no_other(people, reviewer, numbers) -> None:
    on_call = browser(people["astreinte"])
    mine = record(on_call, numbers[0])
    shown = visible(on_call.get(mine).text)
    for word in (numbers[0], "Dr Zwingli", "Urticaire"):
        assert word in shown, word
    assert "Fiches à reprendre" not in shown
    assert "Rapprocher" not in shown
    others = record(reviewer, numbers[1])
    assert on_call.get(others).status_code == 404
    for path in ("/agence/fiches/", f"{mine}rapprochement/"):
        assert on_call.get(path).status_code in {403, 404}, path
    for verb in ("annulation", "perte", "doublon"):
        told = on_call.post(f"{mine}{verb}/", {"reason": "x", "other": numbers[1], "key": "k"})
        assert told.status_code == 403, verb
    assert on_call.post("/agence/fiches/recherche/", {"numero": numbers[0]}).status_code == 403


def test_on_call_a_number_that_somebody_typed_before_is_kept_and_not_shown(
    people, reviewer, numbers
) -> None:
    record(reviewer, numbers[0])
    answer = browser(people["astreinte"]).post(RECORD, typed(numbers[0], narrative="Autre récit"))
    assert answer.status_code == 200
    told = visible(answer.text)
    assert f"La fiche {numbers[0]} est enregistrée" in told
    assert "l’agence les compare" in told
    assert "Zwingli" not in answer.text
    assert len(sheet_queries.facts_of(sheet_id(numbers[0])).recordings) == 2


def test_a_colleague_of_the_agency_reads_the_sheet_of_a_call(people, reviewer, numbers) -> None:
    """The structure that took it: names included."""
    mine = record(browser(people["astreinte"]), numbers[0])
    projected()
    assert numbers[0] in visible(reviewer.get("/agence/fiches/").text)
    pilot = browser(people["pilote.pv"])
    assert "Dr Zwingli" in visible(pilot.get(mine).text)
    assert "Rapprocher" in pilot.get(mine).text


def test_the_pilot_transcribes_a_letter_and_is_not_its_reporter(people) -> None:
    pilot = browser(people["pilote.pv"])
    form = pilot.get("/declarations/nouvelle/").text
    assert 'name="received_at"' in form
    assert 'name="reporter.family_name" value=""' in form
    number = declared(pilot, reporter__profession="physician", **LETTER)
    shown = queries.declaration(people["pilote.pv"], parse(number))
    (step,) = shown.history
    assert step.received_at < step.recorded_at
    assert shown.facts.channel == "paper"
    projected()
    assert number in pilot.get("/declarations/").text


def test_what_the_pilot_transcribes_without_a_place_goes_to_no_centre(people) -> None:
    """It came from anywhere: the centre of the agency's own département has no part in it."""
    pilot = people["pilote.pv"]
    pilot.department = pilot.institution.department = "75"
    pilot.save()
    pilot.institution.save()
    number = declared(browser(pilot), reporter__profession="physician", **LETTER)
    assert queries.declaration(pilot, parse(number)).facts.department is None
    assert browser(people["crpv.paris"]).get(f"/agence/{number}/").status_code == 404


def test_the_pilot_reads_every_declaration_without_its_names(people) -> None:
    number = declared(browser(people["dr.martin"]), patient__name_letters="OIL")
    projected()
    pilot = browser(people["pilote.pv"])
    assert number in pilot.get("/agence/").text
    case = pilot.get(f"/agence/{number}/")
    assert case.status_code == 200
    assert "OIL" not in visible(case.text)
    asked = pilot.post(f"/agence/{number}/question/", {"text": "Lot ?", "key": "k"})
    assert asked.status_code == 403


@pytest.mark.parametrize("name", ["interne", "referentiel", "juriste", "dpo", "astreinte"])
def test_others_find_no_declaration_by_list_nor_by_number(people, name: str) -> None:
    number = declared(browser(people["dr.martin"]))
    projected()
    client = browser(people[name])
    lists = ("/agence/", "/agence/mises-de-cote/", "/declarations/", "/agence/fiches/")
    for path in lists:
        assert client.get(path).status_code == 403, path
    # Whoever audits is asked for a reason first: test_readings.py.
    if name != "dpo":
        assert client.get(f"/agence/{number}/").status_code == 403
        assert client.get(f"/declarations/{number}/").status_code == 404
    assert client.get("/declarations/nouvelle/").status_code == 403
    read = client.get("/agence/incidents/").status_code
    assert read == (200 if name == "astreinte" else 403)
