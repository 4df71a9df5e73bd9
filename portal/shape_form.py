"""A form made of a dataclass whose fields say what they mean (`events.described`).

Its names are those of the fields, joined by dots, with a number for a row; so a problem's JSON pointer
is the field's name with slashes. What was typed becomes the JSON that `events.shape.read` takes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, Self, TypeVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.calls import Serializer
from events.days import PARIS, read_instant
from events.errors import Problem
from events.shape import Shape, shapes_of
from portal import answers
from portal.problems import in_readers_language
from portal.report_fields import Field, Kind
from portal.report_form import Question

T = TypeVar("T")

LONG_TEXT = 500
LARGEST_ROW_NUMBER = 199
SAYS_NOTHING_ALONE = frozenset({"code"})
"""What a page fills in itself: a row that holds no more is left out."""
YES_NO = (("true", gettext_lazy("Oui")), ("false", gettext_lazy("Non")))
KINDS: Mapping[Any, Kind] = {
    int: Kind.WHOLE,
    float: Kind.NUMBER,
    date: Kind.DAY,
    datetime: Kind.INSTANT,
}
TITLE = "title."
_ROW = re.compile(r"\.(0|[1-9][0-9]{0,2})\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a field is asked, where its description does not say it."""

    label: str | Promise = ""
    hint: str | Promise = ""
    kind: Kind | None = None
    choices: tuple[tuple[str, str | Promise], ...] | None = None
    unit: str = ""
    autocomplete: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Names of fields that stand together under a title; `closed` until one has something to show."""

    title: str | Promise
    names: tuple[str, ...]
    closed: bool = False
    note: str | Promise = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroup:
    """A group as the page shows it."""

    title: str | Promise
    note: str | Promise
    questions: Sequence[Question]
    closed: bool
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row of several alike, under what tells it from the others."""

    number: int
    title: str
    name: str
    questions: Mapping[str, Question]


class Leaf(NamedTuple):
    """One plain field of a dataclass; `row` names the rows that it stands in."""

    shape: Shape
    row: str


