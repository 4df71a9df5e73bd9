"""Pages for clinicians, and the frame that every page shares."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages for clinicians."""

    name = "portal"
