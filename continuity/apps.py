"""Incidents, service health and the restart plan."""

from django.apps import AppConfig


class ContinuityConfig(AppConfig):
    name = "continuity"
    verbose_name = "Continuité d'activité"
