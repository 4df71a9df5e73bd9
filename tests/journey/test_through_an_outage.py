"""A death is declared while everything but the doors is dead, and counts from that instant, once.

JOURNEY_SEED repeats an order of return; it is printed.
"""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from config.local import processes
from tests.e2e.conftest import Visitor
from tests.journey.fallen import SEED, Fallen, SecondNode, offline

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.xdist_group("journey"),
    pytest.mark.timeout(600),
]
PARIS = ZoneInfo("Europe/Paris")
RETURN_SECONDS = 90
RETURN_MS = RETURN_SECONDS * 1000


def test_a_death_declared_in_an_outage_is_in_the_worklist_once_from_that_day(
    at, fallen, tmp_path, capsys
) -> None:
    keys = saved_keys(fallen, tmp_path)
    doctor = at("dr.martin")
    page = doctor.open("/declarations/nouvelle/")
    fallen.fall()
    number = declared(doctor)
    expect(page.locator("h1")).to_have_text("Votre envoi est reçu, il compte à cette date")
    expect(page.locator("img.site-code")).to_be_visible()
    receipt = page.locator("#recu").input_value()
    told = checked(keys, receipt)
    received_at = datetime.fromisoformat(str(told["received_at"])).astimezone(PARIS)
    assert told["number"] == number
    expect(page.get_by_text(f"{received_at:%H:%M}").first).to_be_visible()
    assert state(fallen, told["receipt"]) == "spooled"
    order = fallen.come_back()
    expect(page.locator("h1")).to_have_text("Reçu et enregistré", timeout=RETURN_MS)
    assert state(fallen, told["receipt"]) == "recorded"
    seen_once(at, number, received_at)
    assert processes.wait_until(
        lambda: any(number in letter for letter in fallen.mail.letters()),
        RETURN_SECONDS,
        pause=0.5,
    )
    with capsys.disabled():
        print(
            f"\nseed {SEED}, brought back: {', '.join(order)}; {number} from {received_at:%d/%m %H:%M:%S}"
        )


def test_a_retry_on_the_second_node_after_midnight_counts_from_the_first_receipt(
    at, fallen, tmp_path, capsys
) -> None:
    """The first node's drain comes last: its receipt is joined to what the second had recorded."""
    doctor = at("dr.martin")
    doctor.open("/declarations/nouvelle/")
    fallen.fall()
    posts: list[bytes] = []
    doctor.page.on(
        "request",
        lambda sent: posts.append(sent.post_data_buffer or b"") if sent.method == "POST" else None,
    )
    number = declared(doctor)
    first = str(doctor.page.locator("[data-receipt]").get_attribute("data-receipt"))
    received_at = first_receipt(fallen, first)
    fallen.come_back(but=frozenset({"drain"}))
    with SecondNode(fallen.stack, tmp_path / "n2", "tests.journey.tomorrow") as second:
        second_receipt = retried(doctor, second, posts[0], number)
        assert state(fallen, first) == "spooled"
        assert state(fallen, second_receipt) == "recorded"
        elsewhere = asked(f"{second.base}/api/v1/receipts/{first}")["status"]
        fallen.release("drain")
        assert processes.wait_until(
            lambda: state(fallen, first) == "joined", RETURN_SECONDS, pause=0.5
        ), fallen.stack.said()
    # The page looks again by itself; a reload of ours would meet its own.
    expect(doctor.page.locator("h1")).to_have_text("Reçu et enregistré", timeout=RETURN_MS)
    seen_once(at, number, received_at)
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {number} recorded by n2 as of tomorrow ({elsewhere} there), joined: day 0 {received_at:%d/%m}"
        )


def saved_keys(fallen: Fallen, folder: Path) -> Path:
    """Return a file of the public keys, saved beforehand."""
    keys = folder / "keys.json"
    keys.write_text(json.dumps(asked(f"http://127.0.0.1:{fallen.stack.port}/api/v1/keys")))
    return keys


def checked(keys: Path, receipt: str) -> dict[str, object]:
    if os.geteuid() != 0:
        pytest.skip("only root may make a namespace without a network")
    return offline(keys, receipt)


def declared(doctor: Visitor) -> str:
    """Declare a death on the form that is open; return the number on the page of the receipt."""
    page = doctor.page
    page.fill("[name='drugs.0.name']", "Ibuprofène")
    page.fill("[name='reactions.0.term']", "Hémorragie digestive")
    page.locator("[name='seriousness'][value='death']").check(force=True)
    page.fill("[name='narrative']", "Hémorragie digestive massive, décès le lendemain.")
    page.get_by_label("Masculin").check(force=True)
    page.fill("[name='patient.age_value']", "71")
    page.get_by_role("button", name="Envoyer la déclaration").click()
    page.wait_for_url("**/recus/**")
    return str(page.locator(".site-number--large").inner_text())


def retried(doctor: Visitor, node: SecondNode, post: bytes, number: str) -> str:
    """Send the same form to another node, from the same browser; return that node's receipt.

    It is another day there: the browser is known for declaring, and no longer for reading.
    """
    known = {cookie["name"]: cookie["value"] for cookie in doctor.page.context.cookies()}
    request = urllib.request.Request(
        f"{node.base}/declarations/nouvelle/",
        data=post,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={known[name]}" for name in ("intake", "csrftoken")),
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        page = answer.read().decode()
    assert number in page
    found = re.search(r"/recus/([^/]+)/", page)
    assert found is not None, page
    receipt = found[1]
    assert receipt.startswith("n2-")
    assert processes.wait_until(
        lambda: asked(f"{node.base}/api/v1/receipts/{receipt}")["status"] == "recorded",
        RETURN_SECONDS,
        pause=0.5,
    ), node.said()
    return receipt


def seen_once(at, number: str, received_at: datetime) -> None:
    """See the case in the reviewers' list exactly once, and its day 0.

    A list follows the log by moments: by more while everything is being started.
    """
    reviewer: Visitor = at("evaluateur")

    def rows() -> list[str]:
        return [row for page in pages_of_worklist(reviewer) for row in rows_of(page, number)]

    day = f"{received_at:%d/%m/%Y}"
    # It may be listed as of another day before the list has followed a join.
    assert processes.wait_until(
        lambda: any(day in row for row in rows()), RETURN_SECONDS, pause=0.5
    ), rows()
    (row,) = rows()
    assert day in row
    page = reviewer.open(f"/agence/{number}/")
    clocks = page.locator(".site-clocks")
    expect(clocks).to_contain_text(f"Jour 0 : {day}")


def pages_of_worklist(reviewer: Visitor) -> Iterator[Page]:
    page = reviewer.open("/agence/?grave=oui")
    while True:
        yield page
        more = page.locator("a[href*='suite=']")
        if not more.count():
            return
        more.first.click()


def rows_of(page: Page, number: str) -> list[str]:
    return page.locator("tbody tr").filter(has_text=number).all_inner_texts()


def first_receipt(fallen: Fallen, identifier: str) -> datetime:
    told = asked(f"http://127.0.0.1:{fallen.stack.port}/api/v1/receipts/{identifier}")
    return datetime.fromisoformat(told["received_at"]).astimezone(PARIS)


def state(fallen: Fallen, identifier: object) -> str:
    told = asked(f"http://127.0.0.1:{fallen.stack.port}/api/v1/receipts/{identifier}")
    return str(told["status"])


def asked(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=20) as answer:
        told: dict = json.load(answer)
    return told
