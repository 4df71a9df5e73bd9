"""The report of a made-up outage: what it says, what it leaves unsaid, the same bytes each time."""

import json
import re
import shutil
import subprocess
from uuid import uuid4

import pytest
from django.core.management import call_command

from continuity import recording, retex
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Kind, opened
from continuity.domain.incident_events import (
    Form,
    RetexGenerated,
    RetexPublished,
    incident_stream,
)
from continuity.domain.retex_sheets import ORAL
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_events import CATEGORY
from continuity.domain.sheet_words import SheetKind
from continuity.retex_document import document
from continuity.retex_html import as_html
from continuity.retex_pdf import as_pdf
from events.event import Actor, stream_name
from events.handle import Envelope, handle, history
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.vocabulary import Channel
from tests.continuity.incidents import NUMBER, OUTAGE, at, entry, folder, journal, said
from tests.continuity.sheet_desk import issued
from tests.continuity.sheet_samples import record
from tests.domain.samples import SERIOUS, VALID, declare
from tests.projections.conftest import write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]


def declared(received, report=VALID, **more) -> str:
    return write(DECLARATION.decide(DECLARATION.initial, declare(report, received, **more)))


@pytest.fixture
def outage():
    """An outage of five hours with six declarations, after eight weeks with ten each."""
    for week in range(1, 9):
        for minute in range(10):
            declared(at(weeks=-week, minutes=20 * minute))
    for minute in range(5):
        declared(at(hours=1, minutes=minute))
    declared(at(hours=4), channel=Channel.PHONE)
    declared(at(days=-15), SERIOUS)
    declared(at(days=-14, hours=-3), SERIOUS)
    declared(at(days=-60), SERIOUS)
    journal()
    recording.record_journal()
    retex.catch_up()


def made(form=Form.INTERNAL):
    return retex.report(NUMBER, form)


def test_the_report_says_what_happened(outage):
    told = made()
    assert told["identity"] | {"title": ""} == {
        "number": NUMBER,
        "kind": "availability",
        "title": "",
        "nodes": ["n1"],
        "since": "2026-06-17T20:00:00+02:00",
        "until": "2026-06-18T01:05:00+02:00",
        "is_over": True,
        "closed_at": "2026-06-20T08:00:00+02:00",
        "not_observed": [],
        "form": "internal",
        "concurrent": [],
        "reopened_since_published": None,
    }
    assert told["summary"]["down_minutes"] == 305
    assert told["summary"]["services"] == ["database", "worker"]
    assert told["requests"] == {"recorded": "not_recorded"}
    assert told["reconciliation"]["sheets"] == {"recorded": "not_recorded"}
    assert told["reconciliation"]["set_aside"] == {"total": 0, "cells": {}}
    assert [one["text"] for one in told["causes"]] == ["Alimentation"]
    assert told["actions"] == [
        {
            "action": "A1", "text": "Doubler", "owner": "DSI",
            "due": "2026-09-30", "proof": "Essai du 12",
        }
    ]  # fmt: skip


def test_each_service_has_its_times_and_its_rank(outage):
    database, worker = made()["services"]
    assert database["went_down"] == "2026-06-17T20:00:00+02:00"
    assert database["came_up"] == "2026-06-18T01:00:00+02:00"
    assert database["verified"] == "2026-06-18T01:05:00+02:00"
    assert (database["minutes"], database["target_met"]) == (300, False)
    assert (worker["minutes"], worker["target_met"]) == (120, True)
    assert [one["real_rank"] for one in (database, worker)] == [1, 2]


def test_what_was_never_sent_is_estimated_from_the_weeks_before(outage):
    told = made()["declarations"]
    assert told["received"] == 6
    assert told["by_channel"] == {"phone": 1, "portal": 5}
    assert told["usual"] == {"weeks": 8, "mean": 10.0, "least": 10.0, "most": 10.0}
    assert told["never_sent"] == 4
    assert told["by_hour"]["2026-06-17T21:00:00+02:00"] == 5
    assert told["recorded"] == {"at_once": 0, "afterwards": 6}
    assert told["waited"]["longest_minutes"] > 1000
    assert len(told["rows"]) == 6


