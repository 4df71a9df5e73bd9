"""Why a request is refused and why an authorisation is withdrawn, by the conditions of the law."""

from enum import StrEnum


class RefusalGround(StrEnum):
    """What the agency refuses for (CSP R5121-74-2: L5121-12-1 I, II and V, or public health; R5121-74-4)."""

    TREATMENT_EXISTS = "treatment_exists"
    DISEASE_OUTSIDE = "disease_outside"
    BENEFIT_NOT_PRESUMED = "benefit_not_presumed"
    TRIAL_OPEN = "trial_open"
    MEDICINE_OUTSIDE = "medicine_outside"
    NOT_ESTABLISHED = "not_established"
    OBLIGATIONS_NOT_KEPT = "obligations_not_kept"
    PUBLIC_HEALTH = "public_health"


class WithdrawalGround(StrEnum):
    """Why an authorisation is withdrawn (R5121-74-8, CRPA L242-1)."""

    CONDITIONS_NOT_MET = "conditions_not_met"
    PUBLIC_HEALTH = "public_health"
    ILLEGAL = "illegal"


GROUNDS: dict[str, str] = {
    RefusalGround.TREATMENT_EXISTS: "Un traitement approprié existe",
    RefusalGround.DISEASE_OUTSIDE: "Maladie ni grave, ni rare, ni invalidante",
    RefusalGround.BENEFIT_NOT_PRESUMED: "Efficacité et sécurité non présumées",
    RefusalGround.TRIAL_OPEN: "Une recherche à visée commerciale porte sur le médicament",
    RefusalGround.MEDICINE_OUTSIDE: "Médicament hors de l'accès compassionnel (AMM, AAP, CPC)",
    RefusalGround.NOT_ESTABLISHED: "Conditions non établies par ce qui fut envoyé",
    RefusalGround.OBLIGATIONS_NOT_KEPT: "Obligations non tenues, dont le suivi (renouvellement)",
    RefusalGround.PUBLIC_HEALTH: "Motif de santé publique",
    WithdrawalGround.CONDITIONS_NOT_MET: "Conditions non remplies",
    WithdrawalGround.ILLEGAL: "Décision illégale",
}
"""French label of each ground."""
