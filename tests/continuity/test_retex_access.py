"""The review of an outage tells what it did to compassionate access, from events alone."""

import json
from typing import Any
from uuid import UUID

import psycopg
import pytest

from compassionate.domain.holder_events import HolderFileOpened, UndertakingAsked
from compassionate.domain.vocabulary import Channel
from compassionate.outage import touched_by
from compassionate.streams import holder_stream
from continuity import retex
from continuity.domain.incident_events import Form
from continuity.retex_html import as_html
from continuity.retex_pdf import as_pdf
from events.touched import Window
from tests.compassionate import samples
from tests.continuity.access_outage import (
    DEFERRABLE,
    NUMBERS,
    authorised,
    decided,
    dose,
    made,
    put,
    put_aside,
    renewed,
    request,
)
from tests.continuity.incidents import NUMBER, at
from tests.projections.conftest import project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]
WINDOW = Window(since=at(), until=at(hours=5, minutes=5))
NOTHING = {"recorded": "not_recorded"}


@pytest.fixture
def outage() -> dict[str, str]:
    """Four requests that the outage touched, and two that it did not."""
    return {
        "late": request(samples.submit(at=at(hours=-1)), *decided(at(hours=6))),
        "waits": request(samples.submit(DEFERRABLE, at=at(hours=1), channel=Channel.FAX)),
        "refused": request(
            dose(at(hours=2)), samples.to_agency(at=at(hours=8)), *decided(at(hours=20), grants=False)
        ),
        "agreed": request(samples.agree(at=at(hours=3), sheet_number="F-1")),
        "before": request(samples.submit(at=at(hours=-9)), *decided(at(hours=-8))),
        "after": request(samples.submit(at=at(hours=6))),
    }  # fmt: skip


def test_what_waited_and_what_came_is_counted_by_state_kind_and_way(outage) -> None:
    told = made()["requests"]
    assert (told["affected"], told["open_at_start"], told["reached"]) == (4, 1, 3)
    assert told["state_at_start"] == {"received": 1}
    assert told["urgent_at_start"] == 1
    assert told["received"] == {"dose": 1, "oral_agreement": 1, "request": 1}
    assert told["by_channel"] == {
        "dose.electronic": 1, "oral_agreement.sheet": 1, "request.fax": 1,
    }  # fmt: skip
    assert told["recorded"] == {"at_once": 0, "afterwards": 3, "set_aside": 0}
    assert {row["number"] for row in told["rows"]} == {
        outage[name] for name in ("waits", "refused", "agreed")
    }


def test_what_the_log_held_at_once_is_told_from_what_waited_in_a_spool(
    outage, superuser_dsn
) -> None:
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE events_event SET recorded_at = received_at + interval '1 second'"
            " WHERE type = 'compassionate.dispensing_declared'"
        )
    assert made()["requests"]["recorded"] == {"at_once": 1, "afterwards": 2, "set_aside": 0}


def test_what_was_set_aside_is_told_by_kind_and_was_not_kept_silent(outage) -> None:
    put_aside("compassionate.answer_information", at(hours=1))
    put_aside("pharmacovigilance.withdraw_declaration", at(hours=1))
    told = made()["requests"]
    assert told["set_aside"] == {"answer_information": 1}
    assert told["recorded"]["set_aside"] == 1


def test_decisions_are_late_against_their_goal_what_cannot_wait_first(outage) -> None:
    told = made()["decisions_late"]
    assert told["count"] == 1
    assert told["goals"] == {"deferrable.open": 1, "urgent.late": 1}
    goal = next(
        row for row in told["rows"] if row["number"] == outage["late"] and row["clock"] == "goal"
    )
    assert (goal["late_minutes"], goal["source"]) == (180, None)
    assert (goal["lost_hours"], goal["share_percent"]) == (5.1, round(100 * (5 + 1 / 12) / 7, 1))
    assert [row["is_urgent"] for row in told["rows"]] == sorted(
        (row["is_urgent"] for row in told["rows"]), reverse=True
    )


