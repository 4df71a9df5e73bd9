"""Demo declarations, made up by hand: no real person. Days count back from the day of seeding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]


class Calendar:
    """Days counted back from one day."""

    def __init__(self, today: date) -> None:
        self._today = today

    def __call__(self, days: int) -> str:
        """Return the day so many days before, in ISO 8601."""
        return (self._today - timedelta(days=days)).isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What somebody did later: `verb` follow_up, ask, answer (to the last question), withdraw."""

    verb: Literal["follow_up", "ask", "answer", "withdraw"]
    by: str
    days: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCase:
    """A declaration, by whom, and how many days ago it came in."""

    id: str
    by: str
    days: int
    report: Callable[[Calendar], Json]
    then: tuple[Then, ...] = ()


DOCTOR, PHARMACIST, CENTRE, REVIEWER = "dr.martin", "ph.bernard", "crpv.paris", "evaluateur"

BY_DOCTOR = {"profession": "physician", "department_code": "75"}
BY_PHARMACIST = {"profession": "pharmacist", "postcode": "75013"}
BY_PATIENT = {"profession": "patient", "department_code": "77"}


def who(letters: str, initial: str, birth: str, sex: str, **more: Any) -> Json:
    """Return a patient with initials and birth date."""
    named = {"name_letters": letters, "first_name_initial": initial}
    return {**named, "birth_date": birth, "sex": sex, **more}


def aged(value: float, sex: str, unit: str = "year", **more: Any) -> Json:
    """Return a patient known by age and sex."""
    return {"age_value": value, "age_unit": unit, "sex": sex, **more}


def drug(name: str, **more: Any) -> Json:
    """Return a suspected medicine."""
    return {"name": name, "role": "suspect", **more}


def concomitant(name: str) -> Json:
    """Return a medicine that is not suspected."""
    return {"name": name, "role": "concomitant"}


def vaccine(name: str, day: str, **more: Any) -> Json:
    """Return a vaccine given on one day."""
    given = {"kind": "vaccine", "route": "intramusculaire", "start": day, "end": day}
    return {"name": name, "role": "suspect", **given, **more}


def reaction(term: str, onset: str, outcome: str = "recovered") -> Json:
    """Return a reaction."""
    return {"term": term, "onset": onset, "outcome": outcome}


