"""The follow-up form between two requests: what was typed, beside what its page showed as known.

Rows are numbered by the report as it was when the page was read, and a box counts only where it
differs from how it was shown: so the same form says the same whatever was recorded meanwhile.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field, replace
from typing import Any

from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from typing_extensions import override

from pharmacovigilance.domain.known import report_after
from pharmacovigilance.domain.report import Report
from pharmacovigilance.queries import DeclarationShown
from portal.report_fields import NEWBORN, ROWS, SERIOUSNESS, STORY_MORE, Field, Kind
from portal.report_form import Question, ReportForm, Row, typed_in
from portal.report_view import known_value

TICKED = tuple(
    field
    for field in (SERIOUSNESS, *STORY_MORE, *NEWBORN)
    if field.kind in {Kind.MANY, Kind.MANY_WHOLE}
)
"""The lists of boxes that a page shows as they are known."""

MAY_BE_EMPTIED = frozenset({"seriousness", "circumstances"})
NAMES = {"drugs": "name", "reactions": "term"}
SHOWN = "shown."
COUNTED = "known."
LONGEST_KNOWN = 300
_WHOLE = re.compile("[0-9]{1,9}", re.ASCII)


@dataclass(kw_only=True)
class FollowUpForm(ReportForm):
    """What was typed of a follow-up to the report as known at `version`.

    Its page tells how many drugs and reactions it showed as known: so a form can be taken also while
    the report itself cannot be read.
    """

    version: int
    report: Report
    counts: Mapping[str, int] = dataclass_field(default_factory=dict)
    shown: Mapping[str, Sequence[str]] = dataclass_field(default_factory=dict)

    @classmethod
    def opened(cls, case: DeclarationShown) -> "FollowUpForm":
        """Return the form as it is first shown."""
        shown = _boxes(case)
        typed = {name: list(codes) for name, codes in shown.items() if codes}
        form = cls(
            typed=typed,
            version=case.version,
            report=case.report,
            counts=_counts(case.report),
            shown=shown,
        )
        for prefix in NAMES:
            form.add(prefix)
        form.focus = ""
        return form

    @classmethod
    def sent(cls, case: DeclarationShown, post: QueryDict) -> "FollowUpForm":
        """Read a posted form beside the report that its page showed."""
        version = _whole(post, "version")
        version = case.version if version is None else version
        known = (step.event for step in case.history if step.version <= version)
        report = report_after(known) or Report()
        return cls(
            typed=typed_in(post),
            version=version,
            report=report,
            counts=_counts(report),
            shown=_shown(post),
        )

    @classmethod
    def unread(cls, post: QueryDict) -> "FollowUpForm | None":
        """Read a posted form without the report, to be taken and not to be shown.

        None where it does not say beside what it was filled in, as pages of old did not.
        """
        version = _whole(post, "version")
        counts = {prefix: _whole(post, COUNTED + prefix) for prefix in NAMES}
        told = {prefix: count for prefix, count in counts.items() if count is not None}
        if version is None or len(told) < len(NAMES):
            return None
        return cls(
            typed=typed_in(post),
            version=version,
            report=Report(),
            counts=told,
            shown=_shown(post),
        )

    def moved_to(self, case: DeclarationShown) -> "FollowUpForm":
        """Return the form beside what is known now; what was typed, ticked and unticked stays."""
        shown = _boxes(case)
        typed = {self._renumbered(name, case.report): said for name, said in self.typed.items()}
        for name, codes in shown.items():
            typed[name] = _merged(codes, self.shown.get(name, ()), self.typed.get(name, ()))
        return FollowUpForm(
            typed=typed,
            general_errors=self.general_errors,
            version=case.version,
            report=case.report,
            counts=_counts(case.report),
            shown=shown,
        )

    @override
    def first_number(self, prefix: str) -> int:
        return self.counts.get(prefix, 0)

    def known_rows(self, prefix: str) -> list[tuple[str, Row]]:
        """Return (name, row) of every drug or reaction that is known."""
        return [
            (
                self.row_title(prefix, number),
                Row(
                    prefix=prefix,
                    number=number,
                    questions={
                        field.name: self.question(_of_known(field), f"{prefix}.{number}.")
                        for field in ROWS[prefix]
                    },
                ),
            )
            for number in range(self.first_number(prefix))
        ]

    def say_what_cannot_be_emptied(self) -> None:
        """Put an error at the lists of boxes that a follow-up cannot empty."""
        for field in TICKED:
            emptied = self.shown.get(field.name) and not self.typed.get(field.name)
            if emptied and field.name not in MAY_BE_EMPTIED:
                sentence = _(
                    "Cochez au moins une réponse : un complément ne vide pas cette liste."
                )
                self.add_error(field.name, sentence)

    @override
    def question(self, field: Field, prefix: str = "") -> Question:
        asked = super().question(field, prefix)
        if field in TICKED:
            return replace(asked, shown=" ".join(self.shown.get(field.name, ())))
        known = known_value(field, self._known(asked.name))
        return replace(asked, known=Truncator(known).chars(LONGEST_KNOWN))

    @override
    def row_title(self, prefix: str, number: int) -> str:
        if number >= self.first_number(prefix):
            return super().row_title(prefix, number)
        return self._known(f"{prefix}.{number}.{NAMES[prefix]}") or str(number + 1)

    @override
    def to_json(self) -> dict[str, Any]:
        """Return the information as the API takes it.

        A row of a known item carries its index; boxes are sent where they differ from those shown.
        """
        body = super().to_json()
        for prefix in NAMES:
            if rows := self.filled_rows(prefix):
                first = self.first_number(prefix)
                body[prefix] = [
                    row | ({"index": number} if number < first else {}) for number, row in rows
                ]
        return {name: [] for name in MAY_BE_EMPTIED if self._changed(name)} | body

    @override
    def _answers(self, fields: Sequence[Field], prefix: str) -> Iterator[tuple[str, Any]]:
        for name, value in super()._answers(fields, prefix):
            if name not in self.shown or self._changed(name):
                yield name, value

    @override
    def _is_chosen_beforehand(self, field: Field) -> bool:
        # Here nothing is: a unit without its age corrects what is known, and is not to be lost.
        return False

    def _changed(self, name: str) -> bool:
        """Say whether a list of boxes differs from how it was shown."""
        return set(self.shown.get(name, ())) != set(self.typed.get(name, ()))

    def _known(self, name: str) -> Any:
        """Return what the report says under a field's name."""
        prefix, *path = name.split(".")
        if prefix not in ROWS:
            return _at(self.report, name)
        if int(path[0]) >= self.first_number(prefix):
            return None
        return _at(getattr(self.report, prefix)[int(path[0])], path[1])

    def _renumbered(self, name: str, report: Report) -> str:
        """Return a field's name after the rows that were added to the report meanwhile."""
        prefix, dot, rest = name.partition(".")
        if prefix not in NAMES:
            return name
        number, _dot, last = rest.partition(".")
        added = len(getattr(report, prefix)) - self.first_number(prefix)
        moved = int(number) + (added if int(number) >= self.first_number(prefix) else 0)
        return f"{prefix}{dot}{moved}.{last}"


