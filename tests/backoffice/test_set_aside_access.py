"""A request that the log refused after its receipt: who opens it on the desk, and who does not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Institution, Role, User
from compassionate import sending
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import DocumentKind, WrittenWish
from events.acknowledged import Acknowledged
from events.drain import Drainer
from tests.compassionate import files
from tests.compassionate.scene import Scene, scene
from tests.outage import database_away
from tests.portal.sending import browser, projected, visible

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def test_it_is_opened_for_who_assesses_and_not_for_a_regional_centre(scene: Scene):
    centre = Institution.objects.create(
        finess="759900020", name="CRPV", kind="regional_centre", department="75", city="Paris",
        territory=["75"],
    )  # fmt: skip
    centre_person = User.objects.create(
        username="crpv", role=Role.REGIONAL_CENTRE, institution=centre
    )
    scene.sheet()
    scene.submitted()
    with database_away():
        assert scene.submitted().status == "spooled"
    assert Drainer(grace=timedelta(0)).once().set_aside == 1
    projected()
    desk = browser(scene.evaluator).get("/agence/mises-de-cote/").text
    assert "Demande d’accès compassionnel" in visible(desk)
    (address,) = set(re.findall(r'href="(/agence/mises-de-cote/[0-9a-f-]{36}/)"', desk))
    opened = visible(browser(scene.evaluator).get(address).text)
    assert "NIROGACESTAT" in opened
    assert "La pharmacie" in opened
    assert "pseudonymisé" not in opened
    for_centre = browser(centre_person).get(address)
    assert "NIROGACESTAT" not in for_centre.text


def test_a_document_that_was_set_aside_is_opened_for_who_assesses_alone(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    with database_away():
        told = sending.attach_document(
            scene.other_doctor,
            request_id,
            DocumentKind.OTHER,
            "scan.jpg",
            files.SMALL,
            idempotency_key="d",
            now=timezone.now() - timedelta(minutes=1),
        )
        assert told.status == "spooled"
    assert Drainer(grace=timedelta(0)).once().set_aside == 1
    projected()
    evaluator = browser(scene.evaluator)
    desk = evaluator.get("/agence/mises-de-cote/").text
    assert "Pièce jointe à une demande" in visible(desk)
    (address,) = set(re.findall(r'href="(/agence/mises-de-cote/[0-9a-f-]{36}/)"', desk))
    assert f'href="{address}piece/"' in evaluator.get(address).text
    opened = evaluator.get(f"{address}piece/")
    assert opened.content == files.SMALL
    assert opened["Content-Disposition"] == 'attachment; filename="scan.jpg.pdf"'
    for person in (scene.operator, scene.doctor, scene.other_doctor, scene.legal):
        answer = browser(person).get(f"{address}piece/")
        assert answer.status_code in {403, 404}, person.username
        assert b"%PDF" not in answer.content


def refused_later(scene: Scene, sent: Callable[[], Acknowledged]) -> str:
    """Send something through an outage that the log refuses; return what the desk shows of it."""
    with database_away():
        assert sent().status == "spooled"
    assert Drainer(grace=timedelta(0)).once().set_aside == 1
    projected()
    evaluator = browser(scene.evaluator)
    desk = evaluator.get("/agence/mises-de-cote/").text
    (address,) = set(re.findall(r'href="(/agence/mises-de-cote/[0-9a-f-]{36}/)"', desk))
    return visible(evaluator.get(address).text)


def test_a_correction_shows_which_dose_and_what_it_should_have_been(scene: Scene):
    scene.sheet()
    request = scene.submitted()
    page = refused_later(
        scene,
        lambda: sending.correct_dispensing(
            scene.other_pharmacist,
            request.id,
            datetime(2026, 3, 2, 7, 40, tzinfo=UTC),
            Dispensing(at=datetime(2026, 3, 1, 8, 15, tzinfo=UTC), batch="B2"),
            "Date mal recopiée.",
            idempotency_key="c",
            now=timezone.now() - timedelta(minutes=1),
        ),
    )
    for words in (
        request.number,
        "Heure déclarée jusqu’ici 02/03/2026 08:40",
        "Dispensé le 01/03/2026 09:15 Quantité – Lot B2",
        "Date mal recopiée.",
    ):
        assert words in page, words


def test_a_declared_dose_shows_what_was_given_and_who_attests(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    page = refused_later(
        scene,
        lambda: sending.declare_dispensing(
            scene.other_pharmacist,
            Dispensing(at=datetime(2026, 3, 1, 8, 15, tzinfo=UTC), quantity="60", batch="B1"),
            request_id=request_id,
            prescriber_attests=True,
            idempotency_key="d",
            now=timezone.now() - timedelta(minutes=1),
        ),
    )
    for words in (
        "Dispensé le 01/03/2026 09:15 Quantité 60 Lot B1",
        "Le prescripteur atteste les critères Oui",
        "Le pharmacien atteste les critères Non",
    ):
        assert words in page, words


def test_a_reported_withdrawal_shows_who_asked_and_by_which_writing(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    page = refused_later(
        scene,
        lambda: sending.report_withdrawal(
            scene.pharmacist,
            request_id,
            "Patient inclus.",
            "Dr Anne Petit",
            WrittenWish.SIGNED_PAPER,
            idempotency_key="w",
            now=timezone.now() - timedelta(minutes=1),
        ),
    )
    for words in (
        "Prescripteur Dr Anne Petit",
        "Par quel écrit Écrit signé sur papier",
        "Patient inclus.",
    ):
        assert words in page, words


def test_a_submission_without_a_file_gives_none(scene: Scene):
    scene.sheet()
    scene.submitted()
    with database_away():
        scene.submitted()
    assert Drainer(grace=timedelta(0)).once().set_aside == 1
    projected()
    evaluator = browser(scene.evaluator)
    desk = evaluator.get("/agence/mises-de-cote/").text
    (address,) = set(re.findall(r'href="(/agence/mises-de-cote/[0-9a-f-]{36}/)"', desk))
    assert evaluator.get(f"{address}piece/").status_code == 404
