"""What the history says of a receipt that came to light later."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from uuid_utils.compat import uuid7

from accounts.models import User
from events.event import Actor, stream_name
from events.handle import Envelope, handle
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.commands import DisjoinReceipt, JoinReceipt
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.report import Drug, Patient, Reaction, Report, Reporter
from pharmacovigilance.domain.vocabulary import Channel, Sex
from tests.domain.samples import SHEET
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db

RECORDED = datetime(2026, 6, 2, 0, 5, tzinfo=ZoneInfo("Europe/Paris"))
DRAIN = Actor(id="n1", role="drain")


def declare(doctor: User, **parts: object):
    whole = {
        "patient": Patient(sex=Sex.MALE),
        "reporter": Reporter(department_code="75"),
        "drugs": (Drug(name="Amoxicilline"),),
        "reactions": (Reaction(term="Urticaire"),),
        "narrative": "Éruption.",
    }
    report = Report(**(whole | parts))  # type: ignore[arg-type]
    return actions.declare_adverse_event(
        doctor, report, idempotency_key="k", channel=Channel.PORTAL, now=RECORDED
    )


def join(done, received_at: datetime, node: str = "n2", receipt: str = "") -> None:
    command = JoinReceipt(
        declaration_id=done.id, occurred_at=received_at, received_at=received_at,
        receipt_id=receipt or f"{node}-1-1-{received_at.timestamp()}", node=node, of_version=1,
    )  # fmt: skip
    envelope = Envelope.of(uuid7(), [command.receipt_id], DRAIN)
    handle(DECLARATION, stream_name("declaration", done.id), command, envelope)


@pytest.mark.parametrize(
    ("minutes", "parts", "sentence"),
    [
        (
            -6,
            {},
            "accusé de réception du 01/06/2026 23:59 (nœud n2) avance le jour 0 au 01/06/2026",
        ),
        (-2, {}, "02/06/2026 00:03 (nœud n2) avance la réception ; le jour 0 ne change pas."),
        (-6, {"drugs": ()}, "(nœud n2) avance la réception ; le jour 0 ne change pas."),
        (9, {}, "Un autre accusé de réception du 02/06/2026 00:14 (nœud n2) est gardé"),
    ],
)
def test_the_history_says_what_a_joined_receipt_changed(people, minutes, parts, sentence) -> None:
    doctor = people["dr.martin"]
    done = declare(doctor, **parts)
    join(done, RECORDED + timedelta(minutes=minutes))
    for name, path in [("dr.martin", "/declarations/"), ("evaluateur", "/agence/")]:
        page = visible(browser(people[name]).get(f"{path}{done.number}/").text)
        assert "Accusé de réception joint" in page
        assert sentence in page
    english = visible(browser(doctor, "en").get(f"/declarations/{done.number}/").text)
    assert "Receipt joined" in english
    assert "accusé" not in english


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (-6, "sa réception ne compte plus : le jour 0 revient au 02/06/2026"),
        (-2, "sa réception ne compte plus ; le jour 0 ne change pas."),
        (9, "sa réception ne compte plus ; aucune date ne change."),
    ],
)
def test_the_history_says_what_a_disjoined_receipt_changed(people, minutes, sentence) -> None:
    done = declare(people["dr.martin"])
    join(done, RECORDED + timedelta(minutes=minutes), "DG", SHEET)
    command = DisjoinReceipt(
        declaration_id=done.id, occurred_at=RECORDED, received_at=RECORDED,
        receipt_id=SHEET, reason="Un autre patient.",
    )  # fmt: skip
    envelope = Envelope.of(uuid7(), [SHEET], Actor(id="x", role="reviewer"))
    handle(DECLARATION, stream_name("declaration", done.id), command, envelope)
    for name, path in [("dr.martin", "/declarations/"), ("evaluateur", "/agence/")]:
        page = visible(browser(people[name]).get(f"{path}{done.number}/").text)
        assert f"La fiche {SHEET} est d’un autre cas, {sentence}" in page
        assert "Un autre patient." not in page


def test_only_the_first_of_several_receipts_moves_day_zero(people) -> None:
    done = declare(people["dr.martin"])
    join(done, RECORDED - timedelta(minutes=7), "n2")
    join(done, RECORDED - timedelta(minutes=6), "n3")
    page = visible(browser(people["dr.martin"]).get(f"/declarations/{done.number}/").text)
    assert page.count("avance le jour 0") == 1
    assert "(nœud n3) est gardé" in page


def test_lists_and_pages_count_from_the_earlier_receipt(people) -> None:
    done = declare(people["dr.martin"])
    join(done, RECORDED - timedelta(minutes=6))
    projected()
    reviewer = people["evaluateur"]
    (row,) = queries.worklist(reviewer).rows
    (clock,) = queries.deadlines(reviewer).rows
    shown = queries.declaration(reviewer, done.id)
    assert row.day_zero == clock.day_zero == shown.facts.day_zero == datetime(2026, 6, 1).date()  # noqa: DTZ001
    assert row.received_at == shown.facts.first_received_at == RECORDED - timedelta(minutes=6)


def test_before_the_receipt_came_to_light_the_case_reads_as_it_was_known(people) -> None:
    done = declare(people["dr.martin"])
    shown = queries.declaration(people["evaluateur"], done.id)
    before = shown.history[-1].recorded_at
    join(done, RECORDED - timedelta(minutes=6))
    then = queries.declaration(people["evaluateur"], done.id, as_of=before)
    assert then.facts == shown.facts
    assert queries.declaration(people["evaluateur"], done.id).facts != shown.facts
