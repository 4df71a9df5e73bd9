"""What the law leaves open is settled and signed: the effect of silence, the days to regularise (CRPA L231-1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from compassionate import clocks, decisions, documents, sending, settling
from compassionate.domain.deadlines import REGULARISE, regularisation_days
from compassionate.domain.lateness import delay_on, delays
from compassionate.domain.legal_parameter import (
    LEGAL_PARAMETER,
    LegalParameter,
    ParameterFacts,
    SetParameter,
    days_to_regularise,
    effect_of,
)
from compassionate.domain.prescription import Dispensing
from compassionate.domain.request_events import DelayNoted, RequestReceived, SilenceEstablished
from compassionate.domain.vocabulary import RequestState, SilenceEffect
from compassionate.streams import request_facts, request_stream
from events.days import day_of
from events.errors import CommandReused, Refused
from events.handle import history
from tests.api.conftest import project
from tests.compassionate.samples import dispense
from tests.compassionate.scene import AT, BEFORE, PART, Scene, codes, scene, settled
from tests.compassionate.test_letters import pdftotext, read
from tests.compassionate.test_request_table import after

__all__ = ["scene"]
TODAY, DAYS = day_of(AT), LegalParameter.REGULARISATION_DAYS
SETS: dict[str, Any] = {
    "by": "lawyer",
    "at": AT,
    "name": "Anne Juriste",
    "parameter": LegalParameter.SILENCE_EFFECT,
    "value": "rejection",
    "in_force_from": TODAY,
    "text": "CRPA L231-4 ; décret n° 2014-1288",
    "reference": "JUR 2026-7",
}
LATE = AT + timedelta(days=80)


def known(*said: dict[str, Any]) -> ParameterFacts:
    facts = LEGAL_PARAMETER.initial
    for one in said:
        facts = LEGAL_PARAMETER.fold(
            LEGAL_PARAMETER.decide(facts, SetParameter(**SETS | one)), facts
        )
    return facts


def refused(**said: Any) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as raised:
        LEGAL_PARAMETER.decide(LEGAL_PARAMETER.initial, SetParameter(**SETS | said))
    return {(one.pointer, one.code) for one in raised.value.problems}


def test_what_is_settled_says_who_signed_it_and_by_which_note() -> None:
    (one,) = known({"text": " CRPA L231-4 ", "value": " rejection "}).values
    assert (one.value, one.text, one.signed_off_by) == (
        "rejection", "CRPA L231-4", "Anne Juriste, JUR 2026-7",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"value": "perhaps"}, ("/value", "effect_unknown")),
        ({"value": ""}, ("/value", "effect_unknown")),
        ({"parameter": DAYS}, ("/value", "days_unknown")),
        ({"parameter": DAYS, "value": "0"}, ("/value", "days_unknown")),
        ({"parameter": DAYS, "value": "16"}, ("/value", "days_unknown")),
        ({"parameter": DAYS, "value": "1,5"}, ("/value", "days_unknown")),
        ({"in_force_from": TODAY - timedelta(days=1)}, ("/in_force_from", "in_force_in_past")),
        ({"text": " "}, ("/text", "text_needed")),
        ({"text": "T" * 2001}, ("/text", "text_too_long")),
        ({"reference": ""}, ("/reference", "reference_needed")),
        ({"reference": "R" * 201}, ("/reference", "reference_too_long")),
    ],
)
def test_what_cannot_be_settled(said: dict[str, Any], wanted: tuple[str, str]) -> None:
    assert refused(**said) == {wanted}


def test_every_flaw_is_told_at_once() -> None:
    flawed = {
        "value": "x", "in_force_from": TODAY - timedelta(days=9), "text": "", "reference": " ",
    }  # fmt: skip
    assert {code for _, code in refused(**flawed)} == {
        "effect_unknown", "in_force_in_past", "text_needed", "reference_needed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (AT - timedelta(seconds=1), None),
        (AT, "rejection"),
        (AT + timedelta(days=9), "rejection"),
        # 1 January in Paris begins at 23:00 UTC.
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "rejection"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "acceptance"),
        (datetime(2027, 6, 1, tzinfo=UTC), "acceptance"),
    ],
)
def test_the_last_that_has_begun_is_in_force(at: datetime, wanted: str | None) -> None:
    """Nothing is in force before it is signed, not even in the morning of its first day."""
    facts = known({}, {"value": "acceptance", "in_force_from": date(2027, 1, 1)})
    assert effect_of(facts.at(at)) == wanted
    assert len(facts.values) == 2


def test_the_first_day_counts_and_not_when_it_was_signed() -> None:
    new_year = {"in_force_from": date(2027, 1, 1)}
    facts = known(new_year, {"value": "acceptance"})
    assert effect_of(facts.at(AT)) is SilenceEffect.ACCEPTANCE
    assert effect_of(facts.at(AT + timedelta(days=60))) is SilenceEffect.REJECTION
    corrected = known(new_year, new_year | {"value": "acceptance", "reference": "JUR 2026-8"})
    assert effect_of(corrected.at(AT + timedelta(days=60))) is SilenceEffect.ACCEPTANCE


def test_the_days_of_the_house_hold_until_some_are_settled() -> None:
    facts = known({"parameter": DAYS, "value": "4"})
    assert days_to_regularise(facts, AT - timedelta(days=1)) == REGULARISE
    assert days_to_regularise(facts, AT) == 4


def test_no_alarm_comes_within_the_days_that_are_settled() -> None:
    assert regularisation_days(AT).due == TODAY + timedelta(days=1)
    assert regularisation_days(AT, allowed=4).due == TODAY + timedelta(days=6)
    facts = after((dispense(),))
    assert [one.mark for one in delays(facts)] == [2, 5, 15]
    assert [one.mark for one in delays(facts, allowed=2)] == [2, 5, 15]
    assert [one.mark for one in delays(facts, allowed=4)] == [5, 15]
    assert [one.mark for one in delays(facts, allowed=15)] == [15]
    assert delay_on(facts, None, AT + timedelta(days=4), 4) is None


def test_only_a_lawyer_settles_and_whoever_reads_the_queue_reads(scene: Scene) -> None:
    settled(scene.legal)
    fields = {name: SETS[name] for name in ("value", "in_force_from", "text", "reference")}
    for name, person in scene.people.items():
        if name != "legal":
            with pytest.raises(PermissionDenied):
                settling.settle(
                    person, LegalParameter.SILENCE_EFFECT, fields, idempotency_key="x", now=AT
                )
    for person in (scene.evaluator, scene.signatory, scene.legal):
        assert len(settling.settled(person)[LegalParameter.SILENCE_EFFECT].values) == 1
    for person in (scene.doctor, scene.pharmacist, scene.on_call, scene.editor):
        with pytest.raises(PermissionDenied):
            settling.settled(person)


def test_the_same_command_settles_once(scene: Scene) -> None:
    settled(scene.legal)
    settled(scene.legal)
    found = settling.settled(scene.legal)
    assert [len(facts.values) for facts in found.values()] == [1, 0]
    with pytest.raises(CommandReused):
        settled(scene.legal, value="acceptance")


def established(scene: Scene, request_id: Any, at: datetime = LATE) -> Any:
    decisions.establish_silence(scene.legal, request_id, idempotency_key="s", now=at)
    past = history(request_stream(request_id))
    return next(one.event for one in past if isinstance(one.event, SilenceEstablished))


def test_silence_is_established_with_the_effect_of_the_day_of_receipt(scene: Scene) -> None:
    scene.sheet()
    scene.legal.first_name, scene.legal.last_name = "Anne", "Juriste"
    settled(scene.legal)
    request_id = scene.submitted().id
    settled(
        scene.legal, at=AT + timedelta(hours=1), in_force_from=TODAY, value="acceptance",
        reference="JUR 2027-1",
    )  # fmt: skip
    event = established(scene, request_id)
    assert (event.effect, event.signed_off_by) == (
        SilenceEffect.REJECTION,
        "Anne Juriste, JUR 2026-7",
    )
    assert request_facts(request_id).state is RequestState.IMPLICIT


def test_no_silence_is_established_where_no_effect_was_settled_on_receipt(scene: Scene) -> None:
    scene.sheet()
    request_id = scene.submitted().id
    with pytest.raises(Refused) as raised:
        established(scene, request_id)
    assert codes(raised) == {"no_silence_effect"}
    assert raised.value.problems[0].detail.startswith(
        "Un juriste doit d'abord arrêter l'effet du silence"
    )
    # What is settled since holds for what is received since.
    settled(scene.legal, at=AT + timedelta(days=1), in_force_from=TODAY + timedelta(days=1))
    with pytest.raises(Refused) as raised:
        established(scene, request_id, AT + timedelta(days=2))
    assert codes(raised) == {"no_silence_effect", "term_not_passed"}


def acknowledgement(scene: Scene, request_id: Any) -> bytes:
    past = history(request_stream(request_id))
    (version,) = [one.version for one in past if isinstance(one.event, RequestReceived)]
    return documents.request_letter(scene.doctor, request_id, version)


@pdftotext
def test_an_acknowledgement_says_the_effect_that_was_settled_on_receipt(scene: Scene) -> None:
    """CRPA R112-11-1: the kind of the implied decision, and its day."""
    scene.sheet()
    before = scene.submitted().id
    settled(scene.legal)
    since = scene.submitted(replace(PART, file_number="A-2"))
    told = " ".join(read(acknowledgement(scene, since.id)).split())
    assert "décision implicite de rejet" in told
    assert "24 janvier 2027" in told
    assert "pas arrêté" not in told
    assert "pas arrêté" in " ".join(read(acknowledgement(scene, before)).split())


def test_what_is_settled_later_changes_no_letter(scene: Scene) -> None:
    """Not even where its day and its signature say that it was in force: the letter had left."""
    scene.sheet()
    request_id = scene.submitted().id
    bytes_then = acknowledgement(scene, request_id)
    settled(scene.legal)
    assert acknowledgement(scene, request_id) == bytes_then
    settled(
        scene.legal, at=BEFORE + timedelta(hours=1), value="acceptance", reference="JUR 2026-9"
    )
    assert acknowledgement(scene, request_id) == bytes_then


def test_the_clock_counts_the_days_that_were_settled_when_the_dose_was_given(scene: Scene) -> None:
    settled(scene.legal, DAYS, value="4")
    told = sending.declare_dispensing(
        scene.pharmacist, Dispensing(at=AT, quantity="60", batch="B1"), prescription=PART,
        prescriber_attests=True, pharmacist_attests=True, idempotency_key="d", now=AT,
    )  # fmt: skip
    project()
    for days, marks in ((4, []), (9, [5])):
        clocks.look(AT + timedelta(days=days))
        past = history(request_stream(told.id))
        assert [one.event.mark for one in past if isinstance(one.event, DelayNoted)] == marks
