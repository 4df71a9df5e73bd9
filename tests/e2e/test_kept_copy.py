"""The browser that sent something in an outage keeps a sealed copy, and hands it in from any page."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from events.drain import Drainer
from tests.outage import database_away
from tests.portal.sending import LEAST

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KEPT = "Object.keys(localStorage).filter((name) => name.startsWith('recu:'))"
# One call: the page's policy lets nothing be evaluated again later, as `wait_for_function` does.
GONE = """(name) => new Promise((done) => {
  const look = () => localStorage.getItem(name) === null ? done() : setTimeout(look, 50);
  look();
})"""
SAID = {
    "reporter.family_name": "Durand",
    "reporter.rpps": "10009999912",
    "reporter.phone": "01 42 00 00 00",
    "reporter.department_code": "75",
}


def test_without_account_a_copy_is_kept_until_it_is_recorded(visit) -> None:
    page = visit(None).open("/declarer-sans-compte/")
    for name in ("drugs.0.name", "reactions.0.term", "narrative"):
        page.locator(f"[name='{name}']").fill(LEAST[name])
    for name, value in SAID.items():
        page.locator(f"[name='{name}']").fill(value)
    with database_away():
        page.locator("button[value='send']").click()
        expect(page.locator("[data-kept]")).to_be_visible()
    (name,) = page.evaluate(KEPT)
    receipt = page.locator("[data-receipt]").get_attribute("data-receipt")
    assert name == f"recu:{receipt}"
    hand_in_under_an_unknown_receipt(page, name)
    assert Drainer(grace=timedelta(0)).once().drained == 1
    page.reload()
    page.evaluate(GONE, name)


def hand_in_under_an_unknown_receipt(page, name: str) -> None:
    """Open a page that shows no receipt, where the server does not know one that is kept here."""
    unknown = f"{name[:-3]}aaa"
    page.evaluate(
        "([from, to]) => localStorage.setItem(to, localStorage.getItem(from))", [name, unknown]
    )
    with page.expect_response("**/api/v1/spool/entries") as handed_in:
        page.goto(f"{page.url.split('/declarer')[0]}/")
    assert handed_in.value.status == 202
    page.evaluate("(name) => localStorage.removeItem(name)", unknown)
