"""Published cases of other systems as reports of ours: VAERS (2021) and FAERS (2004) shapes.

Nothing is corrected on the way: a date that is impossible there is refused here. A field that has
no counterpart is kept in words, in the history or the narrative.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pharmacovigilance.domain.vocabulary import (
    AgeUnit,
    Answer,
    DrugRole,
    Outcome,
    ProductKind,
    Profession,
    SeriousnessCriterion as Serious,
    Sex,
)

Json = dict[str, Any]

COUNTRY = "US"
POUND_KG = 0.453592

SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "U": Sex.UNKNOWN, "UNK": Sex.UNKNOWN}
OUTCOMES = {"Y": Outcome.RECOVERED, "N": Outcome.NOT_RECOVERED, "U": Outcome.UNKNOWN}
VAERS_SERIOUS = {
    "DIED": Serious.DEATH,
    "L_THREAT": Serious.LIFE_THREATENING,
    "HOSPITAL": Serious.HOSPITALISATION,
    "X_STAY": Serious.HOSPITALISATION,
    "DISABLE": Serious.DISABILITY,
    "BIRTH_DEFECT": Serious.CONGENITAL_ANOMALY,
}
"""A visit to a doctor or an emergency room alone makes no case serious (ICH E2A)."""
VAERS_ROUTES = {
    "IM": "intramusculaire",
    "SC": "sous-cutanée",
    "ID": "intradermique",
    "IN": "intranasale",
    "PO": "orale",
    "JET": "injecteur sans aiguille",
    "SYR": "seringue",
}
VAERS_SITES = {
    "LA": "bras gauche",
    "RA": "bras droit",
    "AR": "bras",
    "LL": "jambe gauche",
    "RL": "jambe droite",
    "LE": "jambe",
    "LG": "fesse gauche",
    "RG": "fesse droite",
    "GM": "fesse",
    "MO": "bouche",
    "NS": "nez",
}
VAERS_HISTORY = (
    ("HISTORY", "Antécédents"),
    ("CUR_ILL", "Maladies en cours"),
    ("ALLERGIES", "Allergies"),
    ("OTHER_MEDS", "Autres traitements"),
    ("PRIOR_VAX", "Vaccinations antérieures"),
)
FAERS_SERIOUS = {
    "DE": Serious.DEATH,
    "LT": Serious.LIFE_THREATENING,
    "HO": Serious.HOSPITALISATION,
    "DS": Serious.DISABILITY,
    "CA": Serious.CONGENITAL_ANOMALY,
    "RI": Serious.OTHER_MEDICALLY_IMPORTANT,
    "OT": Serious.OTHER_MEDICALLY_IMPORTANT,
}
FAERS_ROLES = {
    "PS": DrugRole.SUSPECT,
    "SS": DrugRole.SUSPECT,
    "C": DrugRole.CONCOMITANT,
    "I": DrugRole.INTERACTING,
}
FAERS_PROFESSIONS = {
    "MD": Profession.PHYSICIAN,
    "PH": Profession.PHARMACIST,
    "OT": Profession.OTHER_HEALTH_PROFESSIONAL,
    "CN": Profession.PATIENT,
}
FAERS_AGES = {
    "YR": (1, AgeUnit.YEAR),
    "MON": (1, AgeUnit.MONTH),
    "WK": (1, AgeUnit.WEEK),
    "DY": (1, AgeUnit.DAY),
    "HR": (1, AgeUnit.HOUR),
    "DEC": (10, AgeUnit.YEAR),
}
CHALLENGES = {
    "Y": (Answer.YES, Answer.YES),
    "N": (Answer.YES, Answer.NO),
    "U": (Answer.NO_INFORMATION, Answer.NO_INFORMATION),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of a file: its identifier there, and the report, or why its line gives none."""

    id: str
    line: int
    report: Json | None
    unreadable: str | None = None


