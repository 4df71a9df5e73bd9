"""The forms of compassionate access: everything typed, its errors, and what it means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compassionate.domain.vocabulary import LABELS
from events.days import LAST_YEAR, OLDEST_YEAR, PARIS
from events.errors import Problem
from events.texts import is_readable
from portal.answers import iso_date
from portal.problems import in_readers_language
from portal.report_fields import Field, Kind
from portal.report_form import Question

T = TypeVar("T", bound=StrEnum)

WHOLE_DATE = len("2026-03-14")
LONGEST = 20_000
_TIME = re.compile(r"([01]?[0-9]|2[0-3])\s?[:hH]\s?([0-5][0-9])?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
YES = _("Oui")
DAY_HINT = _("Par exemple 14/03/2026")
DAY_NEEDED = _("Écrivez un jour entier, par exemple 14/03/2026.")
TIME_NEEDED = _("Écrivez une heure, par exemple 14:30.")
NUMBER_NEEDED = _("Écrivez un nombre entier.")
CHOICE_NEEDED = _("Choisissez une réponse.")
ANSWER_NEEDED = _("Cette réponse est nécessaire.")
TEXT_UNREADABLE = _("Ce texte contient un caractère illisible, ou il est trop long : retapez-le.")
LENGTHS = {
    "conditions": 4_000, "delegation": 200, "exceptional": 4_000, "holder": 250,
    "in_spite_of": 2_000, "indication": 80, "indication_text": 4_000, "new_fact": 4_000, "outcome": 4_000,
    "product": 80, "product_name": 250, "quality": 200, "reference": 200, "reason": 2_000,
    "safety_follow_up": 4_000, "sheet_number": 40, "trial": 500, "urgency": 4_000,
    "vital_reason": 4_000,
}  # fmt: skip
"""Longest text of a field, where its command does not look at that itself."""
ALIASES = {
    "reasons": "law",
    "terms": "begins_on",
    "dispensing": "called_on",
    "occurred_at": "called_on",
    "prescription": "product_name",
}
"""Where a refusal that names a whole part is shown: at its first field."""


def text(
    name: str, label: str | Promise, *, hint: str | Promise = "", required: bool = False
) -> Field:
    """Return a question of one line."""
    return Field(name=name, label=label, hint=hint, required=required, autocomplete="off")


def long(
    name: str, label: str | Promise, *, hint: str | Promise = "", required: bool = False
) -> Field:
    """Return a question of several lines."""
    return Field(name=name, label=label, kind=Kind.LONG, hint=hint, required=required)


def day(
    name: str, label: str | Promise, *, hint: str | Promise = DAY_HINT, required: bool = False
) -> Field:
    """Return a question that asks for a day."""
    return Field(
        name=name, label=label, kind=Kind.DATE, hint=hint, required=required, autocomplete="off"
    )


def whole(
    name: str, label: str | Promise, *, hint: str | Promise = "", required: bool = False
) -> Field:
    """Return a question that asks for a whole number."""
    return Field(
        name=name, label=label, kind=Kind.WHOLE, hint=hint, required=required, autocomplete="off"
    )


def tick(
    name: str,
    label: str | Promise,
    sentence: str | Promise = YES,
    *,
    hint: str | Promise = "",
) -> Field:
    """Return a box to tick beside a sentence."""
    return Field(name=name, label=label, kind=Kind.MANY, choices=(("yes", sentence),), hint=hint)


def choice(
    name: str,
    label: str | Promise,
    values: Iterable[StrEnum],
    *,
    hint: str | Promise = "",
    required: bool = False,
) -> Field:
    """Return a question with the words of a closed list."""
    pairs = tuple((value.value, LABELS[value]) for value in values)
    return Field(
        name=name, label=label, kind=Kind.CHOICE, choices=pairs, hint=hint, required=required
    )


def many(
    name: str,
    label: str | Promise,
    values: Iterable[StrEnum],
    *,
    hint: str | Promise = "",
    required: bool = False,
) -> Field:
    """Return a question of which several answers may hold."""
    asked = choice(name, label, values, hint=hint, required=required)
    return replace(asked, kind=Kind.MANY)


@dataclass(slots=True, kw_only=True)
class AccessForm:
    """What was typed under each field name; in the page each name begins with the form's own."""

    name: str
    fields: Sequence[Field]
    typed: dict[str, list[str]]
    errors: dict[str, list[str]] = dataclass_field(default_factory=dict)
    general_errors: list[str] = dataclass_field(default_factory=list)

    @classmethod
    def known(
        cls, name: str, fields: Sequence[Field], known: Mapping[str, Sequence[str]]
    ) -> "AccessForm":
        """Return a form with what is known beforehand."""
        typed = {k: [said] if isinstance(said, str) else [*said] for k, said in known.items()}
        return cls(name=name, fields=fields, typed=typed)

    @classmethod
    def from_post(cls, name: str, fields: Sequence[Field], post: QueryDict) -> "AccessForm":
        """Read a posted form; names that no field has are left out."""
        typed = {one.name: post.getlist(f"{name}.{one.name}") for one in fields}
        form = cls(name=name, fields=fields, typed=typed)
        for one in fields:
            longest = LENGTHS.get(one.name, LONGEST)
            if not all(is_readable(said) and len(said) <= longest for said in typed[one.name]):
                form.refuse(one.name, TEXT_UNREADABLE)
        return form

    @property
    def questions(self) -> list[Question]:
        """The fields as the page shows them."""
        return [self.question(one) for one in self.fields]

    def question(self, one: Field) -> Question:
        """Return one field as the page shows it."""
        return Question(
            field=one,
            name=f"{self.name}.{one.name}",
            typed=self.typed.get(one.name, []),
            errors=self.errors.get(one.name, []),
        )

    @property
    def refused(self) -> bool:
        """Whether something is wrong with it."""
        return bool(self.errors or self.general_errors)

    @property
    def sound(self) -> bool:
        """Whether everything typed can be read; what is required and lacks is told with the rest."""
        if not self.errors:
            return True
        for one in self.fields:
            if one.required and not self.errors.get(one.name) and not self.text(one.name):
                self.refuse(one.name, ANSWER_NEEDED)
        return False

    def refuse(self, name: str, sentence: str | Promise) -> None:
        """Put an error at a field."""
        if str(sentence) not in self.errors.setdefault(name, []):
            self.errors[name].append(str(sentence))

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field; the rest goes to the top."""
        names = {one.name for one in self.fields}
        for problem in problems:
            sentence = in_readers_language(problem.detail)
            parts = [one for one in problem.pointer.split("/") if one]
            at = next((one for one in reversed(parts) if one in names), "")
            at = at or next((ALIASES[one] for one in parts if ALIASES.get(one) in names), "")
            if at:
                self.refuse(at, sentence)
            elif sentence not in self.general_errors:
                self.general_errors.append(sentence)

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """Return (HTML id, label, sentence) of every error, in the order of the page."""
        return [
            (self.question(one).id, str(one.label), sentence)
            for one in self.fields
            for sentence in self.errors.get(one.name, ())
        ]

    def text(self, name: str) -> str:
        """Return what was typed, with the line ends of a text file."""
        return "".join(self.typed.get(name, [])[:1]).replace("\r\n", "\n").strip()

    def said(self, name: str) -> str | None:
        """Return what was typed, None for nothing."""
        return self.text(name) or None

    def lines(self, name: str) -> tuple[str, ...]:
        """Return what was typed line by line."""
        return tuple([one.strip() for one in self.text(name).splitlines() if one.strip()])

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return bool(self.text(name))

    def day(self, name: str, *, needed: bool = True) -> date | None:
        """Return the day that was typed; None, with an error at the field, where it is none."""
        found = _day(self.text(name))
        if found is None and (needed or self.text(name)):
            self.refuse(name, DAY_NEEDED)
        return found

    def instant(self, day_name: str, time_name: str) -> datetime | None:
        """Return the instant in Paris that was typed in two fields; None where it is none."""
        found, hour = self.day(day_name), _TIME.fullmatch(self.text(time_name))
        if hour is None:
            self.refuse(time_name, TIME_NEEDED)
        if found is None or hour is None:
            return None
        return datetime.combine(found, time(int(hour[1]), int(hour[2] or 0)), PARIS)

    def whole(self, name: str) -> int | None:
        """Return the whole number that was typed, None for nothing."""
        typed = self.text(name)
        if typed and not _WHOLE.fullmatch(typed):
            self.refuse(name, NUMBER_NEEDED)
            return None
        return int(typed) if typed else None

    def number(self, name: str) -> float | None:
        """Return the number that was typed, None for nothing."""
        typed = self.text(name).replace(",", ".").replace(" ", "")
        if not typed:
            return None
        try:
            found = float(typed)
        except ValueError:
            found = float("nan")
        if abs(found) < 1e9:
            return found
        self.refuse(name, _("Écrivez un nombre, par exemple 61,5."))
        return None

    def one(self, name: str, values: type[T], *, needed: bool = True) -> T | None:
        """Return which of a closed list was chosen."""
        typed = self.text(name)
        if typed in {one.value for one in values}:
            return values(typed)
        if needed or typed:
            self.refuse(name, CHOICE_NEEDED)
        return None

    def some(self, name: str, values: type[T]) -> tuple[T, ...]:
        """Return which of a closed list were chosen, in its order."""
        typed = self.typed.get(name, [])
        return tuple([one for one in values if one.value in typed])


def _day(typed: str) -> date | None:
    found = iso_date(typed)
    try:
        day = date.fromisoformat(found) if len(found) == WHOLE_DATE else None
    except ValueError:
        return None
    return day if day and OLDEST_YEAR <= day.year <= LAST_YEAR else None


def shown_day(found: date | None) -> str:
    """Return a day as it is typed."""
    return found.strftime("%d/%m/%Y") if found else ""
