"""The form's answers become the API's JSON, and the API's problems find their field again."""

import pytest
from django.http import QueryDict

from events.described import described
from events.errors import Problem
from pharmacovigilance.domain.report import Report
from portal.answers import french_date, iso_date
from portal.report_fields import ROWS, SINGLES
from portal.report_form import ReportForm

# Terminology codes come from software, not from a person who types.
NOT_ASKED = {"reactions.code", "reactions.code_version"}


def posted(**answers: str | list[str]) -> ReportForm:
    post = QueryDict(mutable=True)
    for name, value in answers.items():
        post.setlist(name.replace("__", "."), value if isinstance(value, list) else [value])
    return ReportForm.from_post(post)


def paths(cls: type, prefix: str = "") -> set[str]:
    found = set()
    for name, about in described(cls).items():
        here = prefix + name
        found |= paths(about.inner, here + ".") if about.inner else {here}
    return found


def test_every_field_of_the_report_is_asked() -> None:
    asked = {field.name for field in SINGLES} | {
        f"{prefix}.{field.name}" for prefix, fields in ROWS.items() for field in fields
    }
    assert paths(Report) - asked == NOT_ASKED
    assert asked <= paths(Report)


def test_an_empty_form_says_nothing() -> None:
    form = ReportForm.blank({"patient.age_unit": "year"})
    assert form.to_json() == {}


def test_answers_become_json_of_the_right_type() -> None:
    form = posted(
        drugs__0__name=" Dolip ",
        drugs__0__dose_number="2",
        drugs__0__start="3/2026",
        reactions__0__term="Urticaire",
        reactions__0__onset="14/03/2026",
        seriousness=["death", "disability"],
        patient__age_value="37,5",
        patient__age_unit="year",
        patient__newborn__trimesters=["1", "3"],
        narrative="une ligne\r\nune autre",
    )
    assert form.to_json() == {
        "drugs": [{"name": "Dolip", "dose_number": 2, "start": "2026-03"}],
        "reactions": [{"term": "Urticaire", "onset": "2026-03-14"}],
        "seriousness": ["death", "disability"],
        "patient": {"age_value": 37.5, "age_unit": "year", "newborn": {"trimesters": [1, 3]}},
        "narrative": "une ligne\nune autre",
    }


def test_what_cannot_be_read_is_passed_on_as_typed() -> None:
    form = posted(patient__age_value="vieux", drugs__0__dose_number="deux", death_date="hier")
    assert form.to_json() == {
        "patient": {"age_value": "vieux"},
        "drugs": [{"dose_number": "deux"}],
        "death_date": "hier",
    }


def test_a_unit_without_its_age_and_a_kind_without_its_drug_say_nothing() -> None:
    assert posted(patient__age_unit="year", drugs__0__kind="vaccine").to_json() == {}


def test_names_that_no_field_has_are_left_out() -> None:
    form = posted(admin="1", drugs__x__name="a", drugs__0__secret="b", patient__sex="male")
    assert form.to_json() == {"patient": {"sex": "male"}}


@pytest.mark.parametrize(
    "name",
    [
        "drugs.#.name",
        "drugs.٣.name",
        "drugs.01.name",
        "drugs.1000.name",
        "drugs.1.name.0",
        "drugs.",
    ],
)
def test_a_row_has_a_plain_number_and_nothing_else(name: str) -> None:
    post = QueryDict(mutable=True)
    post[name] = "Aspirine"
    form = ReportForm.from_post(post)
    assert form.to_json() == {}
    assert form.rows("drugs") == []


def test_a_row_taken_away_leaves_the_others_as_typed() -> None:
    form = posted(drugs__0__name="A", drugs__1__name="B", drugs__2__name="C")
    form.remove("drugs.1")
    form.add("drugs")
    assert [row.questions["name"].text for row in form.rows("drugs")] == ["A", "C", ""]
    assert form.to_json()["drugs"] == [{"name": "A"}, {"name": "C"}]


def test_problems_find_their_row_past_empty_ones() -> None:
    form = posted(drugs__0__name="", drugs__3__name="B", drugs__3__start="2030")
    form.take_problems([Problem("/drugs/0/start", "code", "futur")])
    assert form.errors == {"drugs.3.start": ["futur"]}
    assert form.summary() == [("q-drugs-3-start", "Première prise ou injection (2)", "futur")]


def test_a_row_is_numbered_as_on_the_page_and_only_beside_others() -> None:
    form = posted(drugs__0__name="A", drugs__1__name="B", drugs__1__start="2030")
    form.remove("drugs.0")
    form.take_problems([Problem("/drugs/0/start", "code", "futur")])
    assert form.summary() == [("q-drugs-1-start", "Première prise ou injection", "futur")]


def test_an_unreadable_date_is_answered_in_the_way_it_is_typed() -> None:
    form = posted(death_date="14/03/26")
    form.take_problems([Problem("/death_date", "date_format", "AAAA-MM-JJ")])
    (sentence,) = form.errors["death_date"]
    assert "14/03/2026" in sentence
    assert "AAAA" not in sentence


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/patient/sex", "patient.sex"),
        ("/patient/newborn/trimesters/0", "patient.newborn.trimesters"),
        ("/seriousness/2", "seriousness"),
        ("/drugs", "drugs.0.name"),
        ("/drugs/0", "drugs.0.name"),
        ("/reactions", "reactions.0.term"),
    ],
)
def test_a_pointer_finds_the_nearest_field(pointer: str, field: str) -> None:
    form = posted(drugs__0__name="A")
    form.take_problems([Problem(pointer, "code", "non")])
    assert form.errors == {field: ["non"]}
    assert form.general_errors == []


@pytest.mark.parametrize("pointer", ["", "/", "/unknown", "/drugs/7/name", "/patient"])
def test_a_pointer_without_field_goes_to_the_top(pointer: str) -> None:
    form = posted(drugs__0__name="A")
    form.take_problems([Problem(pointer, "code", "non")])
    assert form.errors == {}
    assert form.general_errors == ["non"]


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("14/03/2026", "2026-03-14"),
        ("1.3.2026", "2026-03-01"),
        ("03/2026", "2026-03"),
        ("2026", "2026"),
        ("2026-03-14", "2026-03-14"),
        ("hier", "hier"),
        ("31/02/2026", "2026-02-31"),
    ],
)
def test_dates_are_read_the_french_way(typed: str, iso: str) -> None:
    assert iso_date(typed) == iso


@pytest.mark.parametrize(
    ("iso", "shown"), [("2026-03-14", "14/03/2026"), ("2026-03", "03/2026"), ("2026", "2026")]
)
def test_dates_are_shown_the_french_way(iso: str, shown: str) -> None:
    assert french_date(iso) == shown
    assert iso_date(shown) == iso
