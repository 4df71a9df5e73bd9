"""From events to rows, without a database: what each list says of a stream."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from hypothesis import given, settings

from events.codec import StreamReader, catalogue
from events.errors import Refused
from events.event import DomainEvent
from events.projection import Row
from events.vault import PREFIX
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import DeclarationEvent
from pharmacovigilance.domain.labels import labels
from pharmacovigilance.domain.report import Drug, Information, Patient, Reaction, Report, Reporter
from pharmacovigilance.domain.vocabulary import (
    DrugRole,
    Outcome,
    ProductKind,
    Profession,
    SeriousnessCriterion,
)
from pharmacovigilance.projections import FIRST, Declarations
from tests.domain.samples import ID, SERIOUS, VALID, answer, ask, at, declare, follow_up, withdraw
from tests.domain.strategies import histories

STREAM = f"declaration-{ID}"


def sealed(_subject: str, _pointer: str, value: str) -> str:
    return f"{PREFIX}{value.encode().hex()}"


def events(*commands: Any) -> list[DeclarationEvent]:
    """Return what commands make, refusals passed over."""
    made: list[DeclarationEvent] = []
    for command in commands:
        try:
            made += DECLARATION.decide(DECLARATION.fold(made), command)
        except Refused:
            continue
    return made


def rows(name: str, past: Iterable[DomainEvent]) -> Sequence[dict[str, Any]]:
    """Fold events as the engine does, through their stored bytes; return one list's rows."""
    projection = Declarations()
    events = [
        (
            f"{event.TYPE}:{event.SCHEMA}", version,
            event.occurred_at, event.received_at, event.received_at,
            msgspec.Raw(catalogue.encode(event, sealed).encode()),
        )
        for version, event in enumerate(past, 1)
    ]  # fmt: skip
    seen = StreamReader(catalogue, projection.views).read(msgspec.json.encode(events))
    return named(projection.fold(STREAM, seen))[name]


