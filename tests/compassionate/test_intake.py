"""What hospitals and the on-call send, as a spool keeps it: readable tomorrow, the urgent first."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from compassionate.domain.intake import (
    COMMAND_UPCASTERS,
    INTAKE,
    KINDS,
    IntakeCommand,
    Priority,
    from_bytes,
    priority,
)
from compassionate.domain.request_commands import WithdrawRequest
from compassionate.domain.request_table import REPORTS
from events.errors import UnknownCommand, UnreadableCommand
from events.kept import Standing, to_bytes
from tests.compassionate.samples import (
    AT,
    PART,
    PHARMACY,
    agree,
    answer,
    attach,
    correct,
    dispense,
    refuse_by_phone,
    report_withdrawal,
    submit,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "commands"
FILES = sorted(GOLDEN.glob("compassionate.*.json"))
BACK = WithdrawRequest(by="doctor", occurred_at=AT, received_at=AT, reason="Décédé.")
COMMANDS = [
    submit(), dispense(), correct(), agree(), refuse_by_phone(), answer(), attach(), BACK,
    report_withdrawal(),
]  # fmt: skip


def test_every_command_that_is_spooled_has_its_kind_and_what_its_receipt_promises():
    assert {kind.cls for kind in INTAKE} == set(get_args(IntakeCommand))
    reports = {kind.cls for kind in INTAKE if kind.standing is Standing.REPORT_OF_FACT}
    assert reports == {kind.cls for kind in INTAKE} & REPORTS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_command_of_any_schema_is_read(path):
    one = json.loads(path.read_text())
    assert path.name == f"{one['kind']}.{one['schema']}.json"
    command = from_bytes(one["kind"], one["schema"], json.dumps(one["payload"]).encode())
    assert type(command) is KINDS[one["kind"]].cls
    if one["schema"] == KINDS[one["kind"]].schema:
        assert json.loads(to_bytes(command)) == one["payload"]


def test_every_kind_and_schema_has_a_golden_file_and_a_step_from_it():
    expected = {f"{kind.name}.{n}.json" for kind in INTAKE for n in range(1, kind.schema + 1)}
    assert {path.name for path in FILES} == expected
    for kind in INTAKE:
        assert set(COMMAND_UPCASTERS.get(kind.name, {})) == set(range(1, kind.schema))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_what_is_kept_is_read_the_same(command):
    kind = next(one for one in INTAKE if one.cls is type(command))
    assert from_bytes(kind.name, kind.schema, to_bytes(command)) == command


def test_what_newer_software_wrote_stays_and_what_is_garbled_is_told_without_its_content():
    with pytest.raises(UnknownCommand):
        from_bytes("compassionate.submit_request", 2, b"{}")
    with pytest.raises(UnreadableCommand) as failure:
        from_bytes("compassionate.submit_request", 1, b'{"prescription": {"patient_age": "DM"}}')
    assert "DM" not in str(failure.value.details)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (dispense(), Priority.GIVEN),
        (correct(), Priority.GIVEN),
        (agree(), Priority.GIVEN),
        (submit(pharmacy=replace(PHARMACY, dispensing=dispense().dispensing)), Priority.GIVEN),
        (submit(), Priority.NOT_DEFERRABLE),
        (submit(replace(PART, deferrable=None)), Priority.NOT_DEFERRABLE),
        (submit(replace(PART, deferrable=True)), Priority.OTHER),
        (answer(), Priority.OTHER),
        (attach(), Priority.OTHER),
        (BACK, Priority.WITHDRAWAL),
        (report_withdrawal(), Priority.WITHDRAWAL),
    ],
)
def test_doses_given_come_first_then_what_cannot_be_deferred(command, expected):
    assert priority(command) is expected