def test_weeks_before_anything_was_recorded_say_nothing():
    declared(at(weeks=-2))
    journal(OUTAGE[:14])
    recording.record_journal()
    told = made()["declarations"]
    assert (told["usual"]["weeks"], told["usual"]["mean"]) == (2, 0.5)


def test_a_log_without_a_past_estimates_nothing():
    journal(OUTAGE[:14])
    recording.record_journal()
    told = made()["declarations"]
    assert (told["received"], told["usual"]["mean"], told["never_sent"]) == (0, None, None)


def test_the_clocks_that_the_outage_shortened_are_named(outage):
    told = made()["clocks"]
    falls = [(row["due"], row["falls"], row["lost_hours"]) for row in told["rows"]]
    assert falls[0] == ("2026-06-17", "inside", 4.0)
    assert falls[1] == ("2026-06-18", "inside", 5.1)
    assert told["rows"][0]["share_percent"] == round(100 * 4 / (16 * 24), 1)
    assert told["rows"][0]["recorded_late_minutes"] > 0
    assert told["recorded_after_due"] == len(told["rows"])
    assert told["sent"] == {"recorded": "not_recorded"}


def test_every_clock_that_ran_in_the_outage_is_named_however_far_its_end(outage):
    told = made()["clocks"]
    assert told["by_kind"]["agency_non_serious.later"] == 86
    assert {row["lost_hours"] for row in told["rows"] if row["falls"] == "later"} >= {5.1}


def typed(kind: SheetKind, call, received=None) -> None:
    command = record(
        kind=kind, occurred_at=call, received_at=received or call, told_at=at(days=12)
    )
    envelope = Envelope.of(uuid4(), ["typed"], Actor(id="agent", role="reviewer"))
    handle(SHEET, stream_name(CATEGORY, uuid4()), command, envelope)


def test_what_was_taken_by_telephone_is_told_and_was_not_kept_silent(outage, people):
    issued(people["operateur"])
    for kind in (SheetKind.ADVERSE_EVENT, *ORAL, ORAL[0]):
        typed(kind, at(hours=2))
    typed(SheetKind.ADVERSE_EVENT, at(days=9))
    retex.catch_up()
    told = made()
    assert (told["declarations"]["by_sheet"], told["declarations"]["never_sent"]) == (1, 3)
    assert told["oral_agreements"] == {
        "compassionate_oral_agreement.to_match": 2, "out_of_hours_dispensing.to_match": 1,
    }  # fmt: skip
    assert told["legal"]["acknowledged"] == {"in_time": 0, "late": 4}
    assert told["reconciliation"]["sheets"]["cells"]["to_match"] == 4
    page = as_html(told)
    assert "Réponse orale, accès compassionnel, à rapprocher" in page
    public = made(Form.PUBLIC)
    assert (public["declarations"]["by_sheet"], public["declarations"]["never_sent"]) == (
        "< 5",
        None,
    )
    assert public["oral_agreements"] == public["legal"]["acknowledged"] == "masqué"
    assert "Réponse orale" not in as_html(public)


def test_bulletins_stand_against_the_ladder_and_their_own_promise(outage):
    first, second, last = made()["communication"]["bulletins"]
    assert (first["due"], first["late_minutes"]) == ("2026-06-17T20:15:00+02:00", 0)
    assert second["due"] == "2026-06-17T22:10:00+02:00"
    assert (second["late_minutes"], second["late_on_promise_minutes"]) == (20, 30)
    assert (last["due"], last["late_minutes"]) == ("2026-06-18T00:30:00+02:00", 50)


def test_what_was_measured_is_told_from_what_was_stated(outage):
    basis = {row["what"]: row["basis"] for row in made()["timeline"]}
    assert basis["service_went_down"] == basis["service_restored"] == "measured"
    assert basis["bulletin_issued"] == basis["cause_found"] == basis["incident_closed"] == "stated"


