"""Incidents, service health and the restart plan."""

from django.apps import AppConfig
from typing_extensions import override


class ContinuityConfig(AppConfig):
    """Puts its events, projections and reactions on the log's lists."""

    name = "continuity"
    verbose_name = "Continuité d'activité"

    @override
    def ready(self) -> None:
        """Register what the log has to know."""
        from continuity import (
            incident_projection,
            integrity,
            reactions as letters,
            recording,
            set_aside,
            set_aside_projection,
            sheet_projection,
        )
        from continuity.domain import incident_events, set_aside_events, sheet_events
        from events import local_rounds, outcomes, quarantine, reactions, registry
        from events.codec import catalogue

        catalogue.register(set_aside_events.EVENTS)
        catalogue.register(incident_events.EVENTS)
        catalogue.register(sheet_events.EVENTS)
        outcomes.set_aside_with(set_aside.set_aside)
        quarantine.tell_with(integrity.tell)
        registry.register(set_aside_projection.PROJECTIONS)
        registry.register(incident_projection.PROJECTIONS)
        registry.register(sheet_projection.PROJECTIONS)
        local_rounds.register("journal", recording.record_journal)
        for reaction in letters.REACTIONS:
            reactions.register(reaction)