def test_a_silence_that_decides_is_told_with_its_law_and_where_its_term_fell(outage) -> None:
    old = request(samples.submit(DEFERRABLE, at=at(days=-61)))
    told = made()["decisions_late"]
    (row,) = [row for row in told["rows"] if row["number"] == old and row["clock"] == "silence"]
    assert row["source"] == "CRPA L231-1, L231-4, L114-3, L114-5"
    assert (row["falls"], row["ends"]) == ("inside", "2026-06-18T00:00:00+02:00")
    assert told["expired"] == {"goal": 1, "silence": 1}
    assert told["clocks"]["silence.inside"] == 1


def test_a_silence_that_an_answer_moved_in_the_outage_is_counted(outage) -> None:
    asked = (
        samples.submit(DEFERRABLE, at=at(days=-9)), samples.take_up(at=at(days=-8)),
        samples.check(at=at(days=-8)),
        samples.ask(at=at(days=-5), limit=at(days=9).date()),
    )  # fmt: skip
    request(*asked, samples.answer(at=at(hours=2)))
    request(*asked)
    told = made()
    assert told["decisions_late"]["moved"] == 1
    assert told["requests"]["received"]["access_answer"] == 1
    assert told["requests"]["reached"] == 3, "an answer is no new request"


def test_doses_and_agreements_are_told_with_what_became_of_them_and_when(outage) -> None:
    request(
        dose(at(hours=4)),
        samples.to_agency(at=at(days=1)),
        *decided(at(days=5), given=at(hours=4)),
    )
    told = made()["given"]
    assert told["count"] == 3
    assert told["by_outcome"] == {
        "criteria_met.refused": 1, "criteria_met.regularised": 1, "oral_agreement.still_open": 1,
    }  # fmt: skip
    assert told["in_time"] == {"in_time": 1, "late": 1, "open": 1}
    assert told["waited"] == {"count": 2, "median_hours": 67.0, "longest_hours": 116.0}
    clocks = made()["decisions_late"]["clocks"]
    assert clocks["regularisation.after"] == 3


def test_a_dose_of_the_outage_that_was_told_after_it_counts(outage) -> None:
    given = dose(at(hours=2))
    told_late = samples.dispense(at=at(hours=9), dispensing=given.dispensing)
    request(told_late)
    told = made()
    assert told["given"]["count"] == 3
    assert told["requests"]["reached"] == 3


def test_an_authorisation_that_ended_while_its_renewal_waited_is_named() -> None:
    number = renewed(NUMBERS[0], at(hours=1), at(days=-2), *decided(at(days=1)))
    renewed(NUMBERS[1], at(days=3), at(days=-2))
    authorised(NUMBERS[2], at(hours=1))
    told = made()
    assert told["decisions_late"]["authorisations"] == {"renewal_waited": 1, "no_renewal": 1}
    (row,) = [row for row in told["decisions_late"]["rows"] if row["clock"] == "length"]
    assert (row["number"], row["of"]) == (number, NUMBERS[0])
    assert row["source"] == "CSP L5121-12-1, R5121-74-3"
    assert told["decisions_late"]["expired"]["length"] == 1
    assert told["patient_safety"]["reasons"]["cover_lost"] == 1


def test_what_rights_holders_owed_in_the_outage_is_named_with_its_law() -> None:
    asked: dict[str, Any] = {
        "occurred_at": at(days=-9),
        "received_at": at(days=-9),
        "by": "legal-account",
    }
    opened = HolderFileOpened(
        product="nirogacestat", indication="desmoide", holder="L", request_id=UUID(int=1), **asked
    )
    undertaking = UndertakingAsked(certain_on=at(days=-9).date(), trial="NCT1", **asked)
    put(holder_stream("nirogacestat", "desmoide"), [opened, undertaking])
    request(samples.submit(at=at(hours=1)))
    told = made()
    (row,) = [row for row in told["decisions_late"]["rows"] if row["clock"] == "undertaking"]
    assert (row["number"], row["source"], row["falls"]) == (
        "nirogacestat / desmoide", "CSP R5121-74-9 II", "later",
    )  # fmt: skip
    assert told["summary"]["access_clocks"] == told["decisions_late"]["by_law"] == 2
    public = made(Form.PUBLIC)
    assert public["decisions_late"]["apart"] == {"undertaking.later": "< 5"}
    assert "access_clocks" not in public["summary"]


