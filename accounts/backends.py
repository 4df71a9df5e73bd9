"""Sign-in by name and password; what the administration shows to operators."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from typing_extensions import override

from accounts import access
from accounts.models import User

LOG_BROWSER = frozenset(
    f"events.view_{model}" for model in ("event", "block", "parked", "outgoing")
)


class PasswordBackend(ModelBackend):
    """Django's, but a page reads its person and her institution in one query."""

    @override
    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.select_related("institution").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    @override
    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Let operators into the log browser, which shows them no content."""
        if perm in LOG_BROWSER and access.may_operate(user_obj):
            return True
        return super().has_perm(user_obj, perm, obj)

    @override
    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if app_label == "events" and access.may_operate(user_obj):
            return True
        return super().has_module_perms(user_obj, app_label)
