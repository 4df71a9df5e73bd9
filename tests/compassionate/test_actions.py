"""A request between prescriber, pharmacist and agency, on a real log."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from compassionate import acting, actions, decisions, sending
from compassionate.domain.authorisation_commands import Abrogate, LiftSuspension, Suspend, Withdraw
from compassionate.domain.criteria_sheet import CancelCriteria, PrepareCriteria, PublishCriteria
from compassionate.domain.decision import Terms
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.prescription import CriterionAnswer, Prescription
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import (
    AuthorisationState,
    Met,
    Proposal,
    RequestKind,
    RequestState as State,
    Scheduled,
)
from compassionate.streams import (
    authorisation_facts,
    follow_up_facts,
    holder_facts,
    request_facts,
    sheet_facts,
)
from events import spool_reports
from events.days import day_of
from events.errors import CommandReused, Refused, VersionConflict
from events.verify import verify_log
from tests.compassionate.scene import (
    AT,
    PART,
    PHARMACY,
    REASONS,
    REFUSAL,
    SIGNED,
    Scene,
    codes,
    scene,
)

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def test_from_the_prescriber_to_the_authorisation(scene: Scene):
    scene.sheet()
    request_id = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    sent = actions.send_to_agency(
        scene.pharmacist, request_id, PHARMACY, idempotency_key="a", now=AT
    )
    assert sent.facts.state is State.RECEIVED
    assert sent.facts.received_at == AT
    taken = scene.taken_up(request_id)
    assert (taken.facts.state, taken.facts.conforms) == (State.UNDER_ASSESSMENT, True)
    granted = scene.granted(request_id).facts
    number = granted.number or ""
    assert granted.state is State.GRANTED
    assert authorisation_facts(number).state is AuthorisationState.ACTIVE
    assert authorisation_facts(number).in_force(day_of(AT))
    assert follow_up_facts(number).begun is not None
    assert holder_facts("nirogacestat", "desmoide").granted_on == day_of(AT)
    assert verify_log().ok


def test_the_first_request_for_a_product_opens_the_file_of_its_holder(scene: Scene):
    scene.sheet()
    first = scene.submitted()
    file = holder_facts("nirogacestat", "desmoide")
    assert file.opened is not None
    assert file.opened.request_id == first.id
    scene.submitted(replace(PART, file_number="A-2"))
    assert holder_facts("nirogacestat", "desmoide").opened == file.opened


def test_what_began_with_a_refusal_is_withdrawn_by_a_doctor_of_the_place_who_may_sign_it(
    scene: Scene,
):
    told = replace(PART, prescriber_rpps=None)
    begun = sending.record_oral_refusal(
        scene.on_call, institution="750712184", called_at=AT, reason="Différable.",
        prescription=told, idempotency_key="r", now=AT,
    ).id  # fmt: skip
    assert request_facts(begun).prescriber is None
    with pytest.raises(Http404):
        sending.withdraw_request(scene.other_doctor, begun, "Non.", idempotency_key="w", now=AT)
    sending.withdraw_request(scene.doctor, begun, "Inutile.", idempotency_key="w", now=AT)
    assert request_facts(begun).state is State.WITHDRAWN


def test_a_request_may_be_returned_and_sent_again(scene: Scene):
    scene.sheet()
    request_id = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    actions.return_to_prescriber(
        scene.pharmacist, request_id, "Le poids est faux.", idempotency_key="r", now=AT
    )
    with pytest.raises(Refused) as refusal:
        actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p2", now=AT)
    assert codes(refusal) == {"nothing_changed"}
    lighter = replace(PART, patient_weight_kg=60.0)
    actions.change_prescription(scene.doctor, request_id, lighter, idempotency_key="c", now=AT)
    again = actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p3", now=AT)
    assert again.facts.state is State.AT_PHARMACY
    assert again.facts.prescription == lighter


def test_a_second_open_request_for_the_same_patient_and_product_is_refused(scene: Scene):
    scene.sheet()
    first = scene.submitted()
    with pytest.raises(Refused) as refusal:
        scene.submitted(replace(PART, file_number=" a-1042"))
    assert codes(refusal) == {"second_open_request"}
    assert first.number in refusal.value.problems[0].detail
    sending.withdraw_request(scene.doctor, first.id, "Décédé.", idempotency_key="w", now=AT)
    assert scene.submitted().version == 4 - 1


def test_the_same_key_is_the_same_request_and_another_body_is_refused(scene: Scene):
    scene.sheet()
    first = scene.submitted(key="k")
    again = scene.submitted(key="k")
    assert (again.id, again.receipt, again.version) == (first.id, first.receipt, first.version)
    assert again.again
    with pytest.raises(CommandReused):
        scene.submitted(replace(PART, patient_age=55), key="k")


def test_what_was_taken_once_is_answered_as_then_whatever_the_criteria_say_since(scene: Scene):
    scene.sheet()
    first = scene.submitted(key="k")
    fields = {"criteria": (replace(scene_criterion(), code="other"),), "max_days": 30}
    scene.act_on_sheet(PrepareCriteria, fields, scene.editor)
    scene.act_on_sheet(PublishCriteria, {"in_force_from": AT + timedelta(seconds=1)})
    later = AT + timedelta(hours=1)
    assert scene.submitted(key="k", at=later).id == first.id
    with pytest.raises(Refused) as refusal:
        scene.submitted(replace(PART, file_number="B"), at=later)
    assert "criteria_outdated" in codes(refusal)
    # Judged by the version of its receipt, and flagged (§5.3 5).
    scene.taken_up(first.id, later)
    granted = scene.granted(first.id, at=later).facts
    assert "criteria_changed" in granted.flags


@pytest.mark.parametrize("since", [timedelta(seconds=1), timedelta(days=1), timedelta(days=40)])
def test_a_restriction_that_overtakes_a_version_flags_what_was_received_before(
    scene: Scene, since
):
    """§5.3 5: the criteria of the receipt decide; whoever signs is told that they are no longer those."""
    scene.sheet()
    scene.publish(AT - timedelta(days=1), in_force_from=AT + timedelta(days=30))
    before = scene.submitted().id
    restricts = AT + timedelta(hours=1)
    scene.publish(restricts, scheduled=Scheduled.KEEP, reason="Signal hépatique.")
    at = restricts + since
    scene.taken_up(before, at)
    granted = scene.granted(before, at=at).facts
    assert (granted.criteria_version, "criteria_changed" in granted.flags) == (1, True)
    if since < timedelta(days=1):
        return
    with pytest.raises(Refused) as refusal:
        scene.submitted(replace(PART, file_number="B"), at=at)
    assert "criteria_outdated" in codes(refusal)
    kept = 3 if since < timedelta(days=30) else 2
    assert scene.submitted(answering(kept), at=at).version == 3


def answering(version: int) -> Prescription:
    """Return a part that answers the other criteria, of a version."""
    answers = (CriterionAnswer(code="other", answer=Met.MET),)
    return replace(
        PART, file_number="C", duration_days=30, criteria_version=version, criteria=answers
    )


def test_only_who_publishes_cancels_a_version_to_come(scene: Scene):
    scene.sheet()
    scene.publish(AT, in_force_from=AT + timedelta(days=30))
    said = {"version": 2, "reason": "À préparer de nouveau."}
    for who in (scene.editor, scene.evaluator, scene.doctor, scene.pharmacist, scene.operator):
        with pytest.raises(PermissionDenied):
            scene.act_on_sheet(CancelCriteria, said, who)
    scene.act_on_sheet(CancelCriteria, said)
    assert sheet_facts("nirogacestat", "desmoide").to_come(AT) == ()


def scene_criterion():
    from tests.compassionate.samples import CRITERIA

    return CRITERIA[0]


@pytest.mark.parametrize("who", ["other_pharmacist", "other_doctor", "operator", "editor"])
def test_who_has_no_right_to_a_request_is_not_told_that_it_exists(scene: Scene, who):
    scene.sheet()
    request_id = scene.submitted().id
    person = getattr(scene, who)
    with pytest.raises(Http404):
        sending.withdraw_request(person, request_id, "Non.", idempotency_key="w", now=AT)
    assert request_facts(request_id).state is State.RECEIVED


def test_a_pharmacist_of_another_hospital_sends_nothing(scene: Scene):
    scene.sheet()
    request_id = scene.drafted().id
    actions.send_to_pharmacy(scene.doctor, request_id, idempotency_key="p", now=AT)
    with pytest.raises(Http404):
        actions.send_to_agency(
            scene.other_pharmacist, request_id, PHARMACY, idempotency_key="a", now=AT
        )


def test_the_prescriber_is_not_the_pharmacist(scene: Scene):
    scene.sheet()
    same = replace(PART, prescriber_rpps="10009999920")
    with pytest.raises(Refused) as refusal:
        scene.submitted(same)
    assert "prescriber_is_pharmacist" in codes(refusal)


def test_a_decision_on_an_older_state_of_the_file_is_refused(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    seen = scene.taken_up(request_id)
    scene.proposed(request_id)
    with pytest.raises(VersionConflict):
        scene.granted(request_id, expected_version=seen.version)
    assert request_facts(request_id).state is State.TO_SIGN


def test_nothing_is_decided_while_a_spool_may_hold_something_for_it(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    stream = f"access_request-{request_id}"
    spool_reports.report(
        "n2", waiting=1, opening=0, damaged=0, oldest=AT, streams=["access_request-other"]
    )
    spool_reports.report("n3", waiting=1, opening=0, damaged=0, oldest=AT, streams=[stream])
    with pytest.raises(Refused) as refusal:
        scene.granted(request_id)
    assert codes(refusal) == {"held_by_spool"}
    assert "n3" in refusal.value.problems[0].detail
    assert "n2" not in refusal.value.problems[0].detail
    granted = scene.granted(request_id, in_spite_of="Urgence vitale, n3 détruit.")
    assert granted.facts.state is State.GRANTED


def test_nothing_is_decided_of_an_authorisation_while_a_spool_may_hold_something_for_it(
    scene: Scene,
):
    """A dose, or what was corrected of one, may wait there; whoever signs may say why it cannot."""
    scene.sheet()
    number = scene.authorised()
    stream = f"access_request-{authorisation_facts(number).request_id}"
    spool_reports.report("n3", waiting=1, opening=0, damaged=0, oldest=AT, streams=[stream])
    against = {"reasons": REASONS, "urgency": "Signal grave"}
    suspends = {**against, "until": day_of(AT) + timedelta(days=9)}
    withdraws = {**against, "ground": WithdrawalGround.PUBLIC_HEALTH}
    steps: tuple[tuple[type[Any], dict[str, Any]], ...] = (
        (Suspend, suspends), (LiftSuspension, {"reason": "Signal écarté"}), (Withdraw, withdraws),
    )  # fmt: skip

    def act(kind: type[Any], said: dict[str, Any]) -> Any:
        return acting.act_on_authorisation(
            scene.signatory, number, kind, said, SIGNED, idempotency_key=scene.key(), now=AT
        )

    for kind, said in steps:
        with pytest.raises(Refused) as refusal:
            act(kind, said)
        assert codes(refusal) == {"held_by_spool"}
        done = act(kind, said | {"in_spite_of": "n3 a brûlé."})
        assert [one.in_spite_of for one in done.events] == ["n3 a brûlé."]
    with pytest.raises(Refused, match="held_by_spool"):
        act(Abrogate, against)


def test_who_proposes_does_not_sign_and_only_a_signatory_decides(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    scene.proposed(request_id)
    for person in (scene.evaluator, scene.doctor, scene.legal, scene.on_call):
        with pytest.raises(PermissionDenied):
            scene.granted(request_id, by=person)


def test_a_refusal_has_its_reasons(scene: Scene):
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    decisions.propose_decision(
        scene.evaluator, request_id, Proposal.REFUSE, reasons=REFUSAL, idempotency_key="p", now=AT
    )
    refused = decisions.refuse(
        scene.signatory, request_id, REFUSAL, SIGNED, idempotency_key="r", now=AT
    )
    assert refused.facts.state is State.REFUSED


def renewal(scene: Scene, number: str, at: datetime, terms: Terms) -> RequestFacts:
    """Have an authorisation renewed."""
    part = replace(PART, elapsed_data="Réponse partielle, bonne tolérance.", attests_interest=True)
    request_id = scene.submitted(part, at=at, kind=RequestKind.RENEWAL, renews=number).id
    scene.taken_up(request_id, at)
    return scene.granted(request_id, terms, at).facts


def test_no_renewal_lets_a_suspension_begin_three_months_anew(scene: Scene):
    """R5121-74-8: what the one before was suspended for counts, through however many renewals."""
    scene.sheet()
    number, today = scene.authorised(), day_of(AT)
    fields = {"reasons": REASONS, "urgency": "Signal grave"}

    def act(which: str, act: type[Any], on: int, **said: Any) -> Any:
        return acting.act_on_authorisation(
            scene.signatory, which, act, {**fields, **said}, SIGNED,
            idempotency_key=scene.key(), now=AT + timedelta(days=on),
        ).state  # fmt: skip

    act(number, Suspend, 0, until=today + timedelta(days=30))
    for on in (31, 33):
        terms = scene.terms(today + timedelta(days=on + 1), days=100)
        number = renewal(scene, number, AT + timedelta(days=on), terms).number or ""
    with pytest.raises(Refused) as refusal:
        act(number, Suspend, 40, until=today + timedelta(days=110))
    assert codes(refusal) == {"suspensions_over_limit"}
    fresh = act(number, Suspend, 40, until=today + timedelta(days=110), new_fact="Autre signal")
    assert fresh.state is AuthorisationState.SUSPENDED


def test_a_renewal_replaces_what_it_renews_in_the_same_stroke(scene: Scene):
    scene.sheet()
    number, later = scene.authorised(), AT + timedelta(days=170)
    terms = scene.terms(day_of(AT) + timedelta(days=180))
    renewed = renewal(scene, number, later, terms)
    assert authorisation_facts(number).replaced_by == renewed.number
    assert authorisation_facts(number).in_force(terms.begins_on - timedelta(days=1))
    assert authorisation_facts(renewed.number or "").in_force(terms.begins_on)


def test_a_renewal_of_something_withdrawn_is_refused_and_nothing_is_half_done(scene: Scene):
    from compassionate.domain.authorisation_commands import Withdraw

    scene.sheet()
    number = scene.authorised()
    part = replace(PART, elapsed_data="Réponse partielle.", attests_interest=True)
    request_id = scene.submitted(part, kind=RequestKind.RENEWAL, renews=number).id
    fields = {
        "reasons": REASONS,
        "urgency": "Signal grave",
        "ground": WithdrawalGround.PUBLIC_HEALTH,
    }
    acting.act_on_authorisation(
        scene.signatory, number, Withdraw, fields, SIGNED, idempotency_key="w", now=AT
    )
    scene.taken_up(request_id)
    with pytest.raises(Refused) as refusal:
        scene.granted(request_id)
    assert "authorisation_withdrawn" in codes(refusal)
    assert request_facts(request_id).state is State.UNDER_ASSESSMENT


def test_a_suspension_needs_a_hearing_or_an_urgency(scene: Scene):
    scene.sheet()
    number = scene.authorised()
    fields = {"reasons": REASONS, "until": day_of(AT) + timedelta(days=30)}
    with pytest.raises(Refused) as refusal:
        acting.act_on_authorisation(
            scene.signatory, number, Suspend, fields, SIGNED, idempotency_key="s", now=AT
        )
    assert codes(refusal) == {"hearing_needed"}
    handled = acting.act_on_authorisation(
        scene.signatory, number, Suspend, {**fields, "urgency": "Signal grave"}, SIGNED,
        idempotency_key="s2", now=AT,
    )  # fmt: skip
    assert handled.state.state is AuthorisationState.SUSPENDED
