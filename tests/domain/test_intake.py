"""Commands as a spool keeps them: readable tomorrow, the urgent first."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings

from events.errors import UnknownCommand, UnreadableCommand
from events.kept import Standing, to_bytes
from pharmacovigilance.domain.intake import (
    INTAKE,
    KINDS,
    IntakeCommand,
    Priority,
    from_bytes,
    kind_of,
    priority,
)
from pharmacovigilance.domain.report import Information, Reaction, ReactionInformation
from pharmacovigilance.domain.upcasters import COMMAND_UPCASTERS
from pharmacovigilance.domain.vocabulary import Outcome, SeriousnessCriterion
from tests.domain.samples import (
    SERIOUS,
    VALID,
    answer,
    ask,
    at,
    declare,
    follow_up,
    join,
    withdraw,
)
from tests.domain.strategies import commands

GOLDEN = Path(__file__).parents[1] / "golden" / "commands"
FILES = sorted(GOLDEN.glob("pharmacovigilance.*.json"))
DECLARE = "pharmacovigilance.declare_adverse_event"
DEATH, LIFE = (SeriousnessCriterion.DEATH,), (SeriousnessCriterion.LIFE_THREATENING,)
FATAL = Outcome.FATAL


def kept(path):
    return json.loads(path.read_text())


def test_every_command_of_a_clinician_has_its_kind_and_class():
    assert {kind.cls for kind in INTAKE} == set(get_args(IntakeCommand))
    assert len(KINDS) == len(INTAKE)
    wishes = {kind.name for kind in INTAKE if kind.standing is Standing.WISH}
    assert wishes == {"pharmacovigilance.withdraw_declaration"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_command_of_any_schema_is_read(path):
    one = kept(path)
    assert path.name == f"{one['kind']}.{one['schema']}.json"
    command = from_bytes(one["kind"], one["schema"], json.dumps(one["payload"]).encode())
    assert kind_of(command).name == one["kind"]
    if one["schema"] == kind_of(command).schema:
        assert json.loads(to_bytes(command)) == one["payload"]


def test_every_kind_and_schema_has_a_golden_file_and_a_step_from_it():
    expected = {f"{kind.name}.{n}.json" for kind in INTAKE for n in range(1, kind.schema + 1)}
    assert {path.name for path in FILES} == expected
    for kind in INTAKE:
        steps = COMMAND_UPCASTERS.get(kind.name, {})
        assert set(steps) == set(range(1, kind.schema))


@given(commands())
@settings(max_examples=100, deadline=None)
def test_what_is_kept_is_read_the_same(command):
    if not isinstance(command, IntakeCommand):
        return
    try:
        clear = to_bytes(command)
    except UnicodeEncodeError:
        return
    assert from_bytes(kind_of(command).name, kind_of(command).schema, clear) == command


def test_a_command_of_yesterdays_schema_is_brought_forward():
    """A deployment during an outage: what was spooled before it is drained after it."""
    kinds = {DECLARE: replace(KINDS[DECLARE], schema=3)}
    steps = {
        DECLARE: {
            1: lambda old: old | {"report": old["what"]},
            2: lambda old: old | {"channel": "portal"},
        }
    }
    command = declare(SERIOUS)
    old = json.loads(to_bytes(command))
    old["what"] = old.pop("report")
    del old["channel"]
    found = from_bytes(DECLARE, 1, json.dumps(old).encode(), kinds=kinds, upcasters=steps)
    assert found == command


@pytest.mark.parametrize(("name", "schema"), [("pharmacovigilance.tomorrow", 1), (DECLARE, 2)])
def test_what_newer_software_kept_is_left_to_newer_software(name, schema):
    with pytest.raises(UnknownCommand):
        from_bytes(name, schema, to_bytes(declare()))


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b"{}", b"\xff", b'{"report": 3}', to_bytes(declare())[:-9], b"1" * 99]
)
def test_what_cannot_be_read_says_so_and_quotes_nothing(bad):
    with pytest.raises(UnreadableCommand) as raised:
        from_bytes(DECLARE, 1, bad)
    assert raised.value.__cause__ is None
    assert set(raised.value.details) == {"kind", "reason"}


def test_a_step_that_fails_is_an_unreadable_command():
    kinds = {DECLARE: replace(KINDS[DECLARE], schema=2)}
    steps = {DECLARE: {1: lambda old: old | old["missing"]}}
    with pytest.raises(UnreadableCommand):
        from_bytes(DECLARE, 1, to_bytes(declare()), kinds=kinds, upcasters=steps)


@pytest.mark.parametrize(
    ("command", "urgency"),
    [
        (declare(replace(VALID, seriousness=DEATH)), Priority.DEATH),
        (declare(replace(VALID, death_date="2026-02-28")), Priority.DEATH),
        (declare(replace(VALID, death_cause="Choc")), Priority.DEATH),
        (declare(replace(VALID, reactions=(Reaction(term="A", outcome=FATAL),))), Priority.DEATH),
        (declare(replace(VALID, seriousness=LIFE)), Priority.LIFE_THREATENING),
        (declare(replace(VALID, seriousness=LIFE + DEATH)), Priority.DEATH),
        (declare(SERIOUS), Priority.SERIOUS),
        (declare(), Priority.OTHER),
        (follow_up(Information(seriousness=DEATH)), Priority.DEATH),
        (
            follow_up(Information(reactions=(ReactionInformation(index=0, outcome=FATAL),))),
            Priority.DEATH,
        ),
        (follow_up(Information(narrative="Suite.")), Priority.OTHER),
        (answer(), Priority.OTHER),
        (withdraw(), Priority.WITHDRAWAL),
    ],
)
def test_a_death_goes_first_and_a_withdrawal_last(command, urgency):
    assert priority(command) == urgency


@pytest.mark.parametrize("command", [ask(), join()])
def test_what_the_agency_or_the_drain_itself_gives_is_not_taken_in(command):
    with pytest.raises(KeyError):
        kind_of(command)
    assert command.received_at in {at("2026-03-05"), at("2026-02-28")}
