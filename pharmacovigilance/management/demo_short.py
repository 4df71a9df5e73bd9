"""Demo declarations of one product and one reaction, and all of the demo together."""

from typing import TypeAlias

from pharmacovigilance.management.demo_cases import (
    BY_DOCTOR,
    BY_PATIENT,
    BY_PHARMACIST,
    CENTRE,
    DEMO,
    DOCTOR,
    PHARMACIST,
    Calendar,
    DemoCase,
    Json,
    aged,
    drug,
    reaction,
    vaccine,
)

Row: TypeAlias = tuple[str, str, int, float, str, str, str, tuple[str, ...]]
"""(id, by, days ago, age, sex, product, reaction, seriousness)."""

SHORT: tuple[Row, ...] = (
    ("statine", DOCTOR, 30, 63, "male", "ATORVASTATINE 40 mg", "Rhabdomyolyse", ("hospitalisation",)),
    ("metformine", PHARMACIST, 4, 77, "female", "METFORMINE 1 g", "Acidose lactique", ("death",)),
    ("toux", DOCTOR, 60, 71, "female", "RAMIPRIL 5 mg", "Toux sèche", ()),
    ("ains", DOCTOR, 22, 45, "male", "IBUPROFENE 400 mg", "Ulcère gastrique hémorragique", ("hospitalisation",)),
    ("grippe", DOCTOR, 19, 68, "female", "VACCIN GRIPPE", "Douleur au point d'injection", ()),
    ("isotretinoine", DOCTOR, 75, 18, "female", "ISOTRETINOINE 20 mg", "Chéilite", ()),
    ("pilule", DOCTOR, 15, 31, "female", "DESOGESTREL/ETHINYLESTRADIOL", "Embolie pulmonaire", ("life_threatening",)),
    ("fluoroquinolone", DOCTOR, 33, 58, "male", "LEVOFLOXACINE 500 mg", "Rupture du tendon d'Achille", ("disability",)),
    ("opioide", PHARMACIST, 5, 84, "female", "TRAMADOL 100 mg", "Hypoglycémie", ("hospitalisation",)),
    ("neuroleptique", PHARMACIST, 16, 39, "male", "HALOPERIDOL", "Syndrome malin des neuroleptiques", ("life_threatening",)),
    ("corticoide", DOCTOR, 50, 61, "female", "PREDNISONE 20 mg", "Insomnie", ()),
    ("chimiotherapie", PHARMACIST, 10, 55, "female", "CAPECITABINE 500 mg", "Toxicité sévère, déficit en DPD", ("life_threatening",)),
    ("contraste", DOCTOR, 1, 47, "male", "IOHEXOL", "Bronchospasme", ("other_medically_important",)),
    ("hpv", DOCTOR, 28, 12, "female", "VACCIN HPV", "Syncope", ()),
    ("lithium", PHARMACIST, 12, 52, "female", "LITHIUM 400 mg", "Confusion, lithiémie élevée", ("hospitalisation",)),
    ("amiodarone", DOCTOR, 40, 74, "male", "AMIODARONE 200 mg", "Hypothyroïdie", ()),
    ("colchicine", PHARMACIST, 2, 81, "male", "COLCHICINE 1 mg", "Diarrhée profuse", ("hospitalisation",)),
    ("clozapine", PHARMACIST, 18, 36, "male", "CLOZAPINE 100 mg", "Agranulocytose", ("life_threatening",)),
    ("minoxidil", CENTRE, 25, 41, "male", "MINOXIDIL 5 %", "Céphalées", ()),
)  # fmt: skip


def short(row: Row) -> DemoCase:
    """Return a demo case of one product and one reaction."""
    name, by, days, age, sex, product, term, seriousness = row
    reporter = BY_PHARMACIST if by == PHARMACIST else BY_DOCTOR if by == DOCTOR else BY_PATIENT

    def report(day: Calendar) -> Json:
        onset = day(days + 2)
        given = vaccine(product, onset) if "VACCIN" in product else drug(product, end=onset)
        return {
            "patient": aged(age, sex),
            "reporter": reporter,
            "drugs": [given],
            "reactions": [reaction(term, onset, "fatal" if "death" in seriousness else "unknown")],
            **({"seriousness": list(seriousness)} if seriousness else {}),
        }

    return DemoCase(id=name, by=by, days=days, report=report)


ALL: tuple[DemoCase, ...] = (*DEMO, *map(short, SHORT))
