"""The closed lists of a declaration: stored value, French label, ICH E2B(R3) code.

A stored value is never renamed. Sources: cerfa 10011*07, ICH E2B(R3) code sets, CSP (code de la
santé publique) R5121-152 and R5121-161.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self


class Coded(StrEnum):
    """A stored value with its French label and, where ICH has one, its E2B(R3) code."""

    label: str
    e2b: str | None

    def __new__(cls, value: str, label: str = "", e2b: str | None = None) -> Self:
        """Build a member from its stored value, its label and its E2B code."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.e2b = e2b
        return member


class SeriousnessCriterion(Coded):
    """Why a reaction is serious (gravité), E.i.3.2a–f; `e2b` is the element's last letter."""

    DEATH = "death", "Décès", "a"
    LIFE_THREATENING = "life_threatening", "Mise en jeu du pronostic vital", "b"
    HOSPITALISATION = "hospitalisation", "Hospitalisation ou prolongation d'hospitalisation", "c"
    DISABILITY = "disability", "Incapacité ou invalidité importante ou durable", "d"
    CONGENITAL_ANOMALY = "congenital_anomaly", "Anomalie ou malformation congénitale", "e"
    OTHER_MEDICALLY_IMPORTANT = (
        "other_medically_important",
        "Autre situation médicalement grave",
        "f",
    )


class Outcome(Coded):
    """How a reaction ended at the last observation (évolution), E.i.7."""

    RECOVERED = "recovered", "Guérison sans séquelle", "1"
    RECOVERING = "recovering", "En cours de guérison", "2"
    NOT_RECOVERED = "not_recovered", "Non rétabli", "3"
    RECOVERED_WITH_SEQUELAE = "recovered_with_sequelae", "Guérison avec séquelles", "4"
    FATAL = "fatal", "Décès", "5"
    UNKNOWN = "unknown", "Évolution inconnue", "0"


class Sex(Coded):
    """Sex of the patient, D.5; unknown is the null flavour UNK."""

    MALE = "male", "Masculin", "1"
    FEMALE = "female", "Féminin", "2"
    UNKNOWN = "unknown", "Inconnu", "UNK"


class AgeUnit(Coded):
    """Unit of an age, D.2.2b; `e2b` is the UCUM code."""

    YEAR = "year", "ans", "a"
    MONTH = "month", "mois", "mo"
    WEEK = "week", "semaines", "wk"
    DAY = "day", "jours", "d"
    HOUR = "hour", "heures", "h"


class AgeGroup(Coded):
    """Age group as the reporter gives it, D.2.3."""

    FOETUS = "foetus", "Fœtus", "0"
    NEONATE = "neonate", "Nouveau-né", "1"
    INFANT = "infant", "Nourrisson", "2"
    CHILD = "child", "Enfant", "3"
    ADOLESCENT = "adolescent", "Adolescent", "4"
    ADULT = "adult", "Adulte", "5"
    ELDERLY = "elderly", "Personne âgée", "6"


class DrugRole(Coded):
    """What a drug is thought to have done, G.k.1."""

    SUSPECT = "suspect", "Suspect", "1"
    CONCOMITANT = "concomitant", "Concomitant", "2"
    INTERACTING = "interacting", "En interaction", "3"
    NOT_ADMINISTERED = "not_administered", "Non administré", "4"


SUSPECTED_ROLES: frozenset[str | None] = frozenset(
    {None, DrugRole.SUSPECT, DrugRole.INTERACTING, DrugRole.NOT_ADMINISTERED}
)
"""Roles that satisfy the criterion "suspect product" (GVP VI.B.2); unstated counts as suspect."""


class ProductKind(Coded):
    """Kind of a medicine; the two last must be traceable by batch (CSP R5121-186, GVP P.II)."""

    MEDICINE = "medicine", "Médicament"
    VACCINE = "vaccine", "Vaccin"
    BLOOD_DERIVED = "blood_derived", "Médicament dérivé du sang"


BATCH_EXPECTED: frozenset[str | None] = frozenset({ProductKind.VACCINE, ProductKind.BLOOD_DERIVED})


class Answer(Coded):
    """The three boxes of the form for stopped, disappeared, reintroduced and reappeared."""

    YES = "yes", "Oui"
    NO = "no", "Non"
    NO_INFORMATION = "no_information", "Sans information"


class ActionTaken(Coded):
    """What was done with the drug, G.k.8."""

    WITHDRAWN = "withdrawn", "Médicament arrêté", "1"
    DOSE_REDUCED = "dose_reduced", "Dose réduite", "2"
    DOSE_INCREASED = "dose_increased", "Dose augmentée", "3"
    DOSE_NOT_CHANGED = "dose_not_changed", "Dose inchangée", "4"
    UNKNOWN = "unknown", "Inconnu", "0"
    NOT_APPLICABLE = "not_applicable", "Sans objet", "9"


