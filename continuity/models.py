"""Read-model tables as Django reads them; projections make the rows, SQL the tables."""

from continuity.incident_models import IncidentRow
from continuity.set_aside_models import SetAsideRow
from continuity.sheet_models import SheetBlockRow, SheetRow

__all__ = ["IncidentRow", "SetAsideRow", "SheetBlockRow", "SheetRow"]