@dataclass(slots=True, kw_only=True)
class ShapeForm:
    """What was typed under each name, and what is wrong with it; `titles` are those of rows."""

    shape: type[Any]
    asked: Mapping[str, Asked] = dataclass_field(default_factory=dict)
    labels: Mapping[str, str] = dataclass_field(default_factory=dict)
    typed: dict[str, list[str]] = dataclass_field(default_factory=dict)
    titles: dict[str, str] = dataclass_field(default_factory=dict)
    errors: dict[str, list[str]] = dataclass_field(default_factory=dict)
    general_errors: list[str] = dataclass_field(default_factory=list)
    focus: str = ""
    shown: list[str] = dataclass_field(default_factory=list)

    def take_post(self, post: QueryDict) -> Self:
        """Read what was posted; names that no field has are left out."""
        self.typed = {name: post.getlist(name) for name in post if self._leaf(name) is not None}
        self.titles = {
            name.removeprefix(TITLE): str(post[name]) for name in post if name.startswith(TITLE)
        }
        return self

    def fill(self, told: Mapping[str, Any], prefix: str = "") -> Self:
        """Take what is known beforehand, as JSON."""
        for name, value in told.items():
            here = prefix + name
            if isinstance(value, Mapping):
                self.fill(value, f"{here}.")
            elif isinstance(value, list | tuple):
                for place, row in enumerate(value):
                    self.fill(row, f"{here}.{place}.")
            elif self._is_told(here, value):
                self.typed[here] = [_text(value)]
        return self

    def _is_told(self, name: str, value: Any) -> bool:
        """Say whether there is something to show: a box that is not ticked says nothing."""
        unticked = value is False and self._field(name).kind is Kind.CHECK
        return value not in (None, "") and not unticked

    def text(self, name: str) -> str:
        """Return what was typed in a field of one answer."""
        return answers.clean("".join(self.typed.get(name, [])[:1]))

    def to_json(self) -> dict[str, Any]:
        """Return what was said, as the API takes it: without what was left blank."""
        return self._object(self.shape, "")

    def read(self, serializer: type[Serializer[T]], now: datetime) -> T:
        """Return what was said as the domain reads it. Raises Refused with every problem."""
        return serializer(self.to_json(), received_at=now).get()

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field, in the reader's language; the rest goes to the top."""
        for problem in problems:
            name = self._name_of(problem.pointer)
            sentence = in_readers_language(problem.detail)
            if name is None:
                self.general_errors.append(sentence)
            else:
                self.add_error(name, sentence)

    def add_error(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field, once."""
        said = self.errors.setdefault(name, [])
        if sentence not in said:
            said.append(sentence)

    def settle(self) -> None:
        """Say at the top what is wrong with fields that this page does not show."""
        for name in [name for name in self.errors if name not in self.shown]:
            label = self.question(name).field.label
            self.general_errors += [f"{label} : {said}" for said in self.errors.pop(name)]

    def summary(self) -> list[tuple[str, str, str]]:
        """Return (HTML id, label, sentence) of every error, in the order of the page."""
        found = [name for name in self.shown if name in self.errors]
        return [
            (self.question(name).id, self._summary_label(name), sentence)
            for name in found
            for sentence in self.errors[name]
        ]

    def groups(self, groups: Iterable[Group]) -> list[ShownGroup]:
        """Return groups of questions as the page shows them."""
        return [self._group(group) for group in groups]

    def question(self, name: str) -> Question:
        """Return one field with what was typed and its errors."""
        return Question(
            field=self._field(name),
            name=name,
            typed=self.typed.get(name, []),
            errors=self.errors.get(name, []),
            focused=name == self.focus,
        )

    def numbers(self, rows: str) -> list[int]:
        """Return the row numbers in use, in order."""
        start = rows + "."
        found = {
            int(name.removeprefix(start).split(".")[0])
            for name in self.typed
            if name.startswith(start) and _ROW.search(name)
        }
        return sorted(found)

    def rows(self, rows: str) -> list[ShownRow]:
        """Return rows as the page shows them."""
        return [self._row(rows, number) for number in self.numbers(rows)]

    def add_row(self, rows: str) -> None:
        """Add an empty row."""
        number = max((one + 1 for one in self.numbers(rows)), default=0)
        if number <= LARGEST_ROW_NUMBER:
            first = next(key for key, leaf in leaves_of(self.shape).items() if leaf.row == rows)
            self.focus = f"{rows}.{number}.{first.removeprefix(rows + '.')}"
            self.typed[self.focus] = [""]

    def _object(self, cls: Any, prefix: str) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, shape in shapes_of(cls).items():
            value = self._answer(shape, prefix + name)
            if value is not None:
                body[name] = value
        return body

    def _answer(self, shape: Shape, here: str) -> Any:
        if shape.many:
            rows = [self._object(shape.type, f"{here}.{one}.") for one in self._filled(here)]
            return rows or None
        if is_dataclass(shape.type):
            inner = self._object(shape.type, f"{here}.")
            return inner if inner or shape.required else None
        text = self.text(here)
        return _value(self._field(here).kind, shape.type, text) if text else None

    def _filled(self, rows: str) -> list[int]:
        """Return the numbers of the rows that say something."""
        leaves = [key for key, leaf in leaves_of(self.shape).items() if leaf.row == rows]
        names = {key.removeprefix(rows + ".") for key in leaves} - SAYS_NOTHING_ALONE
        return [
            number
            for number in self.numbers(rows)
            if any(self.text(f"{rows}.{number}.{name}") for name in names)
        ]

    def _group(self, group: Group) -> ShownGroup:
        questions = [self.question(name) for name in group.names]
        self.shown += [name for name in group.names if name not in self.shown]
        return ShownGroup(
            title=group.title,
            note=group.note,
            questions=questions,
            closed=group.closed,
            open=any(one.errors for one in questions),
        )

    def _row(self, rows: str, number: int) -> ShownRow:
        start = f"{rows}.{number}"
        leaves = [key for key, leaf in leaves_of(self.shape).items() if leaf.row == rows]
        names = {key: f"{start}.{key.removeprefix(rows + '.')}" for key in leaves}
        self.shown += [name for name in names.values() if name not in self.shown]
        return ShownRow(
            number=number,
            title=self.titles.get(start, ""),
            name=start,
            questions={
                key.removeprefix(rows + "."): self.question(name) for key, name in names.items()
            },
        )

    def _summary_label(self, name: str) -> str:
        question = self.question(name)
        row = _ROW.search(name)
        return f"{question.field.label} ({int(row[1]) + 1})" if row else str(question.field.label)

    def _leaf(self, name: str) -> Leaf | None:
        key = _ROW.sub(".", name, count=1)
        leaf = leaves_of(self.shape).get(key)
        if leaf is None or bool(leaf.row) is (key == name):
            return None
        return leaf if not leaf.row or name.startswith(leaf.row + ".") else None

    def _field(self, name: str) -> Field:
        key = _ROW.sub(".", name, count=1)
        shape = leaves_of(self.shape)[key].shape
        asked = self.asked.get(key, Asked())
        about = shape.about
        choices = asked.choices if asked.choices is not None else _choices(shape, self.labels)
        return Field(
            name=name,
            label=str(asked.label) or in_readers_language(about.label or about.meaning),
            kind=asked.kind or _kind(shape),
            choices=choices,
            hint=asked.hint,
            unit=asked.unit,
            autocomplete=asked.autocomplete,
            required=asked.required,
        )

    def _name_of(self, pointer: str) -> str | None:
        """Return the field at a JSON pointer; an index of the JSON becomes the row it came from."""
        parts = pointer.strip("/").split("/")
        for place, part in enumerate(parts):
            rows = ".".join(parts[:place])
            if part.isdigit() and int(part) < len(self._filled(rows)):
                parts[place] = str(self._filled(rows)[int(part)])
        name = ".".join(parts)
        if self._leaf(name) is not None:
            return name
        within = self._first_of_row(name)
        return within if within is not None and self._leaf(within) is not None else None

    def _first_of_row(self, name: str) -> str | None:
        """Return where an error of a whole row is shown."""
        rows, dot, number_typed = name.rpartition(".")
        keys = [key for key, leaf in leaves_of(self.shape).items() if leaf.row == rows]
        if not (dot and number_typed.isdigit() and keys):
            return None
        return f"{name}.{keys[-1].removeprefix(rows + '.')}"


def leaves_of(cls: Any) -> Mapping[str, Leaf]:
    """Return every plain field inside a dataclass by its dotted name, in order."""
    return _leaves_of(cls)


@cache
def _leaves_of(cls: type) -> Mapping[str, Leaf]:
    return dict(_leaves(cls, "", ""))


def _leaves(cls: Any, prefix: str, row: str) -> Iterator[tuple[str, Leaf]]:
    for name, shape in shapes_of(cls).items():
        here = prefix + name
        if not is_dataclass(shape.type):
            yield here, Leaf(shape, row)
        else:
            yield from _leaves(shape.type, f"{here}.", here if shape.many else row)


def _kind(shape: Shape) -> Kind:
    if shape.type is bool:
        return Kind.CHECK if shape.about.hint is bool else Kind.RADIO
    if issubclass(shape.type, StrEnum):
        return Kind.CHOICE
    if shape.type is str:
        return Kind.LONG if (shape.about.length or 0) > LONG_TEXT else Kind.TEXT
    return KINDS.get(shape.type, Kind.TEXT)


def _choices(shape: Shape, labels: Mapping[str, str]) -> tuple[tuple[str, str | Promise], ...]:
    if shape.type is bool:
        return YES_NO
    if issubclass(shape.type, StrEnum):
        return tuple((one.value, labels.get(one, one.value)) for one in shape.type)
    return ()


def _value(kind: Kind, expected: Any, text: str) -> Any:
    """Return one answer as JSON; what cannot be read goes on as typed, to be refused in words."""
    if expected is bool:
        return {"true": True, "false": False}.get(text, text)
    match kind:
        case Kind.WHOLE:
            return answers.whole(text)
        case Kind.NUMBER:
            return answers.number(text)
        case Kind.DAY:
            return answers.iso_date(text)
        case Kind.INSTANT:
            return _instant(text)
        case _:
            return text


def _instant(text: str) -> str:
    """Return an instant that a browser's field tells, which is Paris time where it names no zone."""
    read = read_instant(text)
    return read.isoformat() if read is not None and "T" in text else text


def _text(value: Any) -> str:
    """Return how a field shows a JSON value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        local = datetime.fromisoformat(value).astimezone(PARIS)
        return local.strftime("%Y-%m-%dT%H:%M")
    return str(value)
