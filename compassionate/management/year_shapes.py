"""The shapes of a year of compassionate access: who asks, for what, how often, and when.

Figures of the agency (dossier §1.2): about 60,000 requests for 25,000 patients a year, 5 products
make half of them, most are renewals. The rest (share of questions, refusals, nights) is the house's
guess, said here and nowhere else. Everything follows from a seed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from compassionate.domain.criteria import Criterion
from compassionate.domain.prescription import (
    CriterionAnswer,
    Justification,
    PharmacyPart,
    Prescription,
)
from compassionate.domain.vocabulary import AgeUnit, Met, RequestKind, Sex
from events.days import PARIS, SATURDAY

FIRST_DAY = date(2025, 1, 1)
DAYS = 365
HOSPITALS, DOCTORS_EACH, PHARMACISTS_EACH = 120, 8, 2
PRODUCTS, COMMON, COMMON_SHARE, LISTED = 285, 5, 0.5, 120
DURATIONS = (60, 90, 120, 150)
ASKED, PROPOSED, REFUSED, AT_NIGHT, ORAL, OFF_CRITERIA, STOPS = (
    0.10,
    0.25,
    0.015,
    0.04,
    0.3,
    0.08,
    0.12,
)
"""Shares of requests that are asked about, proposed first, refused, begun at night (of which by
telephone), off the criteria; and of treatments that end with each authorisation."""
CRITERIA = (
    Criterion(code="line", text="Au moins deux lignes antérieures"),
    Criterion(code="contra", text="Contre-indication connue", required=False),
    Criterion(code="marker", text="Marqueur positif, si recherché", may_not_apply=True),
)
ANSWERS = (
    CriterionAnswer(code="line", answer=Met.MET),
    CriterionAnswer(code="contra", answer=Met.NOT_MET),
    CriterionAnswer(code="marker", answer=Met.NOT_APPLICABLE),
)
GROUNDS = Justification(
    no_trial="Aucun essai ouvert.",
    no_alternative="Toutes les lignes reconnues ont échoué.",
    presumed_benefit="Données de phase II publiées.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One request of one patient: what is asked for, when, and what becomes of it."""

    patient: int
    place: int
    kind: RequestKind
    at: datetime
    days: int
    hospital: int
    doctor: int
    product: int
    listed: bool
    asked: bool
    proposed: bool
    refused: bool
    night: bool
    oral: bool
    deferrable: bool


def cases(patient: int, seed: int) -> Iterator[Case]:
    """Yield a patient's requests of the year, each before the authorisation before it ends."""
    dice = random.Random(f"{seed}/{patient}")  # noqa: S311  an invented patient, no secret
    hospital = min(int(dice.expovariate(1 / 30)), HOSPITALS - 1)
    product = _product(dice)
    day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
    place = 0
    while day < FIRST_DAY + timedelta(days=DAYS):
        days = dice.choice(DURATIONS)
        thrown = _case(dice, day, days)
        yield replace(
            thrown,
            patient=patient,
            place=place,
            hospital=hospital,
            product=product,
            kind=RequestKind.RENEWAL if place else RequestKind.INITIAL,
            listed=thrown.listed and product < LISTED,
            # A renewal can wait until the morning.
            night=thrown.night and not place,
        )
        if dice.random() < STOPS:
            return
        day += timedelta(days=days - dice.randrange(5, 40))
        place += 1


def _case(dice: random.Random, day: date, days: int) -> Case:
    """Throw what becomes of one request; whose it is, is said by whoever asks."""
    night = dice.random() < AT_NIGHT
    hour = dice.choice((21, 23, 2, 4)) if night else dice.randrange(8, 18)
    at = datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)), PARIS)
    return Case(
        patient=0,
        place=0,
        kind=RequestKind.INITIAL,
        at=at.astimezone(UTC),
        days=days,
        hospital=0,
        doctor=dice.randrange(DOCTORS_EACH),
        product=0,
        listed=dice.random() >= OFF_CRITERIA,
        asked=dice.random() < ASKED,
        proposed=dice.random() < PROPOSED,
        refused=dice.random() < REFUSED,
        night=night,
        oral=dice.random() < ORAL,
        deferrable=dice.random() < 0.7,
    )


def _product(dice: random.Random) -> int:
    if dice.random() < COMMON_SHARE:
        return dice.randrange(COMMON)
    return COMMON + min(int(dice.expovariate(1 / 60)), PRODUCTS - COMMON - 1)


def prescription(case: Case, rpps: str) -> Prescription:
    """Return the prescriber's part of a case."""
    dice = random.Random(case.patient)  # noqa: S311  an invented patient, no secret
    renewal = case.kind is RequestKind.RENEWAL
    letters = "ABCDEFGHIJKLMNOPRSTUV"
    return Prescription(
        prescriber_name="Dr Simulé",
        prescriber_function="Praticien hospitalier",
        prescriber_rpps=rpps,
        prescriber_phone="0140000001",
        patient_initials=dice.choice(letters) + dice.choice(letters),
        patient_age=dice.randrange(2, 90),
        patient_age_unit=AgeUnit.YEAR,
        patient_sex=dice.choice((Sex.FEMALE, Sex.MALE)),
        patient_weight_kg=float(dice.randrange(12, 110)),
        file_number=f"S-{case.patient}",
        product=product_code(case.product),
        product_name=product_code(case.product).upper(),
        form="comprimé",
        strength="50 mg",
        indication="ind-1",
        indication_text="Indication simulée en échec thérapeutique",
        dosage="100 mg deux fois par jour",
        duration_days=case.days,
        trial="Aucun",
        deferrable=case.deferrable,
        urgency=None if case.deferrable else "Aggravation rapide",
        criteria_version=1 if case.listed else None,
        criteria=ANSWERS if case.listed else (),
        justification=None if case.listed else GROUNDS,
        undertakes_criteria=case.listed,
        undertakes_follow_up=True,
        elapsed_data="Réponse partielle, tolérance correcte." if renewal else None,
        attests_interest=renewal,
    )


def pharmacy(rpps: str) -> PharmacyPart:
    """Return the pharmacist's part of every case."""
    return PharmacyPart(
        pharmacist_name="Ph. Simulé",
        pharmacist_rpps=rpps,
        phone="0140000000",
        analysis="Pas d'interaction.",
        quantity="60 comprimés de 50 mg",
    )


def product_code(product: int) -> str:
    """Return the identifier of a product on the criteria sheets."""
    return f"sim-{product:03d}"


def next_opening(at: datetime, hours: float) -> datetime:
    """Return an instant some hours later, in the agency's hours."""
    local = (at + timedelta(hours=hours)).astimezone(PARIS)
    while local.weekday() >= SATURDAY or not 9 <= local.hour < 18:
        local = (local + timedelta(hours=1)).replace(minute=5)
    return local.astimezone(UTC)


def of_part(part: int, parts: int, patients: int) -> Sequence[int]:
    """Return the patients of one of several processes."""
    return range(part, patients, parts)