def test_an_outage_that_lasts_is_reported_as_such():
    journal(OUTAGE[:8])
    recording.record_journal()
    told = made()
    assert (told["identity"]["is_over"], told["identity"]["closed_at"]) == (False, None)
    assert told["summary"]["down_minutes"] == 150
    assert told["services"][0]["came_up"] is None


def test_a_time_that_nobody_observed_is_named():
    seen = {"unobserved_since": at(hours=1).isoformat()}
    started = OUTAGE[0].__class__(kind=Kind.STARTED, at=at(hours=2), data=seen)
    journal([*OUTAGE[:7], started])
    recording.record_journal()
    (gap,) = made()["identity"]["not_observed"]
    assert gap == {
        "node": "n1",
        "from": "2026-06-17T21:00:00+02:00",
        "to": "2026-06-17T22:00:00+02:00",
    }


def test_a_beacon_that_was_started_again_is_no_relapse_of_a_service(outage):
    journal([
        entry(Kind.STARTED, at(hours=70)),
        entry(Kind.WENT_DOWN, at(hours=71), service="mail", since=at(hours=71).isoformat()),
        opened(at(hours=71), at(hours=71)),
        entry(Kind.STARTED, at(hours=72)),
        entry(Kind.WENT_DOWN, at(hours=72, minutes=1), service="mail", since=at(hours=72).isoformat()),
        entry(Kind.CAME_UP, at(hours=73), service="mail"),
        entry(Kind.WENT_DOWN, at(hours=74), service="mail", since=at(hours=74).isoformat()),
    ])  # fmt: skip
    recording.record_journal()
    number = f"INC-{at(hours=71):%Y%m%d-%H%M%S}"
    (mail,) = retex.report(number, Form.INTERNAL)["services"]
    assert mail["failed_restarts"] == 1


def test_an_unknown_incident_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        call_command("retex", "INC-1", out=str(tmp_path / "r.html"))
    assert "no opening" in capsys.readouterr().err


def runner_of(folder_, *options):
    """Return a function that makes the report in a format and gives its bytes."""

    def run(name: str, kind: str) -> bytes:
        path = folder_ / name
        call_command("retex", NUMBER, "--format", kind, "--out", str(path), "--json", *options)
        return path.read_bytes()

    return run


def test_the_same_events_give_the_same_bytes_and_a_version_only_where_data_changed(
    outage, tmp_path, capsys
):
    run = runner_of(tmp_path)
    for kind in ("json", "pdf", "html"):
        assert run("a", kind) == run("b", kind)
    assert json.loads(run("a", "json"))["version"] == 1
    kept = [o for o in history(incident_stream(NUMBER)) if isinstance(o.event, RetexGenerated)]
    assert len(kept) == 1
    Journal(folder()).add([said(Kind.ACTION, at(hours=70), action="A1", proof="Fait")])
    assert json.loads(run("c", "json"))["version"] == 2


def test_the_public_form_is_published_once_and_what_comes_after_gives_nothing_away(
    outage, tmp_path, capsys
):
    run = runner_of(tmp_path, "--public")
    first = {kind: run("a", kind) for kind in ("json", "pdf", "html")}
    declared(at(hours=2))
    Journal(folder()).add([said(Kind.ACTION, at(hours=70), action="A3", text="x", owner="y")])
    assert {kind: run("b", kind) for kind in first} == first
    assert retex.report(NUMBER, Form.INTERNAL)["declarations"]["received"] == 7
    kept = [o.event for o in history(incident_stream(NUMBER))]
    (published,) = [one for one in kept if isinstance(one, RetexPublished)]
    assert published.digest == json.loads(first["json"])["data_sha256"]


def test_a_public_form_before_the_closing_is_refused_in_words(tmp_path, capsys):
    journal(OUTAGE[:-1])
    recording.record_journal()
    out = tmp_path / "r.html"
    with pytest.raises(SystemExit):
        call_command("retex", NUMBER, "--public", out=str(out))
    assert "une fois l'incident clos" in capsys.readouterr().err
    assert not out.exists()


def numbers_of(told) -> set[str]:
    return {row["number"] for row in told["declarations"]["rows"] + told["clocks"]["rows"]}


