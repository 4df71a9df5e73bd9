"""The pages of incidents: who reads them, what they say, which form of the report for whom."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import connections
from django.utils import translation

from continuity import incident_queries, recording, retex
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind
from continuity.domain.incident_events import Form
from continuity.incident_models import IncidentRow
from continuity.retex_html import as_html
from tests.continuity.incidents import NUMBER, OUTAGE, START, at, entry, folder, journal, said
from tests.portal.catalogue import french_left
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db

LIST = "/agence/incidents/"
ONE = f"{LIST}{NUMBER}/"


@pytest.fixture
def recorded(db):
    shutil.rmtree(folder(), ignore_errors=True)
    journal([*OUTAGE, said(Kind.ACTION, at(hours=61), action="A2", text="Exercice", owner="SSI")])
    recording.record_journal()
    projected()
    yield
    shutil.rmtree(folder(), ignore_errors=True)


@pytest.mark.parametrize("name", ["dr.martin", "ph.bernard", "crpv.paris"])
@pytest.mark.parametrize("path", [LIST, ONE, f"{ONE}retex/"])
def test_who_declares_or_follows_reads_no_incident(people, recorded, name, path) -> None:
    assert browser(people[name]).get(path).status_code == 403


def test_signed_out_readers_are_sent_to_sign_in(db) -> None:
    assert browser(None).get(LIST).status_code == 302


def test_an_empty_list_says_so_and_an_unknown_incident_is_not_found(people) -> None:
    reviewer = browser(people["evaluateur"])
    assert "Aucun incident" in visible(reviewer.get(LIST).text)
    assert reviewer.get(ONE).status_code == 404
    for page in ("", "retex/"):
        assert reviewer.get(f"/agence/incidents/%00/{page}").status_code == 404


@pytest.mark.parametrize("name", ["evaluateur", "signataire", "operateur"])
def test_the_list_tells_each_incident_in_words(people, recorded, name) -> None:
    text = visible(browser(people[name]).get(LIST).text)
    for word in (
        NUMBER,
        "Clos",
        "Disponibilité",
        "Connexion et lecture des dossiers",
        "17/06/2026",
    ):
        assert word in text, word
    row = IncidentRow.objects.get()
    assert (row.bulletins, row.open_actions, row.nodes) == (3, 1, "n1")


def test_one_incident_tells_its_timeline_services_bulletins_and_actions(people, recorded) -> None:
    text = visible(browser(people["operateur"]).get(ONE).text)
    for word in ("Toujours en panne.", "5 h 00 min", "20 min", "Doubler", "Alimentation"):
        assert word in text, word
    assert "8. Déclarations" not in text


def test_the_report_is_whole_for_the_agency_and_public_for_who_sees_no_declaration(
    people, recorded
) -> None:
    def read(name: str) -> str:
        return visible(browser(people[name]).get(f"{ONE}retex/").text)

    agency, before = read("evaluateur"), read("operateur")
    assert "15. Annexes" in agency
    assert "Forme interne" in agency
    assert "DSI" in agency
    assert "n’est pas encore publiée" in before
    assert "Déclarations" not in before
    retex.keep(retex.report(NUMBER, Form.PUBLIC), by="operateur")
    operator = read("operateur")
    assert "Forme publique" in operator
    assert "15. Annexes" in operator
    for word in ("DSI", "Doubler", "Alimentation"):
        assert word not in operator


TYPED = ("Toujours en panne.", "Tout fonctionne.", "Déclarations gardées et accusées.", "Exercice")


def test_an_incident_and_its_report_are_read_in_english_and_filed_in_french(
    people, recorded
) -> None:
    clients = {name: browser(people[name], "en") for name in ("evaluateur", "operateur")}
    retex.keep(retex.report(NUMBER, Form.PUBLIC), by="operateur")
    pages = {
        f"{name} {path}": visible(client.get(path).text)
        for name, client in clients.items()
        for path in (LIST, ONE, f"{ONE}retex/")
    }
    assert french_left(pages, TYPED) == {}
    assert "End of the outage" in pages[f"evaluateur {ONE}"]
    assert "Toujours en panne." in pages[f"evaluateur {ONE}"]
    assert "15. Annexes, definitions and limits" in pages[f"operateur {ONE}retex/"]
    told = retex.report(NUMBER, Form.INTERNAL)
    with translation.override("en"):
        in_english = as_html(told)
    assert in_english == as_html(told)
    assert "Annexes, définitions et limites" in in_english


def test_a_reopening_after_the_publication_is_said_on_every_page_of_the_incident(
    people, recorded
) -> None:
    def read(name: str, path: str) -> str:
        return visible(browser(people[name]).get(path).text)

    retex.keep(retex.report(NUMBER, Form.PUBLIC), by="operateur")
    assert "rouvert après" not in read("operateur", f"{ONE}retex/")
    Journal(folder()).add([entry(Kind.REOPENED, at(hours=62), incident=NUMBER)])
    recording.record_journal()
    projected()
    assert "rouvert après cette publication" in read("operateur", f"{ONE}retex/")
    for name, path in (("operateur", ONE), ("evaluateur", ONE), ("evaluateur", f"{ONE}retex/")):
        assert "Rouvert le 20/06/2026 10:00" in read(name, path)


def test_who_runs_the_service_reads_no_note_and_no_name_of_an_incident(people, recorded) -> None:
    Journal(folder()).add([said(Kind.NOTE, at(hours=62), text="Appelé Mme Durand")])
    recording.record_journal()
    agency = visible(browser(people["evaluateur"]).get(ONE).text)
    operator = visible(browser(people["operateur"]).get(ONE).text)
    for word in ("Durand", "DSI", "astreinte"):
        assert word in agency
        assert word not in operator


def test_a_process_of_pages_knows_no_projector_and_shows_the_report(
    people, recorded, monkeypatch
) -> None:
    connections["projector"].close()
    del connections["projector"]
    monkeypatch.delitem(connections.settings, "projector")
    answer = browser(people["evaluateur"]).get(f"{ONE}retex/")
    assert answer.status_code == 200
    assert "15. Annexes" in answer.text


def test_the_row_is_read_only(recorded) -> None:
    row = IncidentRow.objects.get()
    for change in (row.save, row.delete):
        with pytest.raises(TypeError):
            change()


def known(lines: Sequence[Entry], now: datetime) -> Sequence[tuple[datetime, datetime]]:
    """Return the outages that a journal leaves known."""
    shutil.rmtree(folder(), ignore_errors=True)
    journal(lines)
    recording.record_journal()
    projected()
    shutil.rmtree(folder(), ignore_errors=True)
    return incident_queries.outages(now)


def test_an_outage_lasts_until_the_service_is_back_or_until_now(db) -> None:
    restored = next(n for n, one in enumerate(OUTAGE) if one.kind is Kind.RESTORED)
    assert known(OUTAGE[:restored], at(hours=4)) == [(START, at(hours=4))]
    assert incident_queries.outages(at(hours=-1)) == []


def test_an_outage_that_has_ended_is_remembered(db) -> None:
    assert known(OUTAGE, at(days=9)) == [(START, at(hours=5, minutes=5))]


@pytest.mark.parametrize("lost", [{"kind": "confidentiality"}, {"services": "mail"}])
def test_what_keeps_nobody_from_regularising_is_no_outage(db, lost: dict[str, str]) -> None:
    """A leak stops no service, and without mail a request is sent all the same."""
    said_so = {Kind.WENT_DOWN: {"service": lost.get("services", "database")}}
    said_so[Kind.OPENED] = {"kind": lost["kind"]} if "kind" in lost else {}
    lines = [replace(one, data={**one.data, **said_so.get(one.kind, {})}) for one in OUTAGE[:5]]
    assert known(lines, at(hours=1)) == []
    assert IncidentRow.objects.count() == 1
