"""Guessing passwords is slowed down, without shutting their owners out for long."""

import logging

import pytest
import time_machine
from django.test import Client

from tests.accounts.people import demo_people

pytestmark = pytest.mark.django_db
WRONG, RIGHT = "not-the-password", "the-password-of-all"


def sign_in(password: str, *, name: str = "dr.martin", address: str = "192.0.2.1"):
    given = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/connexion/", given)


def test_the_fifth_failure_shuts_that_name_out_at_that_address_for_a_minute():
    for user in demo_people().values():
        user.set_password(RIGHT)
        user.save()
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False) as clock:
        assert [sign_in(WRONG).status_code for _ in range(4)] == [200] * 4
        refused = sign_in(WRONG)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
        assert "Trop d’essais" in refused.text
        assert sign_in(RIGHT).status_code == 429
        assert sign_in(RIGHT, address="192.0.2.2").status_code == 302
        assert sign_in(RIGHT, name="evaluateur").status_code == 302
        clock.shift(40)
        assert sign_in(WRONG).status_code == 429
        clock.shift(21)
        assert sign_in(RIGHT).status_code == 302


def test_what_was_typed_as_a_name_is_in_no_log_and_no_table(caplog, django_assert_num_queries):
    from axes.models import AccessAttempt, AccessFailureLog

    with caplog.at_level(logging.DEBUG):
        for _ in range(6):
            sign_in(WRONG, name="MyPassword2026")
    assert "MyPassword2026" not in caplog.text
    assert not AccessAttempt.objects.exists()
    assert not AccessFailureLog.objects.exists()
