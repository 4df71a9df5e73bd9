"""What the public form tells of compassionate access: no patient, no number, nothing under five."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

import pytest

from continuity import retex
from continuity.domain.incident_events import Form
from continuity.domain.retex_masking import WITHHELD, standing
from continuity.retex_html import as_html
from continuity.retex_pdf import as_pdf
from tests.compassionate import samples
from tests.continuity.access_outage import (
    DEFERRABLE,
    NUMBERS,
    decided,
    dose,
    made,
    renewed,
    request,
)
from tests.continuity.incidents import NUMBER, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_journal")]
MOST = 11
KINDS = ("ax", "ay", "bx", "by")
"""Every unit: its cell in the first table, and in the second."""


def published(counts: tuple[int, ...]) -> Mapping[str, object]:
    units = [
        {"first": kind[0], "second": kind[1]}
        for kind, count in zip(KINDS, counts, strict=True)
        for _ in range(count)
    ]
    return standing(units, ("first", "second"))


def test_no_table_beside_another_gives_a_small_cell_or_a_small_part_of_two() -> None:
    alike = defaultdict(list)
    for counts in product(range(MOST + 1), repeat=4):
        if sum(counts) <= MOST:
            alike[repr(published(counts)), sum(counts) if sum(counts) >= 5 else "few"].append(
                counts
            )
    for (_, total), tables in alike.items():
        if total == "few":
            continue
        for place in range(4):
            possible = {counts[place] for counts in tables} & {1, 2, 3, 4}
            assert possible in (set(), {1, 2, 3, 4}), tables[:3]


def test_a_table_is_shown_whole_or_not_and_hides_what_would_part_a_few() -> None:
    assert published((5, 0, 0, 6)) == {"first": {"a": 5, "b": 6}, "second": {"x": 5, "y": 6}}
    assert published((5, 5, 0, 0)) == {"first": {"a": 10}, "second": {"x": 5, "y": 5}}
    assert published((9, 1, 6, 0)) == {"first": {"a": 10, "b": 6}, "second": None}
    assert published((3, 0, 6, 0)) == {"first": None, "second": {"x": 9}}
    assert published((0, 0, 0, 0)) == {"first": {}, "second": {}}


@pytest.fixture
def few() -> list[str]:
    """Five requests, no two of which went the same way."""
    return [
        request(samples.submit(at=at(hours=-1)), *decided(at(hours=6))),
        request(samples.submit(DEFERRABLE, at=at(hours=1))),
        request(dose(at(hours=2)), samples.to_agency(at=at(hours=8)), *decided(at(hours=20), grants=False)),
        request(samples.agree(at=at(hours=3))),
        renewed(NUMBERS[0], at(hours=1), at(days=-2), *decided(at(days=1))),
    ]  # fmt: skip


def test_five_requests_of_which_each_went_its_own_way_are_one_number(few) -> None:
    told = made(Form.PUBLIC)
    assert told["requests"]["affected"] == 5
    for name in ("when", "state_at_start", "recorded", "channel"):
        assert told["requests"][name] == WITHHELD
    assert told["requests"]["never_sent"] is None
    decisions = told["decisions_late"]
    assert decisions["count"] == decisions["goals"] == decisions["silence"] == WITHHELD
    assert told["given"] == {"by_outcome": WITHHELD, "waited": {"median_hours": None}}
    assert told["patient_safety"]["to_review"] == WITHHELD
    summary = told["summary"]
    assert (summary["requests_affected"], summary["decisions_late"]) == (5, WITHHELD)


def test_under_five_even_the_number_is_masked() -> None:
    request(samples.submit(at=at(hours=1)))
    told = made(Form.PUBLIC)
    assert told["requests"]["affected"] == "< 5"
    assert told["summary"]["decisions_late"] == WITHHELD


def test_what_many_had_alike_is_published_whole() -> None:
    for minute in range(6):
        request(samples.submit(at=at(hours=1, minutes=minute)), *decided(at(hours=20)))
    for minute in range(5):
        given = at(hours=2, minutes=minute)
        request(
            dose(given), samples.to_agency(at=at(hours=9)), *decided(at(hours=20), given=given)
        )
    told = made(Form.PUBLIC)
    assert told["requests"]["affected"] == 11
    assert told["requests"]["when"] == {"reached": 11}
    assert told["decisions_late"]["count"] == 6
    assert told["decisions_late"]["goals"] == {"urgent.late": 6}
    assert told["given"] == {
        "by_outcome": {"criteria_met.regularised": 5}, "waited": {"median_hours": 18.0},
    }  # fmt: skip
    assert told["patient_safety"]["to_review"] == 6
    page = as_html(told)
    assert "Dispensation hors heures, critères remplis, régularisée" in page
    assert as_pdf(told).startswith(b"%PDF-")


def test_what_sheets_tell_elsewhere_parts_no_few_from_the_rest() -> None:
    for minute in range(6):
        request(samples.agree(at=at(hours=1, minutes=minute), sheet_number=f"F-{minute}"))
    assert made(Form.PUBLIC)["requests"]["affected"] == 6
    request(samples.agree(at=at(hours=2)))
    told = made(Form.PUBLIC)
    assert told["requests"]["affected"] == told["given"]["by_outcome"] == WITHHELD


def test_the_public_form_names_no_request_no_authorisation_and_no_instant_of_one(few) -> None:
    inner = retex.as_bytes(made()).decode()
    assert all(number in inner for number in (*few, NUMBERS[0]))
    told = made(Form.PUBLIC)
    for text in (retex.as_bytes(told).decode(), as_html(told)):
        assert [number for number in (*few, NUMBERS[0]) if number in text] == []
        assert "Accord oral, pas encore" not in text
    assert not any("rows" in told[name] for name in ("requests", "decisions_late", "given"))
    assert "rows" not in told["patient_safety"]


def test_what_was_published_stays_as_it_was_when_a_request_is_decided(few) -> None:
    retex.keep(made(Form.PUBLIC), by="x")
    first = retex.as_bytes(retex.report(NUMBER, Form.PUBLIC))
    request(samples.submit(at=at(hours=2)))
    retex.catch_up()
    assert retex.as_bytes(retex.report(NUMBER, Form.PUBLIC)) == first


def test_a_habit_of_few_is_masked_and_what_lacks_of_it_too() -> None:
    for week in range(1, 9):
        request(samples.submit(at=at(weeks=-week, hours=1)), *decided(at(weeks=-week, hours=3)))
    told = made(Form.PUBLIC)["requests"]
    assert told["usual"]["mean"] == WITHHELD
    assert told["never_sent"] is None


def test_a_report_that_was_published_before_this_was_told_still_prints(few) -> None:
    old = made(Form.PUBLIC)
    del old["given"]
    for name in ("requests", "decisions_late", "patient_safety"):
        old[name] = {"recorded": "not_recorded"}
    for name in ("requests_affected", "decisions_late", "patients_to_review"):
        old["summary"][name] = {"recorded": "not_recorded"}
    assert "Patients à revoir" in as_html(old)
