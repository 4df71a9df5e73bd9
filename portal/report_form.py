"""The declaration form between two requests: everything typed, row by row, and its errors."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from events.errors import Problem
from portal.answers import to_json
from portal.problems import in_readers_language
from portal.report_fields import RECEIPT, ROWS, SINGLES, Field

LARGEST_ROW_NUMBER = 999
Typed = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field as the page shows it: what was typed, and what is wrong with it.

    `known` says what is known already; `shown` lists the boxes that the page had ticked itself.
    """

    field: Field
    name: str
    typed: Sequence[str]
    errors: Sequence[str] = ()
    known: str = ""
    shown: str | None = None
    focused: bool = False

    @property
    def id(self) -> str:
        """The HTML id of the field."""
        return _id_of(self.name)

    @property
    def text(self) -> str:
        """What was typed in a field of one answer."""
        return self.typed[0] if self.typed else ""

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """The choices as (value, label in the reader's language, chosen)."""
        pairs: Iterable[tuple[str, Any]] = (
            self.field.choices
            if isinstance(self.field.choices, tuple)
            else ((choice.value, choice.label) for choice in self.field.choices)
        )
        return [
            (value, in_readers_language(str(label)), value in self.typed) for value, label in pairs
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One drug, reaction or blood product of the form."""

    prefix: str
    number: int
    questions: Mapping[str, Question]

    def pick(self, fields: Iterable[Field]) -> list[Question]:
        """Return the questions of these fields, in order."""
        return [self.questions[field.name] for field in fields]


@dataclass(slots=True, kw_only=True)
class ReportForm:
    """What was typed under each field name, `drugs.0.name` for a row."""

    typed: Typed
    errors: dict[str, list[str]] = dataclass_field(default_factory=dict)
    general_errors: list[str] = dataclass_field(default_factory=list)
    focus: str = ""

    @classmethod
    def from_post(cls, post: QueryDict) -> "ReportForm":
        """Read a posted form; names that no field has are left out."""
        return cls(typed=typed_in(post))

    @classmethod
    def blank(cls, prefilled: Mapping[str, str | None]) -> "ReportForm":
        """Return a form with one drug and one reaction, and what is known beforehand."""
        typed = {name: [value] for name, value in prefilled.items() if value}
        form = cls(typed=typed)
        for prefix in ("drugs", "reactions"):
            form.add(prefix)
        form.focus = ""
        return form

    def first_number(self, prefix: str) -> int:
        """Return the number of the first row that this form may add."""
        del prefix
        return 0

    def numbers(self, prefix: str) -> list[int]:
        """Return the row numbers in use under `prefix`, in order."""
        found = {int(name.split(".")[1]) for name in self.typed if name.startswith(prefix + ".")}
        return sorted(found)

    def add(self, prefix: str) -> None:
        """Add an empty row."""
        number = max((one + 1 for one in self.numbers(prefix)), default=0)
        number = max(number, self.first_number(prefix))
        if number <= LARGEST_ROW_NUMBER:
            self.focus = f"{prefix}.{number}.{ROWS[prefix][0].name}"
            self.typed[self.focus] = [""]

    def remove(self, row: str) -> None:
        """Take away a row, `drugs.1`; the others keep what was typed."""
        self.typed = {
            name: typed for name, typed in self.typed.items() if not name.startswith(row + ".")
        }

    def rows(self, prefix: str) -> list[Row]:
        """Return the rows under `prefix` as the page shows them."""
        return [
            Row(
                prefix=prefix,
                number=number,
                questions={
                    field.name: self.question(field, f"{prefix}.{number}.")
                    for field in ROWS[prefix]
                },
            )
            for number in self.new_numbers(prefix)
        ]

    def new_numbers(self, prefix: str) -> list[int]:
        """Return the numbers of the rows that this form adds."""
        return [one for one in self.numbers(prefix) if one >= self.first_number(prefix)]

    def question(self, field: Field, prefix: str = "") -> Question:
        """Return one field with what was typed and its errors."""
        name = prefix + field.name
        return Question(
            field=field,
            name=name,
            typed=self.typed.get(name, []),
            errors=self.errors.get(name, []),
            focused=name == self.focus,
        )

    def questions(self, fields: Iterable[Field]) -> list[Question]:
        """Return several fields."""
        return [self.question(field) for field in fields]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the API takes it; empty rows and answers are left out."""
        report: dict[str, Any] = {}
        for name, value in self._answers(SINGLES, ""):
            _put(report, name.split("."), value)
        for prefix in ROWS:
            if rows := [row for _number, row in self.filled_rows(prefix)]:
                report[prefix] = rows
        return report

    def filled_rows(self, prefix: str) -> list[tuple[int, dict[str, Any]]]:
        """Return (row number, answers) of every row that says something."""
        rows = [
            (number, dict(self._answers(ROWS[prefix], f"{prefix}.{number}.")))
            for number in self.numbers(prefix)
        ]
        # The type of a new product is chosen beforehand and says nothing alone.
        first = self.first_number(prefix)
        return [
            (number, row)
            for number, row in rows
            if (row if number < first else row.keys() - {"kind"})
        ]

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field, in the reader's language; the rest goes to the top."""
        places = {prefix: [number for number, _row in self.filled_rows(prefix)] for prefix in ROWS}
        for problem in problems:
            name = _name_of(problem.pointer, places)
            if name is None:
                self.general_errors.append(_wording(problem))
            else:
                self.add_error(name, _wording(problem))

    def add_error(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field."""
        self.errors.setdefault(name, []).append(sentence)

    def summary(self) -> list[tuple[str, str, str]]:
        """Return (HTML id, label, sentence) of every error, in the order of the page."""
        order = {name: place for place, name in enumerate(self._names())}
        found = sorted(self.errors, key=lambda name: order.get(name, len(order)))
        return [
            (_id_of(name), self._label_of(name), sentence)
            for name in found
            for sentence in self.errors[name]
        ]

    def row_title(self, prefix: str, number: int) -> str:
        """Return what tells a row from its neighbours, as the page does: its place, or nothing."""
        places = self.new_numbers(prefix)
        return str(places.index(number) + 1) if number in places and len(places) > 1 else ""

    def _label_of(self, name: str) -> str:
        field = _field_of(name)
        label = _(str(field.label)) if field else ""
        parts = name.split(".")
        title = self.row_title(parts[0], int(parts[1])) if parts[0] in ROWS else ""
        return f"{label} ({title})" if title else label

    def _names(self) -> Iterator[str]:
        yield from (field.name for field in RECEIPT)
        for prefix, fields in ROWS.items():
            for number in self.numbers(prefix):
                yield from (f"{prefix}.{number}.{field.name}" for field in fields)
        yield from (field.name for field in SINGLES)

    def _answers(self, fields: Sequence[Field], prefix: str) -> Iterator[tuple[str, Any]]:
        answers = {
            field.name: to_json(field, self.typed.get(prefix + field.name, [])) for field in fields
        }
        for field in fields:
            value = answers[field.name]
            alone = self._is_chosen_beforehand(field) and answers[field.needs] is None
            if value is not None and not alone:
                yield field.name, value

    def _is_chosen_beforehand(self, field: Field) -> bool:
        """Say whether the page answers a field itself, which then says nothing alone."""
        return bool(field.needs)


def _put(report: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *parents, last = path
    for parent in parents:
        report = report.setdefault(parent, {})
    report[last] = value


_BY_NAME = {field.name: field for field in (*SINGLES, *RECEIPT)}
_IN_ROWS = {(prefix, field.name): field for prefix, fields in ROWS.items() for field in fields}
_ROW = re.compile(r"([a-z_]+)\.(0|[1-9][0-9]{0,2})\.([a-z_]+)")


def typed_in(post: QueryDict) -> Typed:
    """Return what was posted under the names of fields; other names are left out."""
    return {name: post.getlist(name) for name in post if _field_of(name) is not None}


def _field_of(name: str) -> Field | None:
    in_row = _ROW.fullmatch(name)
    return _IN_ROWS.get((in_row[1], in_row[3])) if in_row else _BY_NAME.get(name)


def _id_of(name: str) -> str:
    return "q-" + name.replace(".", "-")


def _wording(problem: Problem) -> str:
    """Return the sentence of a problem; dates are typed here the French way, not as in the API."""
    if problem.code == "date_format":
        return _("Cette date ne peut pas être lue : écrivez 14/03/2026, 03/2026 ou 2026.")
    return in_readers_language(problem.detail)


def _name_of(pointer: str, places: Mapping[str, Sequence[int]]) -> str | None:
    """Return the field at a JSON pointer; indexes of the JSON become row numbers of the form."""
    parts = pointer.strip("/").split("/")
    if parts[0] in places and len(parts) > 1 and parts[1].isdigit():
        numbers = places[parts[0]]
        index = int(parts[1])
        if index >= len(numbers):
            return None
        parts[1] = str(numbers[index])
        # An error of the whole row is shown at its first field.
        parts = parts if len(parts) > 2 else [*parts, ROWS[parts[0]][0].name]
    elif parts[0] in places:
        first = places[parts[0]][0] if places[parts[0]] else 0
        parts = [parts[0], str(first), ROWS[parts[0]][0].name]
    while parts:
        name = ".".join(parts)
        if _field_of(name) is not None:
            return name
        parts.pop()
    return None
