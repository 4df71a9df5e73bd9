"""People, institutions, roles, sign-in, and the readings that are recorded."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class AccountsConfig(AppConfig):
    """People and what they may do."""

    name = "accounts"
    verbose_name = _("Personnes et établissements")
    default_auto_field = "django.db.models.BigAutoField"

    @override
    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out
        from django.db.models.signals import post_delete, post_save

        from accounts.domain import reading_events
        from accounts.models import ApiToken, Institution, User
        from accounts.projections import PROJECTIONS
        from accounts.sign_in import changed, end, remember
        from events import registry
        from events.codec import catalogue

        catalogue.register(reading_events.EVENTS)
        registry.register(PROJECTIONS, last=True)

        user_logged_in.connect(remember, dispatch_uid="accounts.remember")
        user_logged_out.connect(end, dispatch_uid="accounts.end")
        for model in (User, Institution, ApiToken):
            for signal in (post_save, post_delete):
                signal.connect(changed, sender=model, dispatch_uid=f"accounts.{model.__name__}")
