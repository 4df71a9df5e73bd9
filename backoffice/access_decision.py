"""What every decision asks of whoever signs it: its terms or its reasons, and by which delegation."""

from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access_form import day, long, many, text, tick
from backoffice.access_verb import Given
from compassionate import delegating
from compassionate.domain.completeness import text_problems
from compassionate.domain.decision import APPEAL, Reasons, RefusalReasons, Terms
from compassionate.domain.grounds import RefusalGround
from compassionate.domain.vocabulary import Delegated
from compassionate.giving import Signed
from events.days import PARIS

R = TypeVar("R", bound=Reasons)
TERMS = (
    day("begins_on", _("Premier jour"), required=True),
    day("ends_on", _("Dernier jour, compris"), required=True),
    long("dosage", _("Posologie autorisée")),
    long("conditions", _("Conditions")),
)
REASONS = (
    long(
        "law",
        _("Motifs en droit"),
        hint=_("Les articles, par exemple CSP L5121-12-1 II"),
        required=True,
    ),
    long("fact", _("Motifs en fait"), required=True),
    long("appeal", _("Voies et délais de recours"), required=True),
)
REFUSAL = (
    many(
        "grounds",
        _("Conditions sur lesquelles le refus repose"),
        RefusalGround,
        hint=_("Comptées dans les statistiques ; la lettre porte vos motifs"),
        required=True,
    ),
    *REASONS,
)
DELEGATION = text(
    "delegation",
    _("Référence de la délégation de signature"),
    hint=_("Enregistrée par le service juridique ; elle dit aussi votre qualité"),
    required=True,
)
KNOWN_APPEAL = {"appeal": APPEAL.replace("'", "’")}
"""The routes of appeal that every refusal names."""
SIGNED = (
    DELEGATION,
    tick(
        "outside",
        _("Notification"),
        _("Cette décision part hors du téléservice (courrier, télécopie, messagerie)"),
        hint=_("Sa lettre se signe alors avec votre clé, à l’étape suivante (CRPA L212-2)"),
    ),
)


def terms_in(given: Given[Any]) -> Terms | None:
    """Return the terms that were typed, None where a day can't be read."""
    form = given.form
    begins_on, ends_on = form.day("begins_on"), form.day("ends_on")
    if not form.sound or begins_on is None or ends_on is None:
        return None
    terms = Terms(
        begins_on=begins_on,
        ends_on=ends_on,
        dosage=form.said("dosage"),
        conditions=form.said("conditions"),
    )
    form.take_problems(text_problems(terms, "/terms"))
    return terms


def reasons_in(given: Given[Any]) -> Reasons | None:
    """Return the reasons that were typed, None where they can't be taken."""
    return _sound(given, Reasons(**_reasons(given)))


def refusal_in(given: Given[Any]) -> RefusalReasons | None:
    """Return the reasons of a refusal that were typed, None where they can't be taken."""
    grounds = given.form.some("grounds", RefusalGround)
    return _sound(given, RefusalReasons(**_reasons(given), grounds=grounds))


def _reasons(given: Given[Any]) -> dict[str, Any]:
    form = given.form
    return {"law": form.text("law"), "fact": form.said("fact"), "appeal": form.text("appeal")}


def _sound(given: Given[Any], reasons: R) -> R | None:
    given.form.take_problems(text_problems(reasons, "/reasons"))
    return reasons if given.form.sound else None


def signed_in(given: Given[Any]) -> Signed:
    """Return by which delegation somebody signs, and whether the decision leaves the téléservice."""
    form = given.form
    return Signed(delegation=form.text("delegation"), outside=form.ticked("outside"))


def known_to_sign(request: HttpRequest, act: Delegated) -> dict[str, str]:
    """Return by what the reader signs today."""
    today = timezone.localdate(timezone=PARIS)
    return {"delegation": delegating.to_sign_under(request.user, act, today)}
