"""Which main links a person sees."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import access, compassionate as may
from accounts.access import Someone


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One main link; `current` when the page shown lies behind it."""

    label: str
    url: str
    current: bool = False


def main_links(user: Someone, path: str) -> list[Link]:
    """Return the main links for this person, the one nearest to `path` marked."""
    links = [*_clinicians(user), *_hospital(user), *_desks(user)]
    nearest = max((url for _label, url in links if path.startswith(url)), key=len, default=None)
    return [Link(label=label, url=url, current=url == nearest) for label, url in links]


def _clinicians(user: Someone) -> Iterator[tuple[str, str]]:
    if access.may_declare(user):
        yield _("Déclarer"), reverse("portal:declare")
    if access.may_declare(user) and access.may_read(user):
        yield _("Mes déclarations"), reverse("portal:declarations")


def _hospital(user: Someone) -> Iterator[tuple[str, str]]:
    """Compassionate access: what a prescriber and a pharmacist each begin with."""
    if may.may_submit(user):
        yield _("Pharmacie"), reverse("portal:access_inbox")
    if may.may_draft(user) or may.may_submit(user):
        yield _("Demandes d’accès"), reverse("portal:access_mine")
        yield _("Autorisations"), reverse("portal:access_authorisations")
        yield _("Référentiel"), reverse("portal:access_referential")
    elif may.may_declare_dispensing(user):
        yield _("Dose hors heures"), reverse("portal:access_dose")


def _desks(user: Someone) -> Iterator[tuple[str, str]]:
    if access.may_see_worklist(user):
        yield _("Liste de travail"), reverse("backoffice:worklist")
        yield _("Échéances"), reverse("backoffice:deadlines")
    if access.may_see_set_aside(user):
        yield _("Mises de côté"), reverse("backoffice:set_aside")
    if access.may_see_incidents(user):
        yield _("Incidents"), reverse("backoffice:incidents")
    if access.may_see_sheets(user):
        yield _("Fiches"), reverse("backoffice:sheets")
    elif access.may_issue_sheets(user):
        yield _("Carnets de fiches"), reverse("backoffice:sheet_blocks")
    elif access.may_record_sheets(user):
        yield _("Saisir une fiche"), reverse("backoffice:sheet_record")
    yield from _compassionate(user)
    if access.may_operate(user):
        yield _("Administration"), reverse("admin:index")


def _compassionate(user: Someone) -> Iterator[tuple[str, str]]:
    """The agency's pages of compassionate access, and what was read for an audit."""
    if may.may_see_queue(user):
        yield _("Accès compassionnel"), reverse("backoffice:access_queue")
    elif may.may_prepare_criteria(user):
        yield _("Référentiel"), reverse("backoffice:access_sheets")
    if may.may_record_oral(user):
        yield _("Astreinte"), reverse("backoffice:access_calls")
    if access.may_audit(user):
        yield _("Lectures"), reverse("backoffice:readings")
