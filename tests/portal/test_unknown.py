"""`unknown` is signed only where the log was asked and each disk answered; else nobody can tell now."""

import json
from base64 import urlsafe_b64decode

import pytest
from django.test import Client

from tests.outage import database_away

pytestmark = pytest.mark.django_db

NOWHERE = "n1-1-1-00000000000000000000000000"
ADDRESS = f"/api/v1/receipts/{NOWHERE}"


@pytest.fixture(autouse=True)
def dirs(settings, tmp_path):
    settings.NODE_NAME, settings.INTAKE_DEADLINE = "n1", 10
    settings.SPOOL_DIRS = [tmp_path / "a", tmp_path / "b"]
    for folder in settings.SPOOL_DIRS:
        folder.mkdir()
    return settings.SPOOL_DIRS


def cannot_tell() -> None:
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "cannot_tell"
    page = Client().get(f"/recus/{NOWHERE}/")
    assert page.status_code == 200
    assert "On ne peut pas dire maintenant" in page.text


def test_what_neither_the_log_nor_a_disk_has_is_unknown_and_signed_so():
    answer = Client().get(ADDRESS)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["log_asked"]) == ("unknown", True)
    content = body["statement"].partition(".")[0]
    signed = json.loads(urlsafe_b64decode(content + "=="))
    assert (signed["status"], signed["log_asked"]) == ("unknown", True)


def test_without_the_log_nobody_can_tell(settings):
    """Of a segment that was retired, and of a receipt that only the log was given, only it knows."""
    settings.INTAKE_DEADLINE = 0.2
    with database_away():
        cannot_tell()


def test_with_a_disk_that_does_not_answer_nobody_can_tell(dirs):
    dirs[1].rmdir()
    dirs[1].write_text("")
    cannot_tell()
