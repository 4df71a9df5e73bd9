"""A form made of a dataclass: kinds of answers, rows, problems at their fields, what was typed stays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.http import QueryDict

from compassionate.domain.prescription import CriterionAnswer, Dispensing
from compassionate.domain.vocabulary import LABELS, Met, RequestKind, Sex
from events.described import given, said
from events.errors import Problem
from events.shape import read, to_json
from portal.report_fields import Kind
from portal.shape_form import Asked, Group, ShapeForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of everything."""

    name: str = given("Name", 120)
    story: str | None = said("Story", "Récit", 4_000)
    weight: float | None = said("Weight", "Poids")
    days: int | None = said("Days", "Durée")
    on: date | None = said("Day", "Jour")
    sex: Sex | None = said("Sex", "Sexe")
    waits: bool | None = said("Waits", "Différable")
    agrees: bool = said("Agrees", "Je m'engage", default=False)
    kind: RequestKind = said("Kind", "Type", default=RequestKind.INITIAL)
    dose: Dispensing | None = said("Dose", "Dose")
    criteria: tuple[CriterionAnswer, ...] = said("Criteria", default=())


def posted(**typed: str) -> ShapeForm:
    told = {name.replace("__", "."): value for name, value in typed.items()}
    post = QueryDict(mutable=True)
    post.update(told)
    return ShapeForm(shape=Sample, labels=LABELS).take_post(post)


def test_every_kind_of_answer_becomes_what_the_api_takes() -> None:
    form = posted(
        name=" Dupont ", story="a\r\nb", weight="61,5", days="180", on="2026-03-14", sex="female",
        waits="false", agrees="true", kind="renewal", dose__at="2026-01-02T09:30", dose__batch="B1",
    )  # fmt: skip
    value, problems = read(Sample, form.to_json())
    assert problems == []
    assert value == Sample(
        name="Dupont",
        story="a\nb",
        weight=61.5,
        days=180,
        on=date(2026, 3, 14),
        sex=Sex.FEMALE,
        waits=False,
        agrees=True,
        kind=RequestKind.RENEWAL,
        dose=Dispensing(at=datetime(2026, 1, 2, 8, 30, tzinfo=UTC), batch="B1"),
    )


def test_what_is_left_blank_is_not_said() -> None:
    form = posted(name="", story=" ", weight="", waits="", dose__batch="", stranger="x")
    assert form.to_json() == {}
    assert "stranger" not in form.typed


def test_how_a_field_is_asked_follows_from_its_type() -> None:
    form = ShapeForm(shape=Sample, labels=LABELS, asked={"sex": Asked(kind=Kind.RADIO)})
    kinds = {name: form.question(name).field.kind for name in (
        "name", "story", "weight", "days", "on", "sex", "waits", "agrees", "kind", "dose.at",
        "criteria.0.answer", "criteria.0.comment",
    )}  # fmt: skip
    assert kinds == {
        "name": Kind.TEXT, "story": Kind.LONG, "weight": Kind.NUMBER, "days": Kind.WHOLE,
        "on": Kind.DAY, "sex": Kind.RADIO, "waits": Kind.RADIO, "agrees": Kind.CHECK,
        "kind": Kind.CHOICE, "dose.at": Kind.INSTANT,
        "criteria.0.answer": Kind.CHOICE, "criteria.0.comment": Kind.LONG,
    }  # fmt: skip
    assert ("renewal", "Renouvellement", False) in form.question("kind").options


def test_a_row_that_says_nothing_is_left_out_and_problems_find_theirs() -> None:
    form = posted(
        name="x", criteria__0__code="a", criteria__2__code="b", criteria__2__answer="peut-être"
    )
    body = form.to_json()
    assert body["criteria"] == [{"code": "b", "answer": "peut-être"}]
    _value, problems = read(Sample, body)
    form.take_problems(problems)
    assert list(form.errors) == ["criteria.2.answer"]
    form.rows("criteria")
    assert form.summary()[0][0] == "q-criteria-2-answer"
    form.add_row("criteria")
    assert form.numbers("criteria") == [0, 2, 3]
    assert form.focus == "criteria.3.code"


def test_a_problem_that_no_field_shows_stands_at_the_top() -> None:
    form = posted(name="x", days="deux", weight="lourd")
    _value, problems = read(Sample, form.to_json())
    form.take_problems(
        [*problems, Problem("/nothing", "x", "Rien ne va."), Problem("", "y", "Non.")]
    )
    form.groups([Group(title="", names=("days",))])
    form.settle()
    assert [label for _id, label, _said in form.summary()] == ["Durée"]
    assert form.general_errors[:2] == ["Rien ne va.", "Non."]
    assert form.general_errors[2].startswith("Poids :")
    assert form.question("days").text == "deux"


def test_what_is_known_is_shown_and_comes_back_the_same() -> None:
    value = Sample(
        name="x",
        weight=61.0,
        on=date(2026, 3, 14),
        waits=False,
        agrees=True,
        dose=Dispensing(at=datetime(2026, 7, 2, 8, 30, tzinfo=UTC)),
        criteria=(CriterionAnswer(code="a", answer=Met.MET, comment="oui"),),
    )
    form = ShapeForm(shape=Sample, labels=LABELS).fill(to_json(value))
    assert form.text("dose.at") == "2026-07-02T10:30"
    assert form.text("waits") == "false"
    assert read(Sample, form.to_json()) == (value, [])
    unticked = ShapeForm(shape=Sample).fill(to_json(Sample(name="x")))
    assert "agrees" not in unticked.typed