def test_the_public_form_names_no_declaration_and_nobody(outage):
    Journal(folder()).add([said(Kind.NOTE, at(hours=61), text="Appelé Mme Durand")])
    recording.record_journal()
    hidden = numbers_of(made()) | {"astreinte", "DSI", "Durand"}
    for text in (retex.as_bytes(made(Form.PUBLIC)).decode(), as_html(made(Form.PUBLIC))):
        assert [one for one in hidden if one in text] == []
    assert all(one in retex.as_bytes(made()).decode() for one in hidden)


def test_what_people_wrote_is_not_published_but_bulletins_are(outage):
    words = ("Alimentation", "Doubler", "Essai du 12", "Déclarations gardées et accusées.")
    told = as_html(made(Form.PUBLIC))
    assert [one for one in words if one in told] == []
    assert "Toujours en panne." in told
    assert "peuvent nommer quelqu’un" in told
    assert made(Form.PUBLIC)["actions"] == [{"action": "A1", "due": "2026-09-30", "done": True}]
    assert [one["nature"] for one in made(Form.PUBLIC)["causes"]] == ["technical"]
    assert all(one in as_html(made()) for one in words)


def test_a_habit_of_few_is_masked_with_what_would_give_it_back():
    for week in range(1, 9):
        for minute in range(1 + week % 2):
            declared(at(weeks=-week, hours=1, minutes=minute))
    for minute in range(6):
        declared(at(hours=1, minutes=minute))
    journal()
    recording.record_journal()
    told = made(Form.PUBLIC)
    assert told["declarations"]["usual"] == {
        "weeks": 8, "mean": "masqué", "least": "masqué", "most": "masqué",
    }  # fmt: skip
    assert told["declarations"]["never_sent"] is None
    assert "1,5" not in as_html(told)


def test_the_longest_wait_is_that_of_one_declaration(outage):
    assert made(Form.PUBLIC)["declarations"]["waited"]["longest_minutes"] is None


def test_the_public_form_masks_small_cells(outage):
    told = made(Form.PUBLIC)["declarations"]
    assert told["received"] == 6
    assert told["by_channel"] == told["by_hour"] == "masqué", "names of a table tell of somebody"
    assert told["by_node"] == {"": 6}
    assert told["recorded"] == {"at_once": 0, "afterwards": 6}
    clocks = made(Form.PUBLIC)["clocks"]
    assert clocks["by_kind"] == "masqué"
    page = as_html(made(Form.PUBLIC))
    assert page.count("Tableau entier") == 3


def test_a_total_under_five_takes_what_would_give_it_back_with_it():
    for week in range(1, 9):
        declared(at(weeks=-week, hours=1))
    declared(at(hours=1))
    journal()
    recording.record_journal()
    told = made(Form.PUBLIC)["declarations"]
    assert (told["received"], told["never_sent"]) == ("< 5", None)
    assert told["waited"] == {
        "count": "masqué", "median_minutes": None, "longest_minutes": None,
    }  # fmt: skip


def test_fifteen_points_are_told_each_and_what_is_not_recorded_is_said(outage):
    points = document(made()).sections
    assert [one.title.partition(".")[0] for one in points] == [str(n) for n in range(1, 16)]
    assert all(one.blocks for one in points)
    assert sum("non enregistré" in str(one.blocks).lower() for one in points) >= 7


def test_the_words_of_people_are_never_markup(outage):
    evil = '<script>alert(1)</script> #panic("x") $a$ *b* \\ @ref'
    Journal(folder()).add([said(Kind.FINDING, at(hours=62), text=evil, nature="technical")])
    recording.record_journal()
    told = made()
    assert "<script>" not in as_html(told)
    assert as_pdf(told).startswith(b"%PDF-")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not here")
def test_the_pdf_opens_and_says_what_the_report_says(outage, tmp_path):
    path = tmp_path / "r.pdf"
    path.write_bytes(as_pdf(made()))
    read = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
    assert NUMBER in read
    assert "15. Annexes" in read
    assert re.findall(r"\byes\s+yes\s+yes\b", fonts.stdout), "fonts are embedded"
