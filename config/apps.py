"""Make Celery's application the one that every process publishes through."""

from django.apps import AppConfig
from typing_extensions import override


class ConfigConfig(AppConfig):
    """Without it a command or the web would publish to Celery's own default broker."""

    name = "config"

    @override
    def ready(self) -> None:
        import config.celery  # noqa: F401
        from compassionate import outages
        from continuity.incident_queries import outages as known_outages

        # Contexts never know each other: whoever knows both tells the one of the other.
        outages.tell(known_outages)
