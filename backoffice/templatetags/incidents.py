"""How incidents are put into words."""

from django import template
from django.utils.translation import get_language, gettext_lazy

from continuity.beacon.watch import IncidentKind
from continuity.beacon.words import LABELS
from continuity.incident_models import IncidentRow

register = template.Library()

KINDS = {
    IncidentKind.AVAILABILITY: gettext_lazy("Disponibilité"),
    IncidentKind.INTEGRITY: gettext_lazy("Intégrité"),
    IncidentKind.CONFIDENTIALITY: gettext_lazy("Confidentialité"),
}
GOING_ON = gettext_lazy("En cours")
RESTORED = gettext_lazy("Rétabli")
CLOSED = gettext_lazy("Clos")


@register.filter
def incident_kind(code: str) -> str:
    """Return what was lost."""
    return str(KINDS[IncidentKind(code)]) if code in set(IncidentKind) else code


@register.filter
def incident_state(row: IncidentRow) -> str:
    """Return how far an incident is."""
    if row.closed_at:
        return str(CLOSED)
    return str(RESTORED if row.restored_at else GOING_ON)


@register.filter
def service_words(names: str) -> str:
    """Return services as the status page names them."""
    language = 0 if get_language() == "fr" else 1
    words = [LABELS[name][language] if name in LABELS else name for name in names.split()]
    return ", ".join(words)
