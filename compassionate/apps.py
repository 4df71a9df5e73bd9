"""Compassionate-access requests and authorisations."""

from django.apps import AppConfig


class CompassionateConfig(AppConfig):
    name = "compassionate"
    verbose_name = "Accès compassionnel"
