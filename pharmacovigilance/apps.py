"""Declarations of adverse reactions as a Django app."""

from django.apps import AppConfig
from typing_extensions import override


class PharmacovigilanceConfig(AppConfig):
    """Puts its events, projections and reactions on the log's lists."""

    name = "pharmacovigilance"
    verbose_name = "Pharmacovigilance"

    @override
    def ready(self) -> None:
        """Register what the log has to know; the most urgent projection comes first."""
        from events import reactions, registry, submission, touched
        from events.codec import catalogue
        from pharmacovigilance import outage
        from pharmacovigilance.domain.events import EVENTS
        from pharmacovigilance.domain.upcasters import UPCASTERS
        from pharmacovigilance.projections import PROJECTIONS
        from pharmacovigilance.reactions import REACTIONS
        from pharmacovigilance.submissions import KINDS

        catalogue.register(EVENTS, UPCASTERS)
        registry.register(PROJECTIONS)
        submission.register(KINDS)
        touched.register("pharmacovigilance", outage.touched_by)
        for reaction in REACTIONS:
            reactions.register(reaction)
