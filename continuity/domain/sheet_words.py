"""The closed lists of a degraded-mode sheet; a stored value is never renamed."""

from enum import StrEnum


class SheetKind(StrEnum):
    """What was taken by telephone or on paper."""

    ADVERSE_EVENT = "adverse_event"
    DEATH_IN_TRIAL = "death_in_trial"
    COMPASSIONATE_ORAL_AGREEMENT = "compassionate_oral_agreement"
    OUT_OF_HOURS_DISPENSING = "out_of_hours_dispensing"
    OTHER = "other"


COMPASSIONATE = frozenset(
    {SheetKind.COMPASSIONATE_ORAL_AGREEMENT, SheetKind.OUT_OF_HOURS_DISPENSING}
)
"""Kinds that stand for a request for a treatment, and not for a declaration."""


class SheetChannel(StrEnum):
    """The fallback way by which it came."""

    PHONE = "phone"
    PAPER = "paper"
    FAX = "fax"
    DECLARED_MAIL = "declared_mail"


class SheetState(StrEnum):
    """Where a sheet stands (fiche dégradée)."""

    OPEN = "open"
    TO_MATCH = "to_match"
    MATCHED = "matched"
    DUPLICATE = "duplicate"
    CANCELLED = "cancelled"
    LOST = "lost"


class NumberDoubt(StrEnum):
    """Why the number of a sheet is a question to a person."""

    NEVER_ISSUED = "number_never_issued"
    EXPIRED = "block_expired"
    NOT_A_NUMBER = "not_a_sheet_number"


class Between(StrEnum):
    """Which two versions differ."""

    RECORDINGS = "recordings"
    DECLARATION = "declaration"


class Ruling(StrEnum):
    """What a person decided about two versions that differ; neither is ever removed."""

    SHEET_HOLDS = "sheet_holds"
    OTHER_HOLDS = "other_holds"
    BOTH_HOLD = "both_hold"
    SEPARATE_CASES = "separate_cases"


class OralAnswer(StrEnum):
    """What the on-call agent answered."""

    AGREEMENT = "agreement"
    REFUSAL = "refusal"
    NOT_NEEDED = "not_needed"
    CALL_BACK = "call_back"


class SheetSeriousness(StrEnum):
    """Why a reaction is serious, as in a declaration (E.i.3.2)."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL_ANOMALY = "congenital_anomaly"
    OTHER_MEDICALLY_IMPORTANT = "other_medically_important"


class SheetSex(StrEnum):
    """Sex of the patient, as in a declaration."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class SheetAgeUnit(StrEnum):
    """Unit of the patient's age, as in a declaration."""

    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"


UNREADABLE = "unreadable"
"""What lists show as the state of a sheet that this software cannot read."""

LABELS: dict[str, str] = {
    SheetKind.ADVERSE_EVENT: "Effet indésirable",
    SheetKind.DEATH_IN_TRIAL: "Décès dans un essai clinique",
    SheetKind.COMPASSIONATE_ORAL_AGREEMENT: "Accès compassionnel, réponse orale",
    SheetKind.OUT_OF_HOURS_DISPENSING: "Dispensation hors heures",
    SheetKind.OTHER: "Autre",
    SheetChannel.PHONE: "Téléphone",
    SheetChannel.PAPER: "Papier",
    SheetChannel.FAX: "Télécopie",
    SheetChannel.DECLARED_MAIL: "Adresse de secours déclarée",
    SheetState.OPEN: "Ouverte, pas encore saisie",
    SheetState.TO_MATCH: "À rapprocher",
    SheetState.MATCHED: "Rapprochée",
    SheetState.DUPLICATE: "Doublon",
    SheetState.CANCELLED: "Annulée",
    SheetState.LOST: "Perdue",
    NumberDoubt.NEVER_ISSUED: "Numéro jamais remis",
    NumberDoubt.EXPIRED: "Carnet périmé à cette date",
    NumberDoubt.NOT_A_NUMBER: "Numéro mal formé, tel qu'écrit sur le papier",
    Ruling.SHEET_HOLDS: "La première version fait foi",
    Ruling.OTHER_HOLDS: "L'autre version fait foi",
    Ruling.BOTH_HOLD: "Les deux se complètent, un seul cas",
    Ruling.SEPARATE_CASES: "Deux cas différents sous un même numéro",
    OralAnswer.AGREEMENT: "Accord",
    OralAnswer.REFUSAL: "Refus",
    OralAnswer.NOT_NEEDED: "Sans objet, conforme aux critères",
    OralAnswer.CALL_BACK: "Rappel convenu",
    SheetSeriousness.DEATH: "Décès",
    SheetSeriousness.LIFE_THREATENING: "Mise en jeu du pronostic vital",
    SheetSeriousness.HOSPITALISATION: "Hospitalisation ou prolongation d'hospitalisation",
    SheetSeriousness.DISABILITY: "Incapacité ou invalidité importante ou durable",
    SheetSeriousness.CONGENITAL_ANOMALY: "Anomalie ou malformation congénitale",
    SheetSeriousness.OTHER_MEDICALLY_IMPORTANT: "Autre situation médicalement grave",
    SheetSex.MALE: "Masculin",
    SheetSex.FEMALE: "Féminin",
    SheetSex.UNKNOWN: "Inconnu",
    SheetAgeUnit.YEAR: "ans",
    SheetAgeUnit.MONTH: "mois",
    SheetAgeUnit.WEEK: "semaines",
    SheetAgeUnit.DAY: "jours",
    SheetAgeUnit.HOUR: "heures",
    UNREADABLE: "Illisible, confiée à un exploitant",
}
"""French label of every stored value; their spellings differ, so that one table holds them all."""
