"""Django's createsuperuser, whose password is long enough for who administers."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from typing_extensions import override

PASSWORD = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105  the variable's name


class _Administrators:
    """The user model, as far as Django's command uses it; whom it makes is staff."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, **fields: Any) -> Any:
        return self._model(**fields, is_staff=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


class Command(createsuperuser.Command):
    """Django shows its validators an account that is not staff yet, and no password of the environment."""

    # It warns of missing migrations, whose table is the owner's: the application's role may not read it.
    requires_migrations_checks = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.UserModel: Any = _Administrators(self.UserModel)

    @override
    def handle(self, *args: Any, **options: Any) -> Any:
        """Make an administrator, or refuse a password that is not one's."""
        if not options["interactive"] and PASSWORD in os.environ:
            name = options[self.UserModel.USERNAME_FIELD]
            told = self.UserModel(username=name or "", email=options.get("email") or "")
            try:
                validate_password(os.environ[PASSWORD], told)
            except ValidationError as refusal:
                raise CommandError(" ".join(refusal.messages)) from refusal
        return super().handle(*args, **options)
