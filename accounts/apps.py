"""People, institutions, roles and sign-in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People and what they may do."""

    name = "accounts"
    verbose_name = _("Personnes et établissements")
    default_auto_field = "django.db.models.BigAutoField"
