"""What the report reads in the log beyond the outage itself: doubles, what waited, other incidents."""

import shutil
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from continuity import recording, retex, retex_desk, sheets
from continuity.beacon.watch import Kind, opened
from continuity.domain.incident_events import (
    Form,
    IncidentOpened,
    IncidentReopened,
    RetexPublished,
)
from continuity.domain.ladder import Span
from continuity.domain.retex import Outage
from continuity.domain.retex_beside import concurrent, reopened_since_published
from continuity.domain.retex_sheets import TypedSheet, received_too
from continuity.domain.sheet import SHEET
from continuity.domain.sheet_events import CATEGORY
from continuity.domain.sheet_number import SheetNumber
from continuity.domain.sheet_words import Between, NumberDoubt, Ruling, SheetKind
from continuity.retex_document import document
from continuity.retex_html import as_html
from events.event import Actor, stream_name
from events.handle import Envelope, handle
from events.number import number_of
from pharmacovigilance.domain.declaration import DECLARATION
from tests.continuity.incidents import NUMBER, OUTAGE, at, entry, folder, journal
from tests.continuity.sheet_desk import issued, recorded
from tests.continuity.sheet_samples import explain, match, record, settle
from tests.domain.samples import VALID, answer, ask, declare, join, withdraw
from tests.projections.conftest import write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]
TYPED = at(days=12)


def case(received, *commands) -> UUID:
    """Write a declaration and what came of it; return its identifier."""
    identifier = uuid4()
    said = []
    for command in (declare(VALID, received), *commands):
        said.extend(DECLARATION.decide(DECLARATION.fold(said), command))
    write(said, identifier)
    return identifier


def sheet(*commands, **more) -> None:
    """Write a sheet of the outage and what came of it."""
    call = at(hours=2)
    stream = stream_name(CATEGORY, uuid4())
    typed = {"occurred_at": call, "received_at": call, "told_at": TYPED} | more
    for command in (record(**typed), *commands):
        envelope = Envelope.of(uuid4(), [str(command)], Actor(id="agent", role="reviewer"))
        handle(SHEET, stream, command, envelope)


def made(form=Form.INTERNAL, entries=OUTAGE):
    journal(entries)
    recording.record_journal()
    retex.catch_up()
    return retex.report(NUMBER, form)


def test_a_declaration_received_twice_is_a_double_and_one_taken_on_a_sheet_is_told_apart() -> None:
    case(
        at(hours=1), join(at(days=2), receipt_id="a"), join(at(hours=1), receipt_id="b", node="DG")
    )
    case(at(days=-3), join(at(hours=2), receipt_id="c"))
    case(at(days=-3), join(at(days=2), receipt_id="d"))
    told = made()
    assert told["declarations"]["again"] == {"sent_again": 2, "on_sheet": 1}
    assert "Envoi répété" in as_html(told)
    assert made(Form.PUBLIC)["declarations"]["again"] == {"sent_again": "< 5"}


def test_what_waited_when_the_outage_began_is_told(people) -> None:
    before = at(days=-5)
    asked = ask(at(days=-4))
    case(before, asked)
    case(before, asked, answer(at(hours=1)))
    case(before, asked, answer(at(days=-3)))
    case(before, asked, withdraw(at(days=-3)))
    case(at(hours=6))
    told = made()["at_start"]
    assert told == {
        "clocks_running": 4, "questions_open": 2, "set_aside_open": 0, "sheets_open": 0,
    }  # fmt: skip
    assert "Questions d’évaluateurs sans réponse" in as_html(made())
    public = made(Form.PUBLIC)["at_start"]
    assert public == {"questions_open": "< 5", "set_aside_open": 0, "sheets_open": 0}


