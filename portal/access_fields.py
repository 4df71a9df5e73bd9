"""How the fields of compassionate access are asked, and in which groups; the names are the API's."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from compassionate.domain.vocabulary import LABELS, RequestKind
from portal.report_fields import Kind
from portal.shape_form import Asked, Group

ABOUT_PRESCRIPTION: dict[str, Asked] = {
    "patient_initials": Asked(
        hint=_("Deux lettres, jamais le nom"), autocomplete="off", required=True
    ),
    "patient_age": Asked(hint=_("En mois avant deux ans"), required=True),
    "patient_age_unit": Asked(required=True),
    "patient_sex": Asked(kind=Kind.RADIO),
    "patient_weight_kg": Asked(required=True),
    "file_number": Asked(
        hint=_("Celui de votre établissement, jamais un numéro de sécurité sociale"),
        autocomplete="off",
    ),
    "product": Asked(
        label=_("Identifiant au référentiel"), hint=_("Sur la fiche du produit, si elle existe")
    ),
    "indication": Asked(
        label=_("Code de l’indication"), hint=_("Sur la fiche du produit, si elle existe")
    ),
    "product_name": Asked(hint=_("Nom, nom de code ou DCI"), required=True),
    "form": Asked(hint=_("Par exemple comprimé, solution injectable"), required=True),
    "strength": Asked(hint=_("Par exemple 50 mg"), required=True),
    "dosage": Asked(required=True),
    "duration_days": Asked(hint=_("365 jours au plus"), required=True),
    "indication_text": Asked(required=True),
    "trial": Asked(hint=_("Références de l’essai en cours, ou « aucun »"), required=True),
    "deferrable": Asked(hint=_("L’agence lit d’abord ce qui ne peut attendre")),
    "urgency": Asked(hint=_("Si le traitement ne peut être différé")),
    "prescriber_name": Asked(required=True, autocomplete="name"),
    "prescriber_function": Asked(required=True, autocomplete="organization-title"),
    "prescriber_rpps": Asked(hint=_("11 chiffres"), autocomplete="off"),
    "prescriber_email": Asked(hint=_("Un courriel ou un téléphone"), autocomplete="email"),
    "prescriber_phone": Asked(autocomplete="tel"),
    "elapsed_data": Asked(
        hint=_("Ce que vous savez de l’effet et de la tolérance depuis l’autorisation"),
        required=True,
    ),
    "criteria.code": Asked(label=_("Code du critère")),
    "criteria.answer": Asked(label=_("Ce critère est-il rempli ?"), kind=Kind.RADIO),
}
ABOUT_PHARMACY: dict[str, Asked] = {
    "pharmacist_name": Asked(required=True, autocomplete="name"),
    "pharmacist_rpps": Asked(hint=_("11 chiffres"), autocomplete="off", required=True),
    "phone": Asked(
        label=_("Téléphone où la pharmacie répond maintenant"), autocomplete="tel", required=True
    ),
    "analysis": Asked(required=True),
    "quantity": Asked(required=True),
    "dispensing.at": Asked(hint=_("Seulement si une dose est déjà donnée ; heure de Paris")),
}
KINDS = tuple(
    (kind.value, LABELS[kind]) for kind in RequestKind if kind is not RequestKind.REGULARISATION
)
WHOLE: dict[str, Asked] = {
    **{f"prescription.{name}": asked for name, asked in ABOUT_PRESCRIPTION.items()},
    **{f"pharmacy.{name}": asked for name, asked in ABOUT_PHARMACY.items()},
    "kind": Asked(label=_("Type de demande"), choices=KINDS, required=True),
    "renews": Asked(
        label=_("Autorisation concernée"),
        hint=_("Son numéro, pour un renouvellement ou une modification"),
    ),
    "sheet_number": Asked(
        label=_("Numéro de la fiche papier"),
        hint=_("Si cette saisie remplace une fiche remplie pendant une panne"),
    ),
    "dispensing.at": Asked(label=_("Dispensé le"), hint=_("Heure de Paris"), required=True),
    "told_at": Asked(
        label=_("Heure déclarée jusqu’ici"),
        hint=_("Celle de la déclaration à corriger ; heure de Paris"),
        required=True,
    ),
    "prescriber_attests": Asked(label=_("Le prescripteur atteste que les critères sont remplis")),
    "pharmacist_attests": Asked(label=_("Le pharmacien atteste que les critères sont remplis")),
    "reason": Asked(label=_("Motif"), kind=Kind.LONG, required=True),
    "text": Asked(label=_("Votre réponse"), required=True),
    "seen_on": Asked(label=_("Patient vu le"), required=True),
    "outcome": Asked(label=_("Évolution du patient"), required=True),
    "number": Asked(label=_("Numéro de la déclaration"), required=True, autocomplete="off"),
    "senior": Asked(required=True),
}
"""How every field of these pages is asked."""
OF_DOSE = {
    name: replace(asked, required=False) if name.startswith("prescription.") else asked
    for name, asked in WHOLE.items()
}
"""A dose is received whatever its report lacks: what is known of the patient is enough."""


def _of(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names.split())


def _part(names: str) -> tuple[str, ...]:
    return _of("prescription", names)


SENIOR = Group(
    title=_("En son nom"),
    names=("senior",),
    note=_("Un interne demande au nom d’un médecin de son établissement."),
)
ANSWER = Group(title=_("Ce que la pharmacie demandait"), names=("answer",))
PATIENT = Group(
    title=_("Le patient"),
    names=_part(
        "patient_sex patient_initials patient_age patient_age_unit patient_weight_kg "
        "weight_measured_on body_surface_m2 file_number"
    ),
)
PRODUCT = Group(
    title=_("Le médicament"),
    names=_part("product_name form strength duration_days wanted_on dosage"),
)
CODES = Group(
    title=_("Le référentiel"),
    names=_part("product indication criteria_version"),
    closed=True,
    note=_("Ce que dit la fiche du kit hors ligne, si vous l’avez."),
)
NEED = Group(
    title=_("L’indication et l’urgence"),
    names=_part("indication_text deferrable urgency prior_treatments trial"),
)
CRITERIA_MET = Group(title=_("Engagement sur les critères"), names=_part("undertakes_criteria"))
JUSTIFICATION = Group(
    title=_("Justification hors critères"),
    names=_part(
        "justification.no_trial justification.no_alternative justification.presumed_benefit"
    ),
    note=_("Nécessaire si un critère n’est pas rempli, ou si aucun critère n’est publié."),
)
UNDERTAKINGS = Group(
    title=_("Engagements et information"),
    names=_part("undertakes_follow_up patient_informed_on"),
)
PRESCRIBER = Group(
    title=_("Le prescripteur"),
    names=_part(
        "prescriber_name prescriber_function prescriber_rpps prescriber_specialty "
        "prescriber_email prescriber_phone service"
    ),
)
PHARMACY = Group(
    title=_("La pharmacie"),
    names=_of(
        "pharmacy",
        "pharmacist_name pharmacist_rpps phone backup quantity in_stock source analysis comment",
    ),
)
GIVEN_ALREADY = Group(
    title=_("Une dose est déjà donnée"),
    names=(
        *_of("pharmacy.dispensing", "at quantity batch"),
        "sheet_number",
    ),
    closed=True,
)
ANEW = Group(
    title=_("Ce que la loi demande de nouveau"),
    names=_part(
        "elapsed_data attests_interest patient_age patient_age_unit patient_weight_kg "
        "weight_measured_on duration_days wanted_on deferrable urgency"
    ),
    note=_("CSP R5121-74-4 : données cliniques de la période écoulée, intérêt de poursuivre."),
)
READ_ANEW = Group(
    title=_("Pour un renouvellement"),
    names=_part("elapsed_data attests_interest"),
)
PAPER = Group(title=_("Fiche papier"), names=("sheet_number",), closed=True)
CHANGED = Group(
    title=_("Ce qui change"),
    names=_part(
        "dosage patient_age patient_age_unit patient_weight_kg weight_measured_on "
        "duration_days wanted_on deferrable urgency"
    ),
)
_ASKED_ABOVE = frozenset((*ANEW.names, *UNDERTAKINGS.names))
UNCHANGED = Group(
    title=_("Ce qui ne change pas, repris de la demande précédente"),
    names=tuple(
        name
        for group in (PATIENT, PRODUCT, NEED, PRESCRIBER)
        for name in group.names
        if name not in _ASKED_ABOVE
    ),
    closed=True,
)
INITIAL = (PATIENT, PRODUCT, NEED)
DOSE = Group(
    title=_("La dose"),
    names=("dispensing.at", "dispensing.quantity", "dispensing.batch"),
)
WRONG_DOSE = Group(title=_("La dose à corriger"), names=("told_at",))
RIGHT_DOSE = Group(
    title=_("Ce qu’il fallait déclarer"),
    names=DOSE.names,
    note=_("En entier : ce qui reste vide n’est plus dit de cette dose."),
)
WHY = Group(title=_("Pourquoi"), names=("reason",))
ATTESTED = Group(
    title=_("Les deux attestations"),
    names=("prescriber_attests", "pharmacist_attests"),
    note=_("Sans les deux, la dose est reçue tout de même, et l’agence le voit."),
)
KIND = Group(title=_("La demande"), names=("kind", "renews"))
DATA = Group(title="", names=("due_on", "seen_on", "outcome", "efficacy", "safety", "dosage"))
HIDDEN_OF_SHEET = _part("product indication criteria_version")


def closed(group: Group) -> Group:
    """Return a group that is closed until one of its fields has something wrong."""
    return replace(group, closed=True)


def without(group: Group, names: Iterable[str]) -> Group:
    """Return a group without some of its fields."""
    left = tuple(name for name in group.names if name not in frozenset(names))
    return replace(group, names=left)
