"""How the declaration form is laid out."""

from dataclasses import dataclass

from django import template

from pharmacovigilance.domain.vocabulary import BATCH_EXPECTED, ProductKind
from portal import report_fields as fields
from portal.report_fields import Field
from portal.report_form import Question, ReportForm, Row

register = template.Library()

GROUPS: dict[str, tuple[Field, ...]] = {
    "patient": fields.PATIENT_ESSENTIAL,
    "patient_more": fields.PATIENT_MORE,
    "newborn": fields.NEWBORN,
    "seriousness": (fields.SERIOUSNESS,),
    "narrative": (fields.NARRATIVE,),
    "death": fields.DEATH,
    "story_more": fields.STORY_MORE,
    "reporter": fields.REPORTER,
    "door": fields.DOOR,
    "places": fields.PLACES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Questions that stand together; `open` when one of them has something to show."""

    questions: list[Question]
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroups:
    """The questions of one row, those asked of everybody first."""

    essential: list[Question]
    more: list[Question]
    more_open: bool


@register.simple_tag
def form_rows(form: ReportForm, prefix: str) -> list[Row]:
    """Return the rows of one kind."""
    return form.rows(prefix)


@register.simple_tag
def question_group(form: ReportForm, name: str) -> Group:
    """Return one group of questions; the account's own data do not open theirs."""
    questions = form.questions(GROUPS[name])
    shown = any(question.errors for question in questions)
    if name not in {"reporter", "door"}:
        shown = shown or any(any(question.typed) for question in questions)
    return Group(questions=questions, open=shown)


@register.simple_tag
def row_groups(row: Row) -> RowGroups:
    """Return the questions of a row; a vaccine is asked its batch and dose at once."""
    essential, more = _fields_of(row)
    questions = row.pick(more)
    return RowGroups(
        essential=row.pick(essential),
        more=questions,
        more_open=any(question.errors or any(question.typed) for question in questions),
    )


def _fields_of(row: Row) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    if row.prefix == "reactions":
        return fields.REACTION_ESSENTIAL, fields.REACTION_MORE
    if row.prefix == "blood_products":
        return fields.BLOOD_PRODUCT, ()
    kind = row.questions["kind"].text
    essential: tuple[Field, ...] = fields.DRUG_ESSENTIAL
    more: tuple[Field, ...] = fields.DRUG_MORE
    essential, more = (
        (essential + fields.DRUG_BATCH, more)
        if kind in BATCH_EXPECTED
        else (essential, fields.DRUG_BATCH + more)
    )
    if kind == ProductKind.VACCINE:
        return essential + fields.DRUG_VACCINE, more
    return essential, more + fields.DRUG_VACCINE
