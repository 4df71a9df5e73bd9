"""Which main links a person sees."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import access
from accounts.access import Someone


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One main link; `current` when the page shown lies behind it."""

    label: str
    url: str
    current: bool = False


def main_links(user: Someone, path: str) -> list[Link]:
    """Return the main links for this person, the one nearest to `path` marked."""
    links = []
    if access.may_declare(user):
        links += [
            (_("Déclarer"), reverse("portal:declare")),
            (_("Mes déclarations"), reverse("portal:declarations")),
        ]
    if access.may_see_worklist(user):
        links += [
            (_("Liste de travail"), reverse("backoffice:worklist")),
            (_("Échéances"), reverse("backoffice:deadlines")),
        ]
    if access.may_operate(user):
        links.append((_("Administration"), reverse("admin:index")))
    nearest = max((url for _label, url in links if path.startswith(url)), key=len, default=None)
    return [Link(label=label, url=url, current=url == nearest) for label, url in links]