class AuthorisationStatus(Coded):
    """Under which authorisation the drug was given; the form asks to state ATU and RTU."""

    MARKETED = "marketed", "Autorisation de mise sur le marché (AMM)"
    EARLY_ACCESS = "early_access", "Accès précoce (AAP)"
    COMPASSIONATE_ACCESS = "compassionate_access", "Accès compassionnel (AAC)"
    COMPASSIONATE_FRAMEWORK = (
        "compassionate_framework",
        "Cadre de prescription compassionnelle (CPC)",
    )
    FORMER_ATU = "former_atu", "ATU (ancien régime)"
    FORMER_RTU = "former_rtu", "RTU (ancien régime)"
    CLINICAL_TRIAL = "clinical_trial", "Essai clinique"
    NONE = "none", "Sans autorisation en France"


class Circumstance(Coded):
    """How the drug came to be used (conditions de survenue), G.k.10.r where it has a code."""

    NORMAL_USE = "normal_use", "Conditions normales d'utilisation"
    MEDICATION_ERROR = "medication_error", "Erreur médicamenteuse", "7"
    OVERDOSE = "overdose", "Surdosage", "2"
    MISUSE = "misuse", "Mésusage", "8"
    ABUSE = "abuse", "Abus", "9"
    OFF_LABEL = "off_label", "Utilisation hors AMM", "11"
    OCCUPATIONAL_EXPOSURE = "occupational_exposure", "Exposition professionnelle", "10"
    INTERACTION = "interaction", "Interaction médicamenteuse"
    COUNTERFEIT = "counterfeit", "Médicament falsifié", "1"
    # Codes 5 and 6 are the result of a test of the batch, not what a reporter suspects.
    QUALITY_DEFECT = "quality_defect", "Défaut de qualité"
    EXPIRED = "expired", "Médicament périmé", "4"
    LACK_OF_EFFECT = "lack_of_effect", "Inefficacité"
    OTHER = "other", "Autre"


class NewbornExposure(Coded):
    """How a newborn received the drugs (newborn block of the form)."""

    DIRECT = "direct", "Directement par le nouveau-né"
    BREASTFEEDING = "breastfeeding", "Via l'allaitement"
    MOTHER_DURING_PREGNANCY = "mother_during_pregnancy", "Par la mère durant la grossesse"
    FATHER = "father", "Par le père", "3"


IN_UTERO = frozenset({NewbornExposure.MOTHER_DURING_PREGNANCY, NewbornExposure.FATHER})


class Profession(Coded):
    """Who declares; `e2b` is the qualification C.2.r.4 (3 = other health professional)."""

    PHYSICIAN = "physician", "Médecin", "1"
    DENTAL_SURGEON = "dental_surgeon", "Chirurgien-dentiste", "3"
    MIDWIFE = "midwife", "Sage-femme", "3"
    PHARMACIST = "pharmacist", "Pharmacien", "2"
    NURSE = "nurse", "Infirmier", "3"
    OTHER_HEALTH_PROFESSIONAL = (
        "other_health_professional",
        "Autre professionnel de santé",
        "3",
    )
    PATIENT = "patient", "Patient ou usager", "5"
    PATIENT_ASSOCIATION = "patient_association", "Association de patients", "5"


class Channel(Coded):
    """The way a declaration came in."""

    PORTAL = "portal", "Portail"
    API = "api", "API"
    PAPER = "paper", "Formulaire papier"
    PHONE = "phone", "Téléphone"


class Party(Coded):
    """The side that gives a command: whoever declared, or those who review."""

    DECLARANT = "declarant", "Déclarant"
    REVIEWER = "reviewer", "Évaluateur"


class Status(Coded):
    """Where a declaration stands, in the words that the declarant reads."""

    DECLARED = "declared", "Reçue"
    INFORMATION_REQUESTED = "information_requested", "Information demandée"
    WITHDRAWN = "withdrawn", "Retirée par le déclarant"


UNREADABLE = "unreadable"
"""What lists show as the status of a declaration that this software cannot read."""


class Criterion(Coded):
    """The four minimum criteria of a valid case (GVP VI.B.2, ICH E2D)."""

    REPORTER = "reporter", "Déclarant identifiable", "C.2.r"
    PATIENT = "patient", "Patient identifiable", "D"
    PRODUCT = "product", "Médicament suspect", "G.k.1"
    REACTION = "reaction", "Effet indésirable", "E.i.1"


_CRITERIA_ORDER = {criterion: place for place, criterion in enumerate(SeriousnessCriterion)}


def in_order(criteria: Iterable[SeriousnessCriterion]) -> tuple[SeriousnessCriterion, ...]:
    """Return seriousness criteria once each, in the order of E.i.3.2a–f."""
    return tuple(sorted(set(criteria), key=_CRITERIA_ORDER.__getitem__))