def test_a_sheet_waited_if_it_was_typed_before_and_ended_after(people) -> None:
    block = issued(people["operateur"])
    for rank in (block.first, block.first + 1):
        recorded(people["evaluateur"], str(SheetNumber(site=block.site, rank=rank)))
    ended = SheetNumber(site=block.site, rank=block.first + 3)
    sheets.cancel(people["evaluateur"], str(ended), "Gâchée", "c")
    began = timezone.now()
    first = sheets.sheet_id(str(SheetNumber(site=block.site, rank=block.first)))
    envelope = Envelope.of(uuid4(), ["m"], Actor(id="agent", role="reviewer"))
    handle(SHEET, stream_name(CATEGORY, first), match(), envelope)
    recorded(people["evaluateur"], str(SheetNumber(site=block.site, rank=block.first + 2)))
    retex.catch_up()
    until = began + timedelta(hours=1)
    outage = Outage(spans=(Span(since=began, until=until),), until=until, is_over=True)
    assert retex_desk.desk(outage).at_start["sheets_open"] == 2


def test_a_phoned_declaration_that_was_received_too_is_counted_once(people) -> None:
    made()
    issued(people["operateur"])
    for week in range(1, 9):
        for minute in range(10):
            case(at(weeks=-week, minutes=minute))
    number = number_of(case(at(hours=1)))
    sheet(match(number.replace("-", "").lower()))
    sheet(match("K7QX-2M4P-9TRWC"))
    told = made()["declarations"]
    assert (told["received"], told["by_sheet"], told["by_sheet_too"]) == (1, 2, 1)
    assert told["never_sent"] == 10 - 1 - 2 + 1
    public = made(Form.PUBLIC)["declarations"]
    assert (public["by_sheet_too"], public["never_sent"]) == ("masqué", None)


def test_numbers_are_read_with_hyphens_and_without() -> None:
    one = TypedSheet(
        kind="adverse_event", state="matched", received=TYPED.date(), typed=TYPED.date(),
        matched_to=("k7qx2m4p9trwc", "x"),
    )  # fmt: skip
    assert received_too([one, one], ["K7QX-2M4P-9TRWC"]) == 2
    assert received_too([one], []) == 0


def test_the_acknowledgement_is_told_by_kind_and_state_to_the_agency_alone(people) -> None:
    made()
    issued(people["operateur"])
    sheet()
    sheet(match("K7QX-2M4P-9TRWC"))
    sheet(kind=SheetKind.OUT_OF_HOURS_DISPENSING)
    told = made()
    assert [tuple(row.values()) for row in told["legal"]["acknowledged_by"]] == [
        ("adverse_event", "matched", 0, 1),
        ("adverse_event", "to_match", 0, 1),
        ("out_of_hours_dispensing", "to_match", 0, 1),
    ]
    assert "par nature et état" in as_html(told)
    assert made(Form.PUBLIC)["legal"]["acknowledged_by"] == "masqué"


def test_differences_and_doubts_are_told_with_what_was_settled(people) -> None:
    made()
    issued(people["operateur"])
    differs = match("K7QX-2M4P-9TRWC", differing=("drug_name",))
    sheet(differs, settle(Ruling.SHEET_HOLDS, Between.DECLARATION))
    sheet(differs)
    sheet(explain(), doubt=NumberDoubt.NEVER_ISSUED)
    told = made()
    assert told["reconciliation"]["settled"] == {
        "differences_found": 2, "differences_settled": 1, "versions_settled": 0,
        "doubts_explained": 1,
    }  # fmt: skip
    public = made(Form.PUBLIC)
    assert public["reconciliation"]["settled"] == public["reconciliation"]["taken_up"] == "masqué"


def test_blocks_are_told_by_use_and_by_what_was_told_of_them(people, monkeypatch) -> None:
    monkeypatch.setattr(retex_desk, "_rows", lambda outage: [])
    block = issued(people["operateur"])
    issued(people["operateur"])
    sheets.return_block(
        people["operateur"],
        site=block.site,
        first=block.first,
        last_used=None,
        idempotency_key="k",
    )
    retex.catch_up()
    now = timezone.now()
    outage = Outage(
        spans=(Span(since=now - timedelta(hours=1), until=now),), until=now, is_over=True
    )
    told = retex_desk.desk(outage).blocks
    assert told == {"unused.returned": 1, "unused.not_returned": 1}


