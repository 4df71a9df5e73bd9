"""Pages for the agency's reviewers and the regional centres."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """Pages for reviewers."""

    name = "backoffice"
