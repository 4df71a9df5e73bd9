"""Compassionate-access requests and authorisations."""

from django.apps import AppConfig
from typing_extensions import override


class CompassionateConfig(AppConfig):
    """Puts its events, projections and submissions on the log's lists."""

    name = "compassionate"
    verbose_name = "Accès compassionnel"

    @override
    def ready(self) -> None:
        """Register what the log has to know."""
        from compassionate import (
            call_projection,
            change_projection,
            link_projection,
            outage,
            refusal_projection,
        )
        from compassionate.clock_projections import CLOCK_PROJECTIONS
        from compassionate.domain import (
            authorisation_events,
            criteria_events,
            delegation,
            document_content,
            follow_up_events,
            holder_events,
            legal_parameter,
            letter_signing,
            open_request,
            request_events,
        )
        from compassionate.projections import PROJECTIONS
        from compassionate.reactions import REACTIONS
        from compassionate.related import needed, related
        from compassionate.submissions import KINDS
        from compassionate.tasks import keep_criteria
        from events import erasure, local_rounds, reactions, registry, submission, touched
        from events.codec import catalogue

        for happened in (
            request_events,
            authorisation_events,
            criteria_events,
            holder_events,
            follow_up_events,
            open_request,
            letter_signing,
            delegation,
            legal_parameter,
            document_content,
        ):
            catalogue.register(happened.EVENTS)
        registry.register(PROJECTIONS)
        registry.register(call_projection.PROJECTIONS)
        registry.register(change_projection.PROJECTIONS)
        registry.register(link_projection.PROJECTIONS)
        registry.register(refusal_projection.PROJECTIONS)
        registry.register(CLOCK_PROJECTIONS)
        submission.register(KINDS)
        touched.register("compassionate", outage.touched_by)
        erasure.relate(related, needed)
        local_rounds.register("criteria", keep_criteria)
        for reaction in REACTIONS:
            reactions.register(reaction)