def test_patients_to_review_are_counted_and_no_review_is_made_up(outage) -> None:
    told = made()
    assert told["patient_safety"] == {
        "to_review": 2,
        "reasons": {"dose_refused": 1, "urgent_late": 1},
        "reviewed": NOTHING,
        "rows": sorted(
            (
                {"number": outage["late"], "reasons": ["urgent_late"]},
                {"number": outage["refused"], "reasons": ["dose_refused"]},
            ),
            key=lambda row: row["number"],
        ),
    }
    summary = told["summary"]
    figures = ("requests_affected", "decisions_late", "patients_to_review")
    assert [summary[name] for name in figures] == [4, 1, 2]


def test_what_was_never_sent_is_estimated_from_the_weeks_before(outage) -> None:
    for week in range(1, 9):
        for minute in range(7):
            request(samples.submit(at=at(weeks=-week, hours=1, minutes=minute)), *decided(at(weeks=-week, hours=4)))  # fmt: skip
    told = made()["requests"]
    assert told["usual"] == {"weeks": 8, "mean": 7.0, "least": 7.0, "most": 7.0}
    assert told["never_sent"] == 7 - 3


def test_the_pages_and_the_file_say_it_and_name_what_is_not_recorded(outage) -> None:
    told = made()
    page = as_html(told)
    for words in (
        "Demandes d’accès compassionnel touchées", "CRPA L231-1", "Objectif de décision, maison",
        "Accord oral, pas encore régularisée", "Revue clinique : non enregistré",
        "CNIL, CERT Santé, NIS 2 : non enregistré", "Décisions implicites : point 6",
    ):  # fmt: skip
        assert words in page, words
    assert all(
        number in page for name, number in outage.items() if name not in {"before", "after"}
    )
    assert outage["before"] not in page
    assert as_pdf(told).startswith(b"%PDF-")
    assert json.loads(retex.as_bytes(told)) == told


def test_the_same_events_give_the_same_bytes_whatever_is_rebuilt(outage) -> None:
    first = retex.as_bytes(made())
    assert retex.as_bytes(retex.report(NUMBER, Form.INTERNAL)) == first


def test_no_name_and_no_clinical_word_is_told(outage) -> None:
    page = retex.as_bytes(made()).decode()
    hidden = (
        "Martin",
        "Bernard",
        "DM",
        "Compression",
        "NIROGACESTAT",
        "Bilan à J7",
        samples.DOCTOR,
    )
    assert [word for word in hidden if word in page] == []


def test_an_outage_without_compassionate_access_is_reported_as_before() -> None:
    told = made()
    names = ("requests", "decisions_late", "patient_safety")
    assert [told[name] for name in names] == [NOTHING] * 3
    assert "given" not in told
    assert told["summary"]["requests_affected"] == NOTHING
    page = as_html(told)
    assert "Signatures, décisions implicites, CNIL, CERT Santé, NIS 2" in page
    assert "Régularisées" not in page


def test_a_stream_that_nobody_can_read_is_counted_as_such(outage, superuser_dsn) -> None:
    made()
    identifier = request(samples.submit(at=at(hours=1)))
    project()
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE events_event SET payload = '{\"kind\": 3}' WHERE id = (SELECT max(id) FROM"
            " events_event WHERE type = 'compassionate.request_received')"
        )
    told = touched_by(WINDOW)
    assert told.counts["unreadable"] == 1
    assert identifier not in {case.reference for case in told.cases}
