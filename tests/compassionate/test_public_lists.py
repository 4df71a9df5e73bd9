"""The lists that the ministers publish (R5121-74-10): what counts in which period, and what files say."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from compassionate import acting, public_lists
from compassionate.domain.authorisation_changes import Change, changes_of
from compassionate.domain.authorisation_commands import LiftSuspension, Suspend, Withdraw
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.decision import Suspension, Terms
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.public_lists import Line, Lists
from events.days import day_of
from events.small_cells import SMALL
from tests.api.conftest import project
from tests.compassionate.scene import AT, PART, REASONS, SIGNED, Scene, scene

__all__ = ["scene"]

FIRST = date(2026, 11, 24)
ISSUED = AuthorisationFacts(
    state=AuthorisationState.ACTIVE,
    issued_at=AT,
    terms=Terms(begins_on=FIRST, ends_on=date(2027, 5, 22)),
)
AFTER = date(2027, 5, 23)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ({}, [(Change.ENDED, AFTER)]),
        ({"ceases_on": date(2027, 1, 31)}, [(Change.ENDED, date(2027, 2, 1))]),
        ({"replaced_on": date(2027, 3, 1)}, [(Change.ENDED, date(2027, 3, 1))]),
        (
            {"state": AuthorisationState.ABROGATED, "ended_on": date(2026, 12, 1)},
            [(Change.ENDED, date(2026, 12, 1))],
        ),
        (
            {"state": AuthorisationState.WITHDRAWN, "ended_on": date(2026, 12, 1)},
            [(Change.WITHDRAWN, date(2026, 12, 1))],
        ),
        (
            {"suspensions": (Suspension(first=date(2026, 12, 1), last=date(2026, 12, 9)),)},
            [(Change.SUSPENDED, date(2026, 12, 1)), (Change.ENDED, AFTER)],
        ),
    ],
)
def test_a_day_ends_an_authorisation_and_not_the_note_of_it(said: dict[str, Any], changes):
    assert list(changes_of(replace(ISSUED, **said))) == [(Change.GRANTED, FIRST), *changes]


def test_what_was_never_issued_has_no_change():
    assert list(changes_of(AuthorisationFacts())) == []


def told(since: date = FIRST, until: date = FIRST, now: datetime = AT) -> Lists:
    return public_lists.counted(since, until, now)


def numbers(scene: Scene, count: int, product: str = "nirogacestat") -> list[str]:
    scene.sheet(product)
    parts = [replace(PART, product=product, file_number=f"{product}{n}") for n in range(count)]
    return [scene.authorised(one) for one in parts]


def act(scene: Scene, number: str, what: type[Any], at: datetime, **fields: Any) -> None:
    acting.act_on_authorisation(
        scene.signatory, number, what, fields, SIGNED, idempotency_key=scene.key(), now=at
    )


@pytest.mark.django_db
def test_each_authorisation_counts_once_in_its_period_and_few_are_masked(scene: Scene):
    made = numbers(scene, 6)
    numbers(scene, 1, "autre")
    later = AT + timedelta(days=10)
    for number in made[:5]:
        said = {"reasons": REASONS, "urgency": "Signal", "until": day_of(later)}
        act(scene, number, Suspend, AT + timedelta(days=2), **said)
        act(scene, number, LiftSuspension, AT + timedelta(days=3), reason="Écarté")
        act(scene, number, Suspend, AT + timedelta(days=4), **said)
    said = {"reasons": REASONS, "urgency": "Signal", "ground": WithdrawalGround.PUBLIC_HEALTH}
    act(scene, made[5], Withdraw, AT + timedelta(days=5), **said)
    project()
    lines = {one.product: one.cells for one in told(until=day_of(later), now=later).lines}
    assert lines["nirogacestat"] == {
        Change.GRANTED: 6, Change.ENDED: 0, Change.SUSPENDED: 5, Change.WITHDRAWN: SMALL,
    }  # fmt: skip
    assert lines["autre"][Change.GRANTED] == SMALL
    assert told(until=day_of(later), now=later).totals[Change.GRANTED] == "de 7 à 10"
    third, fourth = FIRST + timedelta(days=3), FIRST + timedelta(days=4)
    assert told(third, third, later).lines == []
    (line,) = told(fourth, fourth, later).lines
    assert (line.product_name, line.indication) == ("NIROGACESTAT", "desmoide")
    assert line.cells[Change.SUSPENDED] == 5


@pytest.mark.django_db
def test_what_is_to_come_is_not_counted(scene: Scene):
    numbers(scene, 5)
    project()
    ends = scene.terms().ends_on
    far = ends + timedelta(days=30)
    on_its_last_day = AT + (ends - FIRST)
    assert told(until=far, now=on_its_last_day).totals[Change.ENDED] == 0
    assert told(until=far, now=on_its_last_day + timedelta(days=1)).totals[Change.ENDED] == 5
    assert told(until=ends, now=on_its_last_day + timedelta(days=9)).totals[Change.ENDED] == 0


@pytest.mark.django_db
def test_nobody_else_counts_them(scene: Scene):
    for person in (scene.evaluator, scene.signatory, scene.legal):
        assert public_lists.lists(person, FIRST, FIRST, AT).lines == []
    others = (scene.doctor, scene.pharmacist, scene.on_call, scene.editor, scene.operator)
    for person in others:
        with pytest.raises(PermissionDenied):
            public_lists.lists(person, FIRST, FIRST, AT)


HOSTILE = '=HYPERLINK("http://x","y")'
WRITTEN = Lists(
    since=FIRST,
    until=FIRST,
    counted_at=AT,
    lines=[
        Line(
            product=product,
            product_name=HOSTILE,
            indication=indication,
            indication_text="Tumeur, dite « x »\nligne",
            cells={**dict.fromkeys(Change, 7), Change.ENDED: SMALL},
        )
        for product, indication in (("a", "@b"), ("+1", "\t=1"), (" =1", "-1"), ("＝1", "é"))
    ],
    totals=dict.fromkeys(Change, 28),
)


def test_a_csv_file_is_read_back_and_begins_no_formula():
    made = public_lists.as_csv(WRITTEN)
    assert made.count(b"\r\n") == 5
    header, *rows = csv.reader(io.StringIO(made.decode(), newline=""))
    assert header == [
        "since", "until", "product", "product_name", "indication", "indication_text",
        "granted", "ended", "suspended", "withdrawn",
    ]  # fmt: skip
    assert [row[2] for row in rows] == ["a", "'+1", "' =1", "'＝1"]
    assert [row[4] for row in rows] == ["'@b", "'\t=1", "'-1", "é"]
    assert {row[3] for row in rows} == {f"'{HOSTILE}"}
    assert rows[0][5:] == ["Tumeur, dite « x »\nligne", "7", SMALL, "7", "7"]


def test_a_json_file_gives_counts_as_numbers_and_masked_ones_as_text():
    read = json.loads(public_lists.as_json(WRITTEN))
    assert (read["since"], read["until"]) == ("2026-11-24", "2026-11-24")
    assert (read["lines"][0]["granted"], read["lines"][0]["ended"]) == (7, SMALL)
    assert read["lines"][0]["product_name"] == HOSTILE
    assert read["totals"]["granted"] == 28


@pytest.mark.django_db
def test_an_operator_writes_a_file(scene: Scene, tmp_path, capsys):
    numbers(scene, 5)
    project()
    for suffix in ("csv", "json"):
        out = tmp_path / f"lists.{suffix}"
        days = ("--since", "2020-01-01", "--until", "2099-12-31")
        call_command("authorisation_lists", *days, "--out", str(out), "--json")
        assert json.loads(capsys.readouterr().out)["lines"] == 1
        assert "nirogacestat" in out.read_text()


@pytest.mark.parametrize(
    "wrong", [("2026-02-01", "2026-01-01", "x.csv"), ("2026-01-01", "2026-02-01", "x.xlsx")]
)
def test_wrong_usage(wrong, tmp_path, capsys):
    since, until, name = wrong
    said = ("--since", since, "--until", until, "--out", str(tmp_path / name))
    with pytest.raises(SystemExit) as left:
        call_command("authorisation_lists", *said)
    assert left.value.code == 2
    assert not (tmp_path / name).exists()