def named(found: Sequence[Sequence[Row]]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each list by column."""
    return {
        table.name: [
            dict(zip(("row_key", *table.columns), row, strict=True)) for row in found_rows
        ]
        for table, found_rows in zip(Declarations.tables, found, strict=True)
    }


def worklist(*commands: Any) -> dict[str, Any]:
    (row,) = rows("worklist", events(*commands))
    return row


def test_a_serious_case_has_15_days():
    row = worklist(declare(SERIOUS, declarant="me", institution="750712184"))
    assert (row["status"], row["valid"], row["serious"]) == ("declared", True, True)
    assert (row["day_zero"], row["due"]) == (date(2026, 3, 1), date(2026, 3, 16))
    assert row["urgency"] == row["due"]
    assert (row["clock"], row["seriousness"]) == ("agency_serious", "hospitalisation")
    assert (row["department"], row["centre"]) == ("33", "bordeaux")
    assert (row["drugs"], row["reactions"]) == ("Méthotrexate", "Pancytopénie")
    assert (row["product_kinds"], row["profession"]) == ("medicine", "physician")
    assert (row["declarant"], row["institution"], row["channel"]) == ("me", "750712184", "portal")
    assert row["received_at"] == at("2026-03-01")


def test_a_case_that_is_not_valid_waits_among_the_others_without_a_clock():
    row = worklist(declare(Report(narrative="Rien de plus.")))
    assert (row["valid"], row["missing"]) == (False, "reporter patient product reaction")
    assert (row["due"], row["day_zero"], row["clock"]) == (None, None, "")
    assert row["urgency"] == date(2026, 5, 30)


def test_a_death_that_lacks_the_patient_comes_before_what_has_90_days():
    dead = replace(VALID, patient=Patient(), death_date="2026-02-28")
    row = worklist(declare(dead))
    assert (row["valid"], row["due"], row["urgency"]) == (False, None, date(2026, 3, 16))
    assert row["urgency"] < worklist(declare())["urgency"]


def test_what_a_follow_up_completes_makes_the_case_valid():
    news = Information(
        reporter=Reporter(profession=Profession.NURSE, postcode="69003"),
        patient=Patient(age_group=None, birth_date="1990"),
    )
    bare = replace(VALID, reporter=Reporter(), patient=Patient())
    row = worklist(declare(bare), follow_up(news, "2026-03-10"))
    assert (row["valid"], row["day_zero"], row["follow_ups"]) == (True, date(2026, 3, 10), 1)
    assert (row["profession"], row["department"], row["centre"]) == ("nurse", "69", "lyon")
    assert row["last_received_at"] == at("2026-03-10")


def test_questions_are_counted_while_they_are_open():
    asked = worklist(declare(), ask())
    assert (asked["status"], asked["open_questions"]) == ("information_requested", 1)
    assert worklist(declare(), ask(), answer())["open_questions"] == 0


def test_a_case_withdrawn_before_it_was_valid_leaves_the_reviewers_lists():
    past = events(declare(Report(narrative="Erreur de dossier.")), withdraw())
    assert rows("worklist", past) == []
    assert rows("deadline_board", past) == []
    (mine,) = rows("own_declarations", past)
    assert mine["status"] == "withdrawn"


def test_a_valid_case_stays_before_the_reviewers_when_its_declarant_withdraws_it():
    past = events(declare(SERIOUS), withdraw())
    (row,) = rows("worklist", past)
    assert (row["status"], row["due"]) == ("withdrawn", date(2026, 3, 16))
    (clock,) = rows("deadline_board", past)
    assert clock["due"] == row["due"]


def test_only_suspected_products_and_the_first_three_are_named():
    drugs = tuple(Drug(name=name) for name in "ABCD")
    other = Drug(name="X", role=DrugRole.CONCOMITANT, kind=ProductKind.VACCINE)
    row = worklist(declare(replace(VALID, drugs=(other, *drugs))))
    assert (row["drugs"], row["product_kinds"]) == ("A · B · C · …", "medicine vaccine")
    assert labels(["A"]) == "A"


def test_each_clock_has_its_row():
    news = Information(seriousness=(SeriousnessCriterion.DEATH,))
    board = rows("deadline_board", events(declare(), follow_up(news, "2026-03-10")))
    assert [(row["row_key"], row["due"], row["restarted_by"]) for row in board] == [
        ("agency_serious:2026-03-10", date(2026, 3, 25), 1),
        ("agency_non_serious:2026-03-01", date(2026, 5, 30), None),
    ]


def test_a_fatal_outcome_is_serious_without_a_box_ticked():
    fatal = replace(VALID, reactions=(Reaction(term="Arrêt", outcome=Outcome.FATAL),))
    assert worklist(declare(fatal))["seriousness"] == "death"


def test_the_declarant_s_list_keeps_the_patient_s_letters_sealed():
    news = Information(patient=Patient(first_name_initial="M"))
    (row,) = rows("own_declarations", events(declare(declarant="me"), follow_up(news)))
    assert row["letters"] == sealed("", "", "DUP")
    assert row["initial"] == sealed("", "", "M")
    assert row["last_event_at"] == at("2026-03-10")


def test_a_stream_that_was_never_declared_has_no_row():
    assert named(Declarations().fold(STREAM, ())) == {
        "worklist": [],
        "deadline_board": [],
        "own_declarations": [],
    }


def test_an_unreadable_stream_stands_first_in_the_worklist():
    placeholder = named(Declarations().placeholder(STREAM))
    (row,) = placeholder["worklist"]
    assert (row["status"], row["urgency"], row["due"]) == ("unreadable", FIRST, None)
    assert not row["valid"]
    assert placeholder["deadline_board"] == placeholder["own_declarations"] == []


@given(histories())
@settings(max_examples=80, deadline=None)
def test_lists_agree_with_the_decider_on_any_history(history):
    past = events(*history)
    facts = DECLARATION.fold(past)
    found = rows("worklist", past)
    assert len(found) == (1 if facts.declared and not facts.dropped else 0)
    for row in found:
        assert row["status"] == facts.status
        assert (row["valid"], row["serious"]) == (facts.valid, facts.serious)
        assert row["missing"].split() == list(facts.missing)
        assert row["seriousness"].split() == list(facts.seriousness)
        assert row["due"] == (facts.clocks[0].due if facts.clocks else None)
        assert row["urgency"] == (row["due"] or facts.look_by)
        assert row["open_questions"] == len(facts.open_questions)
        assert row["flags"].split() == list(facts.flags)
    board = rows("deadline_board", past)
    assert [row["due"] for row in board] == [clock.due for clock in facts.clocks]
    assert len({row["row_key"] for row in board}) == len(board)
    mine = rows("own_declarations", past)
    assert [row["status"] for row in mine] == ([facts.status] if facts.declared else [])
