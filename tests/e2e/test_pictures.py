"""Pictures for the documentation, of a demonstration with its cases: SCREENSHOTS=1."""

import os
from datetime import timedelta

import pytest
from django.core.management import call_command

from events.drain import Drainer
from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_journey import fill
from tests.outage import database_away
from tests.portal.sending import projected

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(os.environ.get("SCREENSHOTS") != "1", reason="only with SCREENSHOTS=1"),
]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_lists_and_cases_of_the_demonstration(visit, size, capsys) -> None:
    call_command("seed_cases")
    projected()
    stranger = visit(None, size=size)
    stranger.open("/connexion/")
    stranger.shoot("sign-in")
    doctor = visit("dr.martin", size=size)
    doctor.shoot("home", whole=False)
    page = doctor.open("/declarations/")
    doctor.shoot("declarations", whole=False)
    page.locator("a.site-number").nth(3).click()
    page.wait_for_selector(".site-history")
    doctor.shoot("declaration-asked")
    reviewer = visit("evaluateur", size=size)
    page = reviewer.open("/agence/")
    reviewer.shoot("worklist", whole=False)
    page.locator("a.site-number").nth(11).click()
    page.wait_for_selector(".site-history")
    reviewer.shoot("case")
    reviewer.open("/agence/echeances/")
    reviewer.shoot("deadlines", whole=False)
    assert page.locator("a.site-number").count() > 10


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_what_is_shown_in_an_outage(visit, size, capsys) -> None:
    doctor, nobody = visit("dr.martin", size=size), visit(None, size=size)
    with database_away():
        for path, name in (("/", "outage-home"), ("/status", "outage-status")):
            nobody.open(path)
            nobody.shoot(name)
        nobody.open("/connexion/")
        nobody.shoot("outage-sign-in")
        page = doctor.open("/declarations/nouvelle/?produit=vaccine")
        fill(page)
        page.get_by_role("button", name="Envoyer la déclaration").click()
        page.wait_for_url("**/recus/**")
        page.wait_for_selector("[data-kept]:visible")
        doctor.shoot("outage-receipt")
    assert Drainer(grace=timedelta(0)).once().drained == 1
    page.reload()
    page.wait_for_selector(".fr-alert--success")
    doctor.shoot("outage-recorded")
    nobody.faults[:] = [fault for fault in nobody.faults if "status of 503" not in fault]
