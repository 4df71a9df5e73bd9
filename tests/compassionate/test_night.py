"""A night: the on-call agrees by telephone while everything is down; what the morning makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from compassionate import acting, actions, clocks, documents, sending
from compassionate.domain.criteria_sheet import PublishProtocol
from compassionate.domain.follow_up import LinkAdverseEvent
from compassionate.domain.request_events import DecisionDeposited, RequestGranted
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import (
    DeclareTo,
    OutOfHoursRoute,
    RequestKind,
    RequestState as State,
)
from compassionate.streams import (
    authorisation_facts,
    follow_up_facts,
    request_facts,
    request_stream,
)
from continuity import receipt_check
from events import compare, rebuild, registry, store, swap
from events.acknowledged import Acknowledged
from events.days import day_of
from events.handle import history
from events.number import number_of
from events.verify import verify_log
from pharmacovigilance import actions as declarations
from pharmacovigilance.domain.report import Drug, Patient, Reaction, Report
from pharmacovigilance.domain.vocabulary import AgeUnit, Channel
from tests.api.conftest import project
from tests.compassionate.scene import BEFORE, PART, PHARMACY, Scene, keys, scene
from tests.intake.conftest import *  # noqa: F403  a log that goes away
from tests.intake.conftest import drained
from tests.projections.conftest import table

__all__ = ["scene"]
pytestmark = pytest.mark.django_db

CALL = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SHEET = "DG-93-000042"
LISTS = ("access_requests", "authorisations", "criteria_sheets", "holder_files", "follow_ups")


def rows() -> dict[str, list]:
    return {name: table(name) for name in LISTS}


def lost_and_made_again() -> None:
    """Lose every list, and make each again from nothing but the log."""
    for projection in registry.projections():
        for lost in projection.tables:
            store.session("projector").execute(f"TRUNCATE read.{lost.name}")
        with rebuild.coordinate(projection):
            run = rebuild.begin(projection, 2, resume=False)
            rebuild.work(projection)
            swap.finish(projection, run)
        assert compare.compare(projection).differences == 0


def at_night(scene: Scene, outage) -> Acknowledged:
    """Publish the protocol; at 1:40 agree by telephone while everything is down."""
    scene.sheet()
    protocol = {"document": "a" * 64, "every_days": (30,), "declare_to": DeclareTo.REGIONAL_CENTRE}
    scene.act_on_sheet(PublishProtocol, protocol, now=BEFORE)

    with outage.away():
        agreed = sending.record_oral_agreement(
            scene.on_call,
            institution="750712184",
            called_at=CALL,
            vital_reason="Défaillance hépatique aiguë",
            prescription=PART,
            called_back=True,
            read_back=True,
            sheet_number=SHEET,
            idempotency_key="call",
            now=CALL + timedelta(minutes=12),
        )
        assert agreed.status == "spooled"
        assert receipt_check.check(agreed.receipt, keys())["number"] == agreed.number
    return agreed


def to_regularise(request_id: UUID) -> None:
    """The log is back: what the spool held is there, with the time of the call."""
    drained(drained=1)
    facts = request_facts(request_id)
    assert (facts.state, facts.flags) == (State.TO_REGULARISE, frozenset())
    given = facts.first_given
    assert given is not None
    assert (given.at, given.sheet_number, given.route) == (
        CALL,
        SHEET,
        OutOfHoursRoute.ORAL_AGREEMENT,
    )


def in_the_morning(scene: Scene, request_id: UUID) -> RequestFacts:
    """Send both parts, assess, propose and sign: three people, none of them the on-call."""
    sent = actions.send_to_agency(
        scene.pharmacist,
        request_id,
        PHARMACY,
        sheet_number=SHEET,
        idempotency_key="a",
        now=MORNING,
    )
    assert sent.facts.kind is RequestKind.REGULARISATION
    scene.informed(MORNING)
    scene.taken_up(request_id, MORNING)
    terms = scene.terms(day_of(CALL))
    scene.proposed(request_id, terms, MORNING)
    return scene.granted(request_id, terms, MORNING).facts


def two_days_later(scene: Scene, number: str) -> UUID:
    """Declare a reaction from the authorisation; return the declaration."""
    declared = declarations.declare_adverse_event(
        scene.doctor,
        Report(
            patient=Patient(age_value=54.0, age_unit=AgeUnit.YEAR),
            drugs=(Drug(name="NIROGACESTAT"),),
            reactions=(Reaction(term="Diarrhée"),),
        ),
        idempotency_key="reaction",
        channel=Channel.PORTAL,
        now=MORNING + timedelta(days=2),
    )
    acting.act_on_follow_up(
        scene.doctor,
        number,
        LinkAdverseEvent,
        {"declaration_id": declared.id, "declaration_number": declared.number},
        idempotency_key="link",
        now=MORNING + timedelta(days=2),
    )
    return declared.id


def test_from_the_call_in_the_outage_to_the_follow_up(scene: Scene, outage):
    agreed = at_night(scene, outage)

    to_regularise(agreed.id)
    granted = in_the_morning(scene, agreed.id)
    number = granted.number or ""
    assert authorisation_facts(number).in_force(day_of(CALL))
    decision = history(request_stream(agreed.id))[-1].event
    assert isinstance(decision, RequestGranted)
    assert decision.route is OutOfHoursRoute.ORAL_AGREEMENT

    declaration = two_days_later(scene, number)
    follow_up = follow_up_facts(number)
    assert follow_up.linked == {declaration}
    assert follow_up.lacking(day_of(CALL) + timedelta(days=31)) == (
        day_of(CALL) + timedelta(days=30),
    )

    # The letter, its code that anybody can check, and the note of where it lies.
    letter = documents.request_letter(scene.doctor, agreed.id, granted.version)
    assert letter.startswith(b"%PDF-")
    project()
    assert clocks.look(MORNING + timedelta(days=2)) == 1
    deposited = history(request_stream(agreed.id))[-1].event
    assert isinstance(deposited, DecisionDeposited)
    assert deposited.documents == (sha256(letter).hexdigest(),)

    # Replayed from nothing: the same state everywhere, and the same letter.
    project()
    before = rows()
    lost_and_made_again()
    assert rows() == before
    assert replace(request_facts(agreed.id), deposited_at=None, version=granted.version) == granted
    assert documents.request_letter(scene.pharmacist, agreed.id, granted.version) == letter
    assert verify_log().ok
    assert number_of(agreed.id) == agreed.number