DEMO: tuple[DemoCase, ...] = (
    DemoCase(
        id="anaphylaxie-amoxicilline",
        by=DOCTOR,
        days=13,
        report=lambda day: {
            "patient": who("DUR", "C", "1968-03-21", "female", weight_kg=62),
            "reporter": BY_DOCTOR,
            "drugs": [
                drug(
                    "AMOXICILLINE 1 g",
                    dosage="1 g matin et soir",
                    start=day(15),
                    end=day(14),
                    indication="Sinusite",
                    stopped="yes",
                    disappeared="yes",
                    reintroduced="no",
                ),
                concomitant("PARACETAMOL 500 mg"),
            ],
            "reactions": [reaction("Choc anaphylactique", day(14))],
            "seriousness": ["life_threatening", "hospitalisation"],
            "narrative": "Dix minutes après la troisième prise : prurit, puis chute de tension. "
            "Adrénaline et remplissage ; surveillance de 24 heures.",
            "lab_results": "Tryptase 38 µg/l à une heure.",
        },
        then=(
            Then(
                verb="ask",
                by=REVIEWER,
                days=9,
                body={"text": "Un bilan allergologique est-il prévu ?"},
            ),
            Then(verb="answer", by=DOCTOR, days=7, body={"text": "Oui, dans six semaines."}),
        ),
    ),
    DemoCase(
        id="myocardite-vaccin",
        by=DOCTOR,
        days=11,
        report=lambda day: {
            "patient": aged(19, "male"),
            "reporter": BY_DOCTOR,
            "drugs": [vaccine("VACCIN ARNm COVID-19", day(16), dose_number=2)],
            "reactions": [reaction("Myocardite aiguë", day(13), "recovering")],
            "seriousness": ["hospitalisation"],
            "narrative": "Douleur thoracique trois jours après la deuxième dose.",
            "lab_results": "Troponine 840 ng/l. IRM : œdème sous-épicardique.",
        },
        then=(
            Then(
                verb="ask",
                by=REVIEWER,
                days=6,
                body={"text": "Pouvez-vous indiquer le numéro de lot du vaccin ?"},
            ),
        ),
    ),
    DemoCase(
        id="lyell-allopurinol",
        by=PHARMACIST,
        days=17,
        report=lambda day: {
            "patient": who("BEN", "A", "1949-11-02", "male"),
            "reporter": BY_PHARMACIST,
            "drugs": [
                drug("ALLOPURINOL 300 mg", start=day(41), end=day(20), stopped="yes"),
                concomitant("FUROSEMIDE 40 mg"),
            ],
            "reactions": [
                reaction("Syndrome de Lyell", day(21), "fatal"),
                reaction("Insuffisance rénale aiguë", day(20), "not_recovered"),
            ],
            "seriousness": ["death", "hospitalisation"],
            "death_date": day(18),
            "death_cause": "Choc septique sur nécrolyse épidermique toxique",
            "narrative": "Décollement de 40 % de la surface corporelle, transfert en centre.",
            "hospital_unit": "Réanimation",
        },
        then=(
            Then(
                verb="follow_up",
                by=PHARMACIST,
                days=5,
                body={"lab_results": "HLA-B*58:01 positif."},
            ),
        ),
    ),
    DemoCase(
        id="convulsion-ror",
        by=DOCTOR,
        days=8,
        report=lambda day: {
            "patient": aged(14, "male", "month"),
            "reporter": BY_DOCTOR,
            "drugs": [
                vaccine(
                    "VACCIN ROR",
                    day(18),
                    batch_number="R2207B",
                    dose_number=1,
                    injection_site="cuisse gauche",
                )
            ],
            "reactions": [reaction("Convulsion fébrile", day(9))],
            "seriousness": ["other_medically_important"],
            "narrative": "Crise de deux minutes, fièvre à 39,6 °C, résolutive sans traitement.",
        },
    ),
    DemoCase(
        id="hemorragie-avk",
        by=PHARMACIST,
        days=3,
        report=lambda day: {
            "patient": who("LEF", "J", "1938-06-30", "male"),
            "reporter": BY_PHARMACIST,
            "drugs": [
                drug("WARFARINE 5 mg", start=day(900), role="interacting"),
                drug("MICONAZOLE gel buccal", start=day(12), role="interacting", end=day(4)),
            ],
            "reactions": [reaction("Hématome rétropéritonéal", day(4), "recovering")],
            "seriousness": ["life_threatening", "hospitalisation"],
            "circumstances": ["interaction"],
            "lab_results": "INR 11,2 à l'admission.",
        },
    ),
    DemoCase(
        id="erreur-methotrexate",
        by=PHARMACIST,
        days=14,
        report=lambda day: {
            "patient": aged(66, "female"),
            "reporter": BY_PHARMACIST,
            "drugs": [
                drug(
                    "METHOTREXATE 10 mg",
                    dosage="1 comprimé par jour au lieu de 1 par semaine",
                    start=day(26),
                    end=day(17),
                )
            ],
            "reactions": [
                reaction("Pancytopénie", day(18), "recovering"),
                reaction("Mucite", day(19), "recovering"),
            ],
            "seriousness": ["hospitalisation", "life_threatening"],
            "circumstances": ["medication_error"],
            "narrative": "Prise quotidienne pendant dix jours après une sortie d'hôpital.",
        },
        then=(
            Then(
                verb="ask",
                by=REVIEWER,
                days=10,
                body={"text": "L'étiquetage de la boîte a-t-il contribué à l'erreur ?"},
            ),
            Then(
                verb="answer",
                by=PHARMACIST,
                days=9,
                body={"text": "Oui : la mention hebdomadaire était masquée par l'étiquette."},
            ),
            Then(
                verb="follow_up",
                by=PHARMACIST,
                days=4,
                body={"reactions": [{"index": 0, "outcome": "recovered"}]},
            ),
        ),
    ),
    DemoCase(
        id="doublon",
        by=DOCTOR,
        days=12,
        report=lambda day: {
            "patient": who("DUR", "C", "1968-03-21", "female"),
            "reporter": BY_DOCTOR,
            "drugs": [drug("AMOXICILLINE 1 g")],
            "reactions": [reaction("Choc anaphylactique", day(14))],
            "seriousness": ["life_threatening"],
        },
        then=(
            Then(
                verb="withdraw",
                by=DOCTOR,
                days=11,
                body={"reason": "Déclarée deux fois par erreur."},
            ),
        ),
    ),
    DemoCase(
        id="sans-effet",
        by=DOCTOR,
        days=6,
        report=lambda day: {
            "patient": aged(33, "female"),
            "reporter": BY_DOCTOR,
            "drugs": [drug("VALPROATE DE SODIUM 500 mg", start=day(200))],
            "narrative": "Grossesse découverte sous traitement, aucun effet constaté à ce jour.",
            "circumstances": ["other"],
        },
        then=(
            Then(
                verb="ask",
                by=CENTRE,
                days=5,
                body={"text": "À quel terme la grossesse a-t-elle été découverte ?"},
            ),
        ),
    ),
    DemoCase(
        id="nouveau-ne-paroxetine",
        by=PHARMACIST,
        days=20,
        report=lambda day: {
            "patient": aged(
                2,
                "male",
                "day",
                newborn={"exposures": ["mother_during_pregnancy"], "trimesters": [2, 3]},
            ),
            "reporter": BY_PHARMACIST,
            "drugs": [drug("PAROXETINE 20 mg", route="transplacentaire")],
            "reactions": [reaction("Syndrome de sevrage néonatal", day(21), "recovering")],
            "seriousness": ["hospitalisation"],
        },
    ),
    DemoCase(
        id="surdosage-paracetamol",
        by=DOCTOR,
        days=2,
        report=lambda day: {
            "patient": aged(24, "female", weight_kg=54),
            "reporter": BY_DOCTOR,
            "drugs": [drug("PARACETAMOL 1 g", dosage="12 g en une prise", start=day(3))],
            "reactions": [reaction("Cytolyse hépatique", day(2), "not_recovered")],
            "seriousness": ["hospitalisation"],
            "circumstances": ["overdose"],
        },
    ),
    DemoCase(
        id="rash-lamotrigine",
        by=DOCTOR,
        days=45,
        report=lambda day: {
            "patient": aged(29, "male"),
            "reporter": BY_DOCTOR,
            "drugs": [
                drug("LAMOTRIGINE 50 mg", start=day(70), end=day(50), stopped="yes"),
            ],
            "reactions": [reaction("Éruption maculopapuleuse", day(52))],
        },
        then=(
            Then(
                verb="follow_up",
                by=DOCTOR,
                days=1,
                body={
                    "reactions": [{"term": "Atteinte muqueuse", "outcome": "recovering"}],
                    "seriousness": ["hospitalisation"],
                    "narrative": "Finalement hospitalisé pour suspicion de Stevens-Johnson.",
                },
            ),
        ),
    ),
    DemoCase(
        id="acces-compassionnel",
        by=PHARMACIST,
        days=1,
        report=lambda day: {
            "patient": who("NGU", "T", "1985-09-12", "female"),
            "reporter": BY_PHARMACIST,
            "drugs": [
                drug("GIVINOSTAT suspension buvable", authorisation="compassionate_access"),
            ],
            "reactions": [reaction("Thrombopénie", day(2), "not_recovered")],
            "seriousness": ["other_medically_important"],
            "lab_results": "Plaquettes 62 G/l.",
            "dispensing_pharmacy": "PUI de l'hôpital",
        },
    ),
    DemoCase(
        id="immunoglobulines",
        by=PHARMACIST,
        days=7,
        report=lambda day: {
            "patient": aged(52, "male"),
            "reporter": BY_PHARMACIST,
            "drugs": [
                drug(
                    "IMMUNOGLOBULINES HUMAINES 10 %",
                    kind="blood_derived",
                    batch_number="B19K402",
                    start=day(8),
                )
            ],
            "reactions": [reaction("Méningite aseptique", day(7))],
            "seriousness": ["hospitalisation"],
        },
    ),
    DemoCase(
        id="transfusion",
        by=PHARMACIST,
        days=9,
        report=lambda day: {
            "patient": aged(80, "female"),
            "reporter": BY_PHARMACIST,
            "drugs": [drug("FER injectable", start=day(9))],
            "blood_products": [
                {"name": "Concentré de globules rouges", "haemovigilance_number": "FEI-0417"}
            ],
            "reactions": [reaction("Frissons et hyperthermie", day(9))],
        },
    ),
)
