"""A request that the log refused after its receipt: who opens it on the desk, and who does not."""

import re
from datetime import timedelta

import pytest

from accounts.models import Institution, Role, User
from events.drain import Drainer
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
    for_centre = browser(centre_person).get(address)
    assert "NIROGACESTAT" not in for_centre.text
