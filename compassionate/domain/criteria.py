"""The criteria sheet (fiche du référentiel) of a product in an indication, as a request meets it.

A request is judged by the version in force when it was received (§5.3 5), even where it changed
since; the system says of each criterion whether the answer conforms, and never grants.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from compassionate.domain.prescription import CriterionAnswer, Prescription
from compassionate.domain.vocabulary import Finding, Met, ProductStatus
from events.described import given, said

RULE_VERSION = "2026.1"
"""Version of the checking itself, kept with each of its findings (CRPA L311-3-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion; `required`: it must be met, else it must not be (contre-indication)."""

    code: str = given("Stable code", 40)
    text: str = given("The criterion, as published", 2_000)
    required: bool = said("It must be met; else it must not be", default=True)
    may_not_apply: bool = said("`not_applicable` is an answer that conforms", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaSheet:
    """What the référentiel says at an instant of one product in one indication.

    `version` is None while no criteria are published: each request is then off the criteria. A
    very early access needs the holder's undertaking (L5121-12-1 II al. 2).
    """

    product: str
    indication: str
    status: ProductStatus = ProductStatus.NAMED_PATIENT
    version: int | None = None
    in_force_from: datetime | None = None
    criteria: tuple[Criterion, ...] = ()
    max_days: int | None = None
    ceases_on: date | None = None
    cessation_fixed_at: datetime | None = None
    very_early: bool = False
    undertaking_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionFinding:
    """What the checking found of one criterion."""

    code: str = given("Code of the criterion on its sheet", 40)
    finding: Finding = given("Conforms, departs or unanswered")


def checked(sheet: CriteriaSheet, prescription: Prescription) -> tuple[CriterionFinding, ...]:
    """Return what each criterion of the sheet finds in the prescriber's answers, in its order."""
    answers = prescription.criteria if prescription.criteria_version == sheet.version else ()
    often = Counter(one.code for one in answers)
    # What was said of another version, or twice, is no answer.
    said_of = {one.code: one for one in answers if often[one.code] == 1}
    return tuple(
        [
            CriterionFinding(code=one.code, finding=_found(one, said_of.get(one.code)))
            for one in sheet.criteria
        ]
    )


def conforms(findings: tuple[CriterionFinding, ...]) -> bool:
    """Say whether there are criteria and every one conforms."""
    return bool(findings) and all(one.finding is Finding.CONFORMS for one in findings)


def _found(criterion: Criterion, said_of: CriterionAnswer | None) -> Finding:
    if said_of is None:
        return Finding.UNANSWERED
    if said_of.answer is Met.NOT_APPLICABLE:
        return Finding.CONFORMS if criterion.may_not_apply else Finding.DEPARTS
    return (
        Finding.CONFORMS if (said_of.answer is Met.MET) is criterion.required else Finding.DEPARTS
    )
