"""The fields of the declaration form: French label, kind of answer, where it stands.

The names are those of the report that the API takes, joined by dots; so an error's JSON pointer
is the field's name with slashes.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pharmacovigilance.domain import vocabulary as words


class Kind(StrEnum):
    """How a field is answered."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"
    CHOICE = "choice"
    RADIO = "radio"
    MANY = "many"
    MANY_WHOLE = "many_whole"
    DAY = "day"
    INSTANT = "instant"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question. `needs` names a neighbour without which the answer means nothing."""

    name: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    choices: type[words.Coded] | tuple[tuple[str, str | Promise], ...] = ()
    hint: str | Promise = ""
    unit: str = ""
    needs: str = ""
    autocomplete: str = ""
    required: bool = False


DATE_HINT = _("Par exemple 14/03/2026, 03/2026 ou 2026")
TRIMESTERS = (("1", _("Premier")), ("2", _("Deuxième")), ("3", _("Troisième")))

PATIENT_ESSENTIAL = (
    Field(name="patient.sex", label=_("Sexe"), kind=Kind.RADIO, choices=words.Sex),
    Field(
        name="patient.age_value",
        label=_("Âge au moment de l’effet"),
        kind=Kind.NUMBER,
    ),
    Field(
        name="patient.age_unit",
        label=_("Unité de l’âge"),
        kind=Kind.CHOICE,
        choices=words.AgeUnit,
        needs="patient.age_value",
    ),
)
PATIENT_MORE = (
    Field(
        name="patient.name_letters",
        label=_("Trois premières lettres du nom"),
        hint=_("Chiffré : ne quitte jamais la structure qui reçoit la déclaration"),
        autocomplete="off",
    ),
    Field(
        name="patient.first_name_initial",
        label=_("Première lettre du prénom"),
        autocomplete="off",
    ),
    Field(
        name="patient.birth_date",
        label=_("Date de naissance"),
        kind=Kind.DATE,
        hint=DATE_HINT,
        autocomplete="off",
    ),
    Field(
        name="patient.age_group",
        label=_("Tranche d’âge, si l’âge est inconnu"),
        kind=Kind.CHOICE,
        choices=words.AgeGroup,
    ),
    Field(name="patient.weight_kg", label=_("Poids"), kind=Kind.NUMBER, unit="kg"),
    Field(name="patient.height_cm", label=_("Taille"), kind=Kind.WHOLE, unit="cm"),
    Field(
        name="patient.last_menstrual_period",
        label=_("Date des dernières règles (patiente enceinte)"),
        kind=Kind.DATE,
        hint=DATE_HINT,
    ),
    Field(
        name="patient.medical_history",
        label=_("Antécédents et facteurs de risque"),
        kind=Kind.LONG,
    ),
)
NEWBORN = (
    Field(
        name="patient.newborn.exposures",
        label=_("Le nouveau-né a reçu les produits"),
        kind=Kind.MANY,
        choices=words.NewbornExposure,
    ),
    Field(
        name="patient.newborn.trimesters",
        label=_("Trimestres de la grossesse"),
        kind=Kind.MANY_WHOLE,
        choices=TRIMESTERS,
    ),
    Field(
        name="patient.newborn.last_menstrual_period",
        label=_("Date des dernières règles de la mère"),
        kind=Kind.DATE,
        hint=DATE_HINT,
    ),
)

DRUG_ESSENTIAL = (
    Field(
        name="name",
        label=_("Nom du produit"),
        hint=_("Nom de spécialité ou substance, tel que vous le connaissez"),
    ),
    Field(name="kind", label=_("Type de produit"), kind=Kind.CHOICE, choices=words.ProductKind),
    Field(name="start", label=_("Première prise ou injection"), kind=Kind.DATE, hint=DATE_HINT),
)
DRUG_BATCH = (
    Field(
        name="batch_number",
        label=_("Numéro de lot"),
        hint=_("Attendu pour un vaccin ou un médicament dérivé du sang"),
    ),
)
DRUG_VACCINE = (
    Field(name="dose_number", label=_("Rang de la dose"), kind=Kind.WHOLE),
    Field(name="injection_site", label=_("Site d’injection")),
)
DRUG_MORE = (
    Field(
        name="role",
        label=_("Rôle dans l’effet"),
        kind=Kind.CHOICE,
        choices=words.DrugRole,
        hint=_("Sans réponse : suspect"),
    ),
    Field(name="end", label=_("Dernière prise"), kind=Kind.DATE, hint=DATE_HINT),
    Field(name="dosage", label=_("Posologie"), hint=_("Par exemple 500 mg matin et soir")),
    Field(name="route", label=_("Voie d’administration")),
    Field(name="indication", label=_("Indication")),
    Field(
        name="authorisation",
        label=_("Cadre d’utilisation"),
        kind=Kind.CHOICE,
        choices=words.AuthorisationStatus,
        hint=_("Précisez un accès précoce ou compassionnel"),
    ),
    Field(
        name="action_taken",
        label=_("Mesure prise"),
        kind=Kind.CHOICE,
        choices=words.ActionTaken,
    ),
    Field(name="stopped", label=_("Produit arrêté ?"), kind=Kind.CHOICE, choices=words.Answer),
    Field(
        name="disappeared",
        label=_("Effet disparu à l’arrêt ?"),
        kind=Kind.CHOICE,
        choices=words.Answer,
    ),
    Field(
        name="reintroduced",
        label=_("Produit réintroduit ?"),
        kind=Kind.CHOICE,
        choices=words.Answer,
    ),
    Field(
        name="reappeared",
        label=_("Effet réapparu ?"),
        kind=Kind.CHOICE,
        choices=words.Answer,
    ),
    Field(name="cis", label=_("Code CIS"), hint=_("8 chiffres")),
    Field(name="cip", label=_("Code CIP"), hint=_("7 ou 13 chiffres, sur la boîte")),
)
BLOOD_PRODUCT = (
    Field(name="name", label=_("Nom du produit sanguin labile")),
    Field(name="batch_number", label=_("Numéro de lot")),
    Field(name="haemovigilance_number", label=_("Numéro de la déclaration d’hémovigilance")),
)
REACTION_ESSENTIAL = (
    Field(
        name="term",
        label=_("Effet indésirable"),
        hint=_("Avec vos mots : le diagnostic ou les signes"),
    ),
    Field(name="onset", label=_("Début de l’effet"), kind=Kind.DATE, hint=DATE_HINT),
)
REACTION_MORE = (
    Field(name="outcome", label=_("Évolution"), kind=Kind.CHOICE, choices=words.Outcome),
    Field(name="end", label=_("Fin de l’effet"), kind=Kind.DATE, hint=DATE_HINT),
)

SERIOUSNESS = Field(
    name="seriousness",
    label=_("L’effet a-t-il été grave ?"),
    kind=Kind.MANY,
    choices=words.SeriousnessCriterion,
    hint=_("Cochez tout ce qui s’applique. Aucune case : effet non grave."),
)
NARRATIVE = Field(
    name="narrative",
    label=_("Que s’est-il passé ?"),
    kind=Kind.LONG,
    hint=_("Déroulement, prise en charge, ce qui vous fait penser au produit"),
)
DEATH = (
    Field(name="death_date", label=_("Date du décès"), kind=Kind.DATE, hint=DATE_HINT),
    Field(name="death_cause", label=_("Cause du décès")),
)
STORY_MORE = (
    Field(
        name="circumstances",
        label=_("Conditions de survenue"),
        kind=Kind.MANY,
        choices=words.Circumstance,
    ),
    Field(name="lab_results", label=_("Examens complémentaires"), kind=Kind.LONG),
)
REPORTER = (
    Field(
        name="reporter.profession",
        label=_("Profession"),
        kind=Kind.CHOICE,
        choices=words.Profession,
    ),
    Field(name="reporter.family_name", label=_("Nom"), autocomplete="family-name"),
    Field(name="reporter.given_name", label=_("Prénom"), autocomplete="given-name"),
    Field(name="reporter.rpps", label=_("Numéro RPPS"), hint=_("11 chiffres"), autocomplete="off"),
    Field(
        name="reporter.institution",
        label=_("Établissement ou cabinet"),
        autocomplete="organization",
    ),
    Field(name="reporter.street", label=_("Adresse"), autocomplete="street-address"),
    Field(name="reporter.postcode", label=_("Code postal"), autocomplete="postal-code"),
    Field(name="reporter.city", label=_("Ville"), autocomplete="address-level2"),
    Field(
        name="reporter.department_code",
        label=_("Département"),
        hint=_("Son code désigne le centre régional qui vous répondra : 75, 2A, 974"),
    ),
    Field(
        name="reporter.country",
        label=_("Pays"),
        hint=_("Code à deux lettres, FR si rien n’est dit"),
        autocomplete="country",
    ),
    Field(name="reporter.phone", label=_("Téléphone"), autocomplete="tel"),
    Field(name="reporter.email", label=_("Adresse électronique"), autocomplete="email"),
)
_NEEDED_AT_THE_DOOR = frozenset({"family_name", "rpps", "phone", "department_code"})
DOOR = tuple(
    replace(field, required=name in _NEEDED_AT_THE_DOOR)
    for name in (
        *("family_name", "given_name", "rpps", "phone"),
        *("profession", "institution", "department_code", "email"),
    )
    for field in REPORTER
    if field.name == f"reporter.{name}"
)
"""Who declares without account: what identifies her, how to call her back, where she works."""
PLACES = (
    Field(name="hospital_unit", label=_("Service hospitalier où le produit a été administré")),
    Field(name="dispensing_pharmacy", label=_("Pharmacie qui a délivré le produit")),
)

RECEIPT = (
    Field(
        name="received_at",
        label=_("Reçue le"),
        hint=_("Jour où elle est arrivée, par exemple 14/03/2026 : le délai part de ce jour"),
        required=True,
        autocomplete="off",
    ),
    Field(
        name="received_time",
        label=_("Heure de réception, si elle est connue"),
        hint=_("Par exemple 14:30"),
        autocomplete="off",
    ),
    Field(
        name="channel",
        label=_("Voie de réception"),
        kind=Kind.CHOICE,
        choices=(
            (words.Channel.PAPER.value, _("Formulaire papier, courrier ou courriel")),
            (words.Channel.PHONE.value, _("Téléphone")),
        ),
        required=True,
    ),
)
"""What a regional centre, or the agency's pilot, says of a declaration that it transcribes."""

SINGLES = (
    *PATIENT_ESSENTIAL,
    *PATIENT_MORE,
    *NEWBORN,
    SERIOUSNESS,
    NARRATIVE,
    *DEATH,
    *STORY_MORE,
    *REPORTER,
    *PLACES,
)
ROWS: dict[str, tuple[Field, ...]] = {
    "drugs": (*DRUG_ESSENTIAL, *DRUG_BATCH, *DRUG_VACCINE, *DRUG_MORE),
    "reactions": (*REACTION_ESSENTIAL, *REACTION_MORE),
    "blood_products": BLOOD_PRODUCT,
}
