"""The log as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from typing_extensions import override

from events import epochs, promotion, reactions
from events.codec import catalogue
from events.erasure import SubjectErased
from events.grants import grant


class EventsConfig(AppConfig):
    """The append-only log, its projections and their replay."""

    name = "events"
    verbose_name = "Journal des événements"

    @override
    def ready(self) -> None:
        """Make the log's own events known; grant what Django's apps need after their migrations."""
        catalogue.register([SubjectErased])
        epochs.on_opened.append(promotion.follow_epoch)
        post_migrate.connect(grant)
        post_migrate.connect(_switch_reactions_on, sender=self)


def _switch_reactions_on(using: str, **_: Any) -> None:
    """Let reactions start at the log's head as it is now, before anything is declared."""
    if using == "owner":
        connections[using].ensure_connection()
        reactions.switch_on(connections[using].connection)
