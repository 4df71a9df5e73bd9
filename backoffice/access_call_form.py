"""What the on-call writes down of a call: its questions, and the command that they make."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.identifiers import is_finess, is_rpps
from backoffice.access_form import AccessForm, choice, day, long, text, tick, whole
from compassionate.domain.prescription import Prescription
from compassionate.domain.vocabulary import AgeUnit, Sex
from events.number import NotANumber, parse
from portal.report_fields import Field

NAME = "appel"
FINESS_NEEDED = _("Un numéro FINESS a 9 caractères, le dernier est une clé : faites-le répéter.")
RPPS_INVALID = _("Un numéro RPPS a 11 chiffres, le dernier est une clé ; laissez vide sinon.")
UNKNOWN_NUMBER = _("Aucune demande ne porte ce numéro : vérifiez-le, ou laissez vide.")

CALL = (
    day("called_on", _("Jour de l’appel"), required=True),
    text("called_time", _("Heure de l’appel"), hint=_("Par exemple 23:40"), required=True),
    text("institution", _("Établissement de l’appelant (FINESS)"), required=True),
    text("sheet_number", _("Numéro de la fiche de mode dégradé, s’il y en a une")),
    text("about", _("Numéro de la demande, si elle existe déjà")),
    tick(
        "called_back",
        _("Contre-appel"),
        _("L’appelant a été rappelé"),
        hint=_("Au numéro de l’annuaire, jamais à celui qu’il donne"),
    ),
)
SAID = (
    text(
        "patient_initials", _("Initiales"), hint=_("Deux, du nom puis du prénom ; jamais le nom")
    ),
    whole("patient_age", _("Âge")),
    choice("patient_age_unit", _("Unité de l’âge"), AgeUnit),
    choice("patient_sex", _("Sexe"), Sex),
    text("patient_weight_kg", _("Poids (kg)")),
    text("product_name", _("Médicament")),
    text("form", _("Forme")),
    text("strength", _("Dosage du médicament")),
    long("indication_text", _("Indication chez ce patient")),
    long("dosage", _("Posologie et voie")),
    whole("duration_days", _("Durée demandée (jours)")),
    text("trial", _("Essai en cours (références), ou aucun")),
    text("prescriber_name", _("Nom du prescripteur")),
    text("prescriber_rpps", _("Numéro RPPS du prescripteur")),
    text("prescriber_phone", _("Téléphone du prescripteur")),
)
AGREED = (
    long("vital_reason", _("Pourquoi l’urgence est vitale")),
    long("conditions", _("Conditions")),
    tick("read_back", _("Numéro"), _("Le numéro est dicté, et l’appelant l’a relu")),
)
REFUSED = (
    long(
        "reason",
        _("Motif"),
        hint=_("Refus, appel sans objet car conforme aux critères, ou rappel prévu"),
        required=True,
    ),
)


def call_fields(*, agreed: bool) -> tuple[Field, ...]:
    """Return the questions of an agreement, or of a refusal."""
    return (*CALL, *SAID, *(AGREED if agreed else REFUSED))


def call_in(form: AccessForm) -> dict[str, Any] | None:
    """Return what every call says, None with errors at its fields where something can't be read."""
    called_at = form.instant("called_on", "called_time")
    institution = form.text("institution").replace(" ", "").upper()
    if not is_finess(institution):
        form.refuse("institution", FINESS_NEEDED)
    about = _about(form)
    part = _part(form)
    if not form.sound or called_at is None:
        return None
    return {
        "institution": institution,
        "called_at": called_at,
        "request_id": about,
        "prescription": part,
        "called_back": form.ticked("called_back"),
        "sheet_number": form.said("sheet_number"),
    }


def _about(form: AccessForm) -> UUID | None:
    typed = form.text("about")
    try:
        return parse(typed) if typed else None
    except NotANumber:
        form.refuse("about", UNKNOWN_NUMBER)
        return None


def _part(form: AccessForm) -> Prescription | None:
    """Return what was said of patient and treatment, None where nothing was."""
    rpps = form.text("prescriber_rpps").replace(" ", "")
    if rpps and not is_rpps(rpps):
        form.refuse("prescriber_rpps", RPPS_INVALID)
    part = Prescription(
        prescriber_name=form.said("prescriber_name"),
        prescriber_rpps=rpps or None,
        prescriber_phone=form.said("prescriber_phone"),
        patient_initials=form.text("patient_initials").replace(" ", "").replace(".", "") or None,
        patient_age=form.whole("patient_age"),
        patient_age_unit=form.one("patient_age_unit", AgeUnit, needed=False),
        patient_sex=form.one("patient_sex", Sex, needed=False),
        patient_weight_kg=form.number("patient_weight_kg"),
        product_name=form.said("product_name"),
        form=form.said("form"),
        strength=form.said("strength"),
        indication_text=form.said("indication_text"),
        dosage=form.said("dosage"),
        duration_days=form.whole("duration_days"),
        trial=form.said("trial"),
    )
    return part if part != Prescription() else None
