"""A disk that fills up refuses files first: a death is still taken, by page and by API."""

from base64 import b64encode

import pytest

from events import disks
from events.number import parse
from tests.api.conftest import Api
from tests.compassionate import files
from tests.portal.access import facts_of
from tests.portal.sending import browser, declared, visible
from tests.portal.test_access_documents import add, number

__all__ = ["number"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def nearly_full(monkeypatch, number) -> None:
    monkeypatch.setattr(disks, "has_room", lambda _: False)


def test_a_file_is_refused_with_what_to_do_and_a_death_is_taken(
    doctor, people, number, settings, nearly_full
):
    settings.ON_CALL_PHONE = "+33 1 23 45 67 89"
    answer = add(doctor, number)
    assert answer.status_code == 507
    page = visible(answer.text)
    assert "Gardez le fichier et envoyez-le plus tard" in page
    assert "+33 1 23 45 67 89" in page
    english = visible(add(browser(people["dr.martin"], "en"), number).text)
    assert "Keep the file and send it later" in english
    assert facts_of(people, number).documents == ()
    assert declared(doctor, death_date="05/03/2026", seriousness="death")


def test_what_is_wrong_with_a_file_is_no_matter_of_disks(doctor, number):
    answer = add(doctor, number, b"", "leer.txt")
    assert answer.status_code == 422
    assert "Astreinte" not in visible(answer.text)


def test_the_interface_refuses_a_file_in_the_same_way(people, number, nearly_full):
    body = {"kind": "test_result", "name": "IRM.pdf", "content": b64encode(files.SMALL).decode()}
    answer = Api(people["ph.bernard"]).post(
        f"/authorisation-requests/{parse(number)}/documents", body
    )
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room_for_files")
    assert "envoyez-le plus tard" in answer.json()["detail"]
    assert facts_of(people, number).documents == ()