def _counts(report: Report) -> dict[str, int]:
    return {prefix: len(getattr(report, prefix)) for prefix in NAMES}


def _shown(post: QueryDict) -> dict[str, Sequence[str]]:
    return {field.name: post.get(SHOWN + field.name, "").split() for field in TICKED}


def _whole(post: QueryDict, name: str) -> int | None:
    text = post.get(name, "")
    return int(text) if _WHOLE.fullmatch(text) else None


def _of_known(field: Field) -> Field:
    """Return the question about a known item: a role left unsaid stays, and is not suspect."""
    return replace(field, hint="") if field.name == "role" else field


def _boxes(case: DeclarationShown) -> dict[str, Sequence[str]]:
    """Return the boxes ticked by what is known: for seriousness the criteria met, told or not."""
    known = {field.name: _at(case.report, field.name) or () for field in TICKED}
    known[SERIOUSNESS.name] = case.facts.seriousness
    return {name: [str(code) for code in codes] for name, codes in known.items()}


def _merged(now: Sequence[str], shown: Iterable[str], ticked: Sequence[str]) -> list[str]:
    """Return the boxes of now with what a person ticked and unticked among those shown to her."""
    unticked = set(shown) - set(ticked)
    added = [code for code in ticked if code not in set(shown)]
    return list(dict.fromkeys([code for code in now if code not in unticked] + added))


def _at(holder: Any, name: str) -> Any:
    for part in name.split("."):
        holder = getattr(holder, part, None)
    return holder
