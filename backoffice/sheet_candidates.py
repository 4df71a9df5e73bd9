"""Which declarations a sheet may stand for: an exact number first, then likeness; a person decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from accounts.access import Someone
from continuity.domain.matching import (
    NEAR_DAYS,
    WORTH_SHOWING,
    Sign,
    alike,
    likeness,
    quotes,
    same_name,
)
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_facts import Recording
from pharmacovigilance.domain.report import Patient, Report
from pharmacovigilance.models import OwnDeclarationRow
from pharmacovigilance.nearby import Nearby, received_near

SHOWN = 10
NEAR = timedelta(days=NEAR_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One declaration that may be meant, and what speaks for it, strongest first."""

    declared: Nearby
    signs: tuple[Sign, ...]

    @property
    def quoted(self) -> bool:
        """Say whether the declaration quotes the number of the sheet."""
        return Sign.NUMBER_QUOTED in self.signs


def candidates(user: Someone, number: str, recording: Recording) -> Sequence[Candidate]:
    """Return the declarations that may be meant, the likeliest first. Raises PermissionDenied."""
    content: SheetContent = recording.content

    def prefer(row: OwnDeclarationRow) -> int:
        drug = any(alike(content.drug_name, one) for one in row.drugs.split(" · "))
        here = bool(content.institution_finess) and row.institution == content.institution_finess
        place = bool(content.department_code) and row.department == content.department_code
        return 4 * drug + 2 * here + place

    found = []
    for declared in received_near(user, recording.received_at, prefer):
        signs = tuple(sorted(_signs(number, recording, declared), key=list(Sign).index))
        if likeness(signs) >= WORTH_SHOWING:
            found.append(Candidate(declared=declared, signs=signs))
    found.sort(key=lambda one: (-likeness(one.signs), one.declared.received_at))
    return found[:SHOWN]


def _signs(number: str, recording: Recording, declared: Nearby) -> Iterator[Sign]:
    content, report = recording.content, declared.report
    told = {
        Sign.NUMBER_QUOTED: quoted(number, report),
        Sign.SAME_PATIENT: _same_patient(content, report.patient),
        Sign.SAME_DRUG: any(alike(content.drug_name, drug.name) for drug in report.drugs),
        Sign.SAME_REACTION: any(
            alike(content.reaction_term, one.term) for one in report.reactions
        ),
        Sign.SAME_INSTITUTION: bool(content.institution_finess)
        and content.institution_finess == declared.institution,
        Sign.SAME_CALLER: same_name(content.caller_name, report.reporter.family_name),
        Sign.SAME_DEPARTMENT: bool(content.department_code)
        and content.department_code == report.reporter.department_code,
        Sign.NEAR_IN_TIME: abs(declared.received_at - recording.received_at) <= NEAR,
    }
    return (sign for sign, speaks in told.items() if speaks)


def quoted(number: str, report: Report) -> bool:
    """Say whether a declaration quotes the number of a sheet."""
    texts = (report.narrative, report.lab_results, report.patient.medical_history)
    return any(quotes(number, text) for text in texts)


def _same_patient(content: SheetContent, patient: Patient) -> bool:
    """Say whether letters agree together with a birth date, or with sex, age and initial.

    Initials alone identify nobody.
    """
    if not same_name(content.patient_name_letters, patient.name_letters):
        return False
    if content.patient_birth_date and patient.birth_date:
        return content.patient_birth_date == patient.birth_date
    ages = (content.patient_age_value, patient.age_value)
    return (
        same_name(content.patient_first_name_initial, patient.first_name_initial)
        and content.patient_sex is not None
        and str(content.patient_sex) == str(patient.sex)
        and str(content.patient_age_unit) == str(patient.age_unit)
        and ages[0] is not None
        and ages[1] is not None
        and abs(ages[0] - ages[1]) <= 1
    )
