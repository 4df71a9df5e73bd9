"""A request in words: where it stands, who has it, what its parts say, what was found of each criterion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from compassionate.domain.decision import Reasons, Signature
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.request_events import InformationAsked, RequestRefused
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.request_table import WHY
from compassionate.domain.vocabulary import LABELS, RequestState as State
from compassionate.queries import RequestShown
from portal import access_fields as fields
from portal.problems import in_readers_language
from portal.report_view import Fact, Section
from portal.shape_form import Group, leaves_of

PHARMACY, PRESCRIBER, EITHER, AGENCY, NOBODY = "pharmacy", "prescriber", "either", "agency", ""
HOLDERS: Mapping[str, str | Promise] = {
    PRESCRIBER: gettext_lazy("Le prescripteur"),
    PHARMACY: gettext_lazy("La pharmacie (PUI)"),
    EITHER: gettext_lazy("L’établissement : prescripteur ou pharmacie"),
    AGENCY: gettext_lazy("L’agence"),
    NOBODY: gettext_lazy("Personne : elle est close"),
}
HAS_IT: Mapping[State, str] = {
    State.NOT_BEGUN: PRESCRIBER,
    State.DRAFT: PRESCRIBER,
    State.AT_PHARMACY: PHARMACY,
    State.RETURNED: PRESCRIBER,
    State.TO_REGULARISE: PHARMACY,
    State.RECEIVED: AGENCY,
    State.UNDER_ASSESSMENT: AGENCY,
    State.INFORMATION_ASKED: EITHER,
    State.TO_SIGN: AGENCY,
    State.GRANTED: NOBODY,
    State.REFUSED: NOBODY,
    State.WITHDRAWN: NOBODY,
    State.IMPLICIT: NOBODY,
}
READ = (
    fields.PATIENT,
    fields.PRODUCT,
    fields.NEED,
    fields.READ_ANEW,
    fields.JUSTIFICATION,
    Group(
        title=fields.UNDERTAKINGS.title,
        names=(*fields.CRITERIA_MET.names, *fields.UNDERTAKINGS.names),
    ),
    fields.PRESCRIBER,
)
UNITS = {"patient_age": "patient_age_unit"}
BESIDE = frozenset(UNITS.values())
"""What is read beside its number, and not by itself."""
READ_AT_PHARMACY = (fields.PHARMACY, fields.GIVEN_ALREADY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a request stands: its state, a sentence, and who has it."""

    state: str
    sentence: str
    holder: str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRead:
    """One criterion with its answer and what the checking found of it."""

    text: str
    required: bool
    answer: str
    comment: str
    finding: str
    conforms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the agency asks; `items` only for whoever may read it."""

    id: str
    items: Sequence[str]
    limit: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision as its addressee reads it."""

    signature: Signature | None
    reasons: Reasons | None


def standing(facts: RequestFacts) -> Standing:
    """Return where a request stands, in plain words."""
    return Standing(
        state=in_readers_language(LABELS[facts.state]),
        sentence=in_readers_language(WHY[facts.state][1]),
        holder=HOLDERS[HAS_IT[facts.state]],
    )


def parts(shown: RequestShown) -> list[Section]:
    """Return what both parts say, leaving out what was not said."""
    return [*prescribed(shown.prescription), *prepared(shown.pharmacy)]


def prescribed(part: Prescription | None) -> list[Section]:
    """Return what the prescriber's part says."""
    return _sections(part, READ, "prescription")


def prepared(part: PharmacyPart | None) -> list[Section]:
    """Return what the pharmacist's part says."""
    return _sections(part, READ_AT_PHARMACY, "pharmacy")


def criteria(shown: RequestShown) -> list[CriterionRead]:
    """Return each criterion of the sheet that the request is judged by."""
    part = shown.prescription
    answers = {one.code: one for one in part.criteria} if part else {}
    findings = {one.code: one.finding for one in shown.findings}
    found = []
    for one in shown.sheet.criteria:
        answer = answers.get(one.code)
        finding = findings.get(one.code)
        found.append(
            CriterionRead(
                text=one.text,
                required=one.required,
                answer=in_readers_language(LABELS[answer.answer]) if answer else "",
                comment=(answer.comment or "") if answer else "",
                finding=in_readers_language(LABELS[finding]) if finding else "",
                conforms=finding == "conforms",
            )
        )
    return found


def question(shown: RequestShown) -> Question | None:
    """Return the question that waits for an answer."""
    facts = shown.facts
    if facts.question is None:
        return None
    items = next(
        (
            [item.text or "" for item in one.event.items]
            for one in shown.events
            if isinstance(one.event, InformationAsked) and one.event.question_id == facts.question
        ),
        [],
    )
    return Question(id=str(facts.question), items=items, limit=facts.question_limit)


def decision(shown: RequestShown) -> Decision | None:
    """Return who decided, and why where it is a refusal."""
    if shown.facts.signature is None:
        return None
    reasons = next(
        (one.event.reasons for one in shown.events if isinstance(one.event, RequestRefused)), None
    )
    return Decision(signature=shown.facts.signature, reasons=reasons)


def _sections(
    part: Prescription | PharmacyPart | None, groups: Sequence[Group], prefix: str
) -> list[Section]:
    if part is None:
        return []
    found = [Section(title=str(one.title), facts=_facts(part, one, prefix)) for one in groups]
    return [section for section in found if section.facts]


def _facts(part: Any, group: Group, prefix: str) -> list[Fact]:
    found = []
    for name in group.names:
        if not name.startswith(prefix + "."):
            continue
        path = name.removeprefix(prefix + ".")
        value = _at(part, path)
        if path in BESIDE or value is None or (value is False and _is_box(part, path)):
            continue
        unit = _at(part, UNITS[path]) if path in UNITS else None
        words = in_words(value) if unit is None else f"{in_words(value)} {in_words(unit)}"
        found.append(Fact(label=_label(part, path), value=words))
    return found


def _at(part: Any, path: str) -> Any:
    for name in path.split("."):
        part = getattr(part, name, None)
    return part


def _is_box(part: Any, path: str) -> bool:
    return leaves_of(type(part))[path].shape.about.hint is bool


def _label(part: Any, path: str) -> str:
    about = leaves_of(type(part))[path].shape.about
    return in_readers_language(about.label or about.meaning)


def in_words(value: Any) -> str:
    """Return one answer in the reader's language."""
    if isinstance(value, bool):
        return _("Oui") if value else _("Non")
    if isinstance(value, StrEnum):
        return in_readers_language(LABELS[value])
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(localize(int(value) if isinstance(value, float) and value.is_integer() else value))
