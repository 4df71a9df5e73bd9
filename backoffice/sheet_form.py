"""The form on which a sheet is typed: everything typed, its errors, and what it means."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, fields
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from django.http import QueryDict
from django.utils.functional import lazy
from django.utils.translation import gettext as _, gettext_lazy

from continuity.domain.sheet_content import DATES, SECTIONS, SheetContent, label
from continuity.domain.sheet_words import (
    LABELS,
    OralAnswer,
    SheetAgeUnit,
    SheetChannel,
    SheetKind,
    SheetSeriousness,
    SheetSex,
)
from continuity.sheets import Taken
from events.days import PARIS
from events.errors import Problem
from portal.answers import iso_date, to_json
from portal.problems import in_readers_language
from portal.report_fields import DATE_HINT, Field, Kind
from portal.report_form import Question

WHOLE_DATE = len("2026-03-14")
_TIME = re.compile(r"([01]?[0-9]|2[0-3])\s?[:hH]\s?([0-5][0-9])?", re.ASCII)
worded = lazy(in_readers_language, str)

ONE_OF: Mapping[str, type[StrEnum]] = {
    "patient_sex": SheetSex,
    "patient_age_unit": SheetAgeUnit,
    "answer": OralAnswer,
}
TICKS = frozenset({"called_back", "number_read_back", "both_attest"})
NUMBERS = frozenset({"patient_age_value", "patient_weight_kg"})
WHOLE = frozenset({"call_minutes", "valid_days"})
LONG = frozenset({"narrative", "why_not_deferrable", "trial_and_alternatives", "conditions"})
HINTS = {
    "called_back": gettext_lazy("Au numéro de l’annuaire, jamais à celui que l’appelant donne"),
    "patient_name_letters": gettext_lazy(
        "Trois au plus ; une seule pour un accès compassionnel. Chiffré."
    ),
    "department_code": gettext_lazy("Son code désigne le centre régional : 75, 2A, 974"),
}


def _choices(values: Iterable[StrEnum]) -> tuple[tuple[str, Any], ...]:
    return tuple((value.value, worded(LABELS[value])) for value in values)


def _asked(name: str) -> Field:
    """Return one field of the sheet as a question."""
    said, hint = worded(label(name)), HINTS.get(name, "")
    if name in TICKS:
        yes = (("yes", worded("Oui")),)
        return Field(name=name, label=said, kind=Kind.MANY, choices=yes, hint=hint)
    if name in ONE_OF:
        return Field(name=name, label=said, kind=Kind.CHOICE, choices=_choices(ONE_OF[name]))
    if name == "seriousness":
        serious = _choices(SheetSeriousness)
        return Field(name=name, label=said, kind=Kind.MANY, choices=serious)
    if name in DATES:
        return Field(name=name, label=said, kind=Kind.DATE, hint=DATE_HINT, autocomplete="off")
    kinds = dict.fromkeys(NUMBERS, Kind.NUMBER) | dict.fromkeys(WHOLE, Kind.WHOLE)
    kinds |= dict.fromkeys(LONG, Kind.LONG)
    kind = kinds.get(name, Kind.TEXT)
    return Field(name=name, label=said, kind=kind, hint=hint, autocomplete="off")


ABOUT = (
    Field(
        name="number",
        label=gettext_lazy("Numéro de la fiche"),
        hint=gettext_lazy("Tel qu’imprimé, par exemple DG-759900012-00007-K"),
        required=True,
        autocomplete="off",
    ),
    Field(
        name="kind",
        label=gettext_lazy("Nature"),
        kind=Kind.CHOICE,
        choices=_choices(SheetKind),
        required=True,
    ),
    Field(
        name="channel",
        label=gettext_lazy("Voie"),
        kind=Kind.CHOICE,
        choices=_choices(SheetChannel),
        required=True,
    ),
    Field(
        name="occurred_at",
        label=gettext_lazy("Appel ou écrit le"),
        hint=gettext_lazy("Jour de l’appel ou du papier, par exemple 14/03/2026"),
        required=True,
        autocomplete="off",
    ),
    Field(
        name="occurred_time",
        label=gettext_lazy("Heure de l’appel ou du papier"),
        hint=gettext_lazy("Par exemple 14:30"),
        autocomplete="off",
    ),
    Field(
        name="received_at",
        label=gettext_lazy("Reçu le, si c’est plus tard"),
        hint=gettext_lazy("Jour où l’agence ou le centre l’a eu : le délai part de ce jour"),
        autocomplete="off",
    ),
    Field(
        name="received_time",
        label=gettext_lazy("Heure de réception, si elle est connue"),
        hint=gettext_lazy("Par exemple 14:30"),
        autocomplete="off",
    ),
)
WRITTEN = Field(
    name="written",
    label=gettext_lazy("Ce numéro ne se lit pas ?"),
    kind=Kind.MANY,
    choices=(("yes", gettext_lazy("Il est écrit ainsi sur le papier : l’enregistrer tel quel")),),
)
CONTENT = {name: _asked(name) for _title, names, _kinds in SECTIONS for name in names}
ALL = {one.name: one for one in (*ABOUT, WRITTEN)} | CONTENT
USUAL = 5
"""How many sections are open at once: those that are asked of an adverse event too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One section of the form; `open` unless it is for few sheets and says nothing."""

    title: str
    questions: Sequence[Question]
    open: bool


@dataclass(slots=True, kw_only=True)
class SheetForm:
    """What was typed under each field name."""

    typed: dict[str, list[str]]
    errors: dict[str, list[str]] = dataclass_field(default_factory=dict)
    general_errors: list[str] = dataclass_field(default_factory=list)

    @classmethod
    def from_post(cls, post: QueryDict) -> "SheetForm":
        """Read a posted form; names that no field has are left out."""
        return cls(typed={name: post.getlist(name) for name in ALL if name in post})

    @property
    def about(self) -> list[Question]:
        """The questions of every sheet: which, what, how, when."""
        found = [self._question(field) for field in ABOUT]
        if self.errors.get("number") or self.typed.get("written"):
            found.insert(1, self._question(WRITTEN))
        return found

    @property
    def groups(self) -> list[Group]:
        """The sections of the sheet."""
        found = []
        for place, (title, names, _kinds) in enumerate(SECTIONS):
            questions = [self._question(CONTENT[name]) for name in names]
            said = any(question.errors or any(question.typed) for question in questions)
            shown = in_readers_language(title)
            found.append(Group(title=shown, questions=questions, open=said or place < USUAL))
        return found

    def taken(self) -> Taken | None:
        """Return what was typed; None where an error at a field says why it can't be."""
        kind, channel = self._one("kind", SheetKind), self._one("channel", SheetChannel)
        occurred = self._instant("occurred_at", "occurred_time")
        content = SheetContent(**dict(self._content()))
        received = occurred
        if self._text("received_at"):
            received = self._instant("received_at", "received_time")
        if self.errors or kind is None or channel is None or occurred is None or received is None:
            return None
        return Taken(
            number=self._text("number"),
            kind=SheetKind(kind),
            channel=SheetChannel(channel),
            content=content,
            occurred_at=occurred,
            received_at=received,
            written=bool(self.typed.get("written")),
        )

    def take_problems(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field; the rest goes to the top."""
        for problem in problems:
            name, sentence = problem.pointer.removeprefix("/"), in_readers_language(problem.detail)
            if name in ALL:
                self.errors.setdefault(name, []).append(sentence)
            else:
                self.general_errors.append(sentence)

    def summary(self) -> list[tuple[str, str, str]]:
        """Return (HTML id, label, sentence) of every error, in the order of the page."""
        return [
            (self._question(field).id, str(field.label), sentence)
            for field in ALL.values()
            for sentence in self.errors.get(field.name, ())
        ]

    def _question(self, field: Field) -> Question:
        return Question(
            field=field,
            name=field.name,
            typed=self.typed.get(field.name, []),
            errors=self.errors.get(field.name, []),
        )

    def _text(self, name: str) -> str:
        return "".join(self.typed.get(name, [])[:1]).strip()

    def _one(self, name: str, values: type[StrEnum]) -> str | None:
        said = self._text(name)
        if said in set(values):
            return said
        self.errors[name] = [_("Choisissez une réponse.")]
        return None

    def _content(self) -> Iterator[tuple[str, Any]]:
        """Yield what was said of each field; what can't be read is an error at it."""
        for item in fields(SheetContent):
            value = to_json(CONTENT[item.name], self.typed.get(item.name, []))
            if value is None:
                continue
            read = _read(item.name, value)
            if read is None:
                self.errors[item.name] = [_("Cette réponse ne se lit pas : vérifiez-la.")]
            else:
                yield item.name, read

    def _instant(self, day_name: str, hour_name: str) -> datetime | None:
        """Return the instant in Paris; a day without an hour begins at midnight."""
        day, hour = iso_date(self._text(day_name)), self._text(hour_name)
        read = _TIME.fullmatch(hour) if hour else None
        whole = _day(day)
        if whole is None:
            self.errors[day_name] = [_("Écrivez un jour entier, par exemple 14/03/2026.")]
        if hour and read is None:
            self.errors[hour_name] = [_("Écrivez une heure, par exemple 14:30.")]
        if whole is None or (hour and read is None):
            return None
        at = time(int(read[1]), int(read[2] or 0)) if read else time.min
        return datetime.combine(whole, at, PARIS)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == WHOLE_DATE else None
    except ValueError:
        return None


def _read(name: str, value: Any) -> Any:
    """Return an answer with the type of its field, None where it has none such."""
    if name in TICKS:
        return True
    if name in ONE_OF:
        return ONE_OF[name](value) if value in set(ONE_OF[name]) else None
    if name == "seriousness":
        known = [one for one in SheetSeriousness if one in value]
        return tuple(known) if len(known) == len(set(value)) else None
    wanted = {**dict.fromkeys(NUMBERS, float), **dict.fromkeys(WHOLE, int)}.get(name, str)
    return value if isinstance(value, wanted) else None
