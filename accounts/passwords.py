"""What a password must be beyond what Django asks of everybody's."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class StaffLengthValidator:
    """Wants a longer password of whoever may open the administration."""

    def __init__(self, min_length: int = 15) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError on a password of staff that is too short."""
        if getattr(user, "is_staff", False) and len(password) < self.min_length:
            raise ValidationError(
                self.get_help_text(),
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        """Return the rule in the reader's language."""
        return _(
            "Le mot de passe d’un compte qui accède à l’administration contient au minimum"
            " %(min_length)d caractères."
        ) % {"min_length": self.min_length}
