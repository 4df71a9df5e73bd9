"""How long a password has to be: 12 characters, 15 for who administers."""

import io

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import User

TWELVE = "olive7 tarte"
FIFTEEN = "olive7 tarte mu"


@pytest.mark.parametrize(
    ("password", "is_staff"),
    [(TWELVE[:11], False), (FIFTEEN[:14], True), (TWELVE, True), ("123456789012", False)],
)
def test_a_password_that_is_too_weak_is_refused(password, is_staff):
    with pytest.raises(ValidationError):
        validate_password(password, User(username="x", is_staff=is_staff))


@pytest.mark.parametrize(("password", "is_staff"), [(TWELVE, False), (FIFTEEN, True)])
def test_a_password_that_is_long_enough_is_taken(password, is_staff):
    validate_password(password, User(username="x", is_staff=is_staff))


def test_whoever_is_not_known_yet_needs_the_length_of_everybody():
    validate_password(TWELVE)
    with pytest.raises(ValidationError):
        validate_password(TWELVE[:11])


class Terminal(io.StringIO):
    """What an operator sits at."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch, *passwords: str) -> None:
    """Let each be typed twice, and no refusal be overruled."""
    keys = iter([one for password in passwords for one in (password, password)])
    monkeypatch.setattr("getpass.getpass", lambda *_: next(keys))
    monkeypatch.setattr("builtins.input", lambda *_: "n")


@pytest.mark.django_db
def test_whoever_is_made_an_administrator_needs_an_administrators_password(monkeypatch):
    typed(monkeypatch, TWELVE, FIFTEEN)
    said = io.StringIO()
    call_command(
        "createsuperuser", username="chef", email="chef@agence.test",
        stdin=Terminal(), stderr=said,
    )  # fmt: skip
    assert "15" in said.getvalue()
    made = User.objects.get(username="chef")
    assert (made.is_staff, made.is_superuser) == (True, True)
    assert made.check_password(FIFTEEN)


@pytest.mark.django_db
def test_a_password_of_the_environment_is_one_too(monkeypatch):
    def create() -> None:
        call_command("createsuperuser", "--noinput", username="chef", email="chef@agence.test")

    for weak in (TWELVE, ""):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", weak)
        with pytest.raises(CommandError):
            create()
    assert not User.objects.filter(username="chef").exists()
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", FIFTEEN)
    create()
    assert User.objects.get(username="chef").check_password(FIFTEEN)