def cases(path: Path) -> Iterator[Case]:
    """Yield the cases of a file, one JSON object a line: VAERS, FAERS, or our own report."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _case(number, line)


def from_vaers(case: Mapping[str, Any]) -> Json:
    """Return a VAERS case as the body of `POST /declarations`."""
    onset = us_date(case.get("ONSET_DATE"))
    outcome = OUTCOMES.get(case.get("RECOVD", ""))
    age = case.get("AGE_YRS") or case.get("CAGE_YR")
    criteria = {code for name, code in VAERS_SERIOUS.items() if case.get(name) == "Y"}
    return said(
        patient=said(
            sex=SEXES.get(case.get("SEX", "")),
            age_value=float(age) if age else None,
            age_unit=AgeUnit.YEAR if age else None,
            medical_history=_history(case),
        ),
        reporter={"country": COUNTRY},
        drugs=[_vaccine(vaccine, case) for vaccine in case.get("vaccines", ())],
        reactions=[
            said(term=reaction["pt"], onset=onset, outcome=outcome)
            for reaction in case.get("reactions", ())
        ],
        seriousness=sorted(criteria),
        death_date=us_date(case.get("DATEDIED")),
        narrative=case.get("SYMPTOM_TEXT"),
        lab_results=case.get("LAB_DATA"),
    )


def from_faers(case: Mapping[str, Any]) -> Json:
    """Return a FAERS case as the body of `POST /declarations`."""
    demo = case["demo"]
    onset = compact_date(demo.get("event_dt"))
    factor, unit = FAERS_AGES.get(demo.get("age_cod", ""), (1, None))
    age = demo.get("age") if unit else None
    criteria = {FAERS_SERIOUS[row["outc_cod"]] for row in case.get("outc", ())}
    return said(
        patient=said(
            sex=SEXES.get(demo.get("gndr_cod", "")),
            age_value=float(age) * factor if age else None,
            age_unit=unit if age else None,
            weight_kg=_weight(demo),
        ),
        reporter=said(profession=FAERS_PROFESSIONS.get(demo.get("occp_cod", "")), country=COUNTRY),
        drugs=[_medicine(drug, case) for drug in case.get("drug", ())],
        reactions=[said(term=row["pt"], onset=onset) for row in case.get("reac", ())],
        seriousness=sorted(criteria),
        death_date=compact_date(demo.get("death_dt")),
    )


def us_date(text: str | None) -> str | None:
    """Return an American date, 12/31/2020, in ISO 8601; None without one."""
    if not text:
        return None
    month, day, year = text.split("/")
    return f"{year}-{month:0>2}-{day:0>2}"


def compact_date(text: str | None) -> str | None:
    """Return 20031115, 200311 or 2003 in ISO 8601 of the same precision; None without one."""
    if not text:
        return None
    return "-".join(part for part in (text[:4], text[4:6], text[6:8]) if part)


def said(**fields: Any) -> Json:
    """Return an object without what is unsaid."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _case(number: int, line: bytes) -> Case:
    try:
        found = json.loads(line)
    except ValueError:
        return Case(id=f"line-{number}", line=number, report=None, unreadable="not_json")
    if "VAERS_ID" in found:
        return Case(id=f"vaers-{found['VAERS_ID']}", line=number, report=from_vaers(found))
    if "demo" in found:
        return Case(id=f"faers-{found['demo']['isr']}", line=number, report=from_faers(found))
    return Case(id=f"line-{number}", line=number, report=found)


def _history(case: Mapping[str, Any]) -> str | None:
    known = [f"{label} : {case[name]}" for name, label in VAERS_HISTORY if case.get(name)]
    return "\n".join(known) or None


def _vaccine(vaccine: Mapping[str, str], case: Mapping[str, Any]) -> Json:
    dose = vaccine.get("VAX_DOSE_SERIES", "").rstrip("+")
    day = us_date(case.get("VAX_DATE"))
    return said(
        name=vaccine.get("VAX_NAME"),
        kind=ProductKind.VACCINE,
        role=DrugRole.SUSPECT,
        route=VAERS_ROUTES.get(vaccine.get("VAX_ROUTE", "")),
        batch_number=vaccine.get("VAX_LOT"),
        dose_number=int(dose) if dose.isdigit() else None,
        injection_site=VAERS_SITES.get(vaccine.get("VAX_SITE", "")),
        start=day,
        end=day,
    )


def _medicine(drug: Mapping[str, str], case: Mapping[str, Any]) -> Json:
    sequence = drug["drug_seq"]
    therapy: Mapping[str, str] = _first(case.get("ther", ()), sequence)
    stopped, disappeared = CHALLENGES.get(drug.get("dechal", ""), (None, None))
    reintroduced, reappeared = CHALLENGES.get(drug.get("rechal", ""), (None, None))
    return said(
        name=drug.get("drugname"),
        kind=ProductKind.MEDICINE,
        role=FAERS_ROLES[drug["role_cod"]],
        route=drug.get("route", "").lower(),
        dosage=drug.get("dose_vbm"),
        start=compact_date(therapy.get("start_dt")),
        end=compact_date(therapy.get("end_dt")),
        indication=_first(case.get("indi", ()), sequence).get("indi_pt"),
        batch_number=drug.get("lot_num"),
        stopped=stopped,
        disappeared=disappeared,
        reintroduced=reintroduced,
        reappeared=reappeared,
    )


def _first(rows: Any, sequence: str) -> Mapping[str, str]:
    return next((row for row in rows if row["drug_seq"] == sequence), {})


def _weight(demo: Mapping[str, str]) -> float | None:
    if not demo.get("wt"):
        return None
    pounds = demo.get("wt_cod") == "LBS"
    return round(float(demo["wt"]) * (POUND_KG if pounds else 1), 1)