def test_the_whole_log_is_counted_by_type_in_the_internal_form(people) -> None:
    case(at(hours=1))
    case(at(hours=6))
    told = made()
    counted = told["annexes"]["log_by_type"]
    assert counted["pharmacovigilance.adverse_event_declared"] == 1
    assert counted["continuity.service_went_down"] == 2
    assert "continuity.incident_closed" not in counted
    assert "adverse_event_declared" in as_html(told)
    public = made(Form.PUBLIC)
    assert "log_by_type" not in public["annexes"]
    assert "forme interne seulement" in as_html(public)


def test_figures_are_defined_in_both_forms() -> None:
    for form in Form:
        (annexes,) = document(made(form)).sections[-1:]
        assert "Jamais sous zéro." in str(annexes.blocks)


def test_an_incident_that_another_node_opened_beside_it_is_named_and_never_in_public(
    settings,
) -> None:
    made()
    settings.NODE_NAME = "n2"
    for minutes, hours in ((29, 0), (0, 2)):
        shutil.rmtree(folder())
        since = at(hours=hours, minutes=minutes)
        down = entry(Kind.WENT_DOWN, since, service="database", since=since.isoformat(), why="x")
        journal([down, opened(since, since)])
        recording.record_journal()
    retex.catch_up()
    told = retex.report(NUMBER, Form.INTERNAL)
    assert told["identity"]["concurrent"] == ["INC-20260617-182900"]
    assert "ne s’additionnent pas" in as_html(told)
    assert retex.about(NUMBER, names=False)["identity"]["concurrent"] == ["INC-20260617-182900"]
    assert "concurrent" not in retex.report(NUMBER, Form.PUBLIC)["identity"]


def test_a_reopening_after_the_publication_is_told_and_changes_nothing_of_it() -> None:
    public = made(Form.PUBLIC)
    retex.keep(public, by="x")
    assert retex.reopened_since(NUMBER) is None
    told = made(entries=[entry(Kind.REOPENED, at(hours=62), incident=NUMBER)])
    assert told["identity"]["reopened_since_published"] == "2026-06-20T10:00:00+02:00"
    for page in (as_html(told), as_html(retex.about(NUMBER, names=True))):
        assert "après la publication de la forme publique" in page
    assert retex.report(NUMBER, Form.PUBLIC) == public


def test_a_report_that_was_published_before_these_figures_were_told_still_prints() -> None:
    old = made(Form.PUBLIC)
    del old["at_start"]
    for name in ("again", "by_sheet_too"):
        del old["declarations"][name]
    for name in ("blocks", "settled", "taken_up"):
        del old["reconciliation"][name]
    told = as_html(old)
    assert "15. Annexes" in told
    assert "reçues aussi" not in told


def openings(node, *minutes):
    made_of = {"incident": "x", "node": node}
    return [
        IncidentOpened(occurred_at=at(), received_at=at(), since=at(minutes=one), **made_of)
        for one in minutes
    ]


def test_two_incidents_are_concurrent_by_their_openings_on_different_nodes() -> None:
    others = {
        "A": openings("n2", 30), "B": openings("n2", 31), "C": openings("n1", 1),
        "D": openings("n2", -30), "E": [],
    }  # fmt: skip
    assert concurrent(openings("n1", 0), others) == ["A", "D"]


def test_a_reopening_counts_from_when_the_log_learned_of_it() -> None:
    again = IncidentReopened(
        occurred_at=at(hours=1), received_at=at(hours=1), node="n1", incident="x"
    )
    published = RetexPublished(
        occurred_at=at(hours=9), received_at=at(hours=9), incident="x", digest="", content=""
    )
    assert reopened_since_published([again, published]) is None
    assert reopened_since_published([published, again]) == at(hours=1)
    assert reopened_since_published([again]) is None
