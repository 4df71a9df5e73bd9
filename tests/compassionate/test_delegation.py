"""Delegations of signature: by whom, from when, for what; a decision without one is refused (CRPA L212-1)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from compassionate import acting, decisions, delegating
from compassionate.domain.authorisation_commands import Suspend
from compassionate.domain.criteria_sheet import SetProductCessation
from compassionate.domain.delegation import (
    DELEGATION,
    DelegationFacts,
    EndDelegation,
    RecordDelegation,
    SignatureDelegated,
    delegation_problems,
)
from compassionate.domain.holder_file import ExtendFiling, RecordUndertaking
from compassionate.domain.request_events import RequestGranted
from compassionate.domain.vocabulary import Delegated
from compassionate.giving import Signed
from compassionate.streams import request_facts, request_stream
from events.days import day_of
from events.errors import Refused
from events.handle import history
from tests.compassionate.scene import AT, REASONS, SIGNED, Scene, codes, delegated, scene

__all__ = ["scene"]
TODAY = day_of(AT)
PRODUCT = ("nirogacestat", "desmoide")
RECORD: dict[str, Any] = {
    "by": "lawyer",
    "at": AT,
    "signatory": "signatory",
    "reference": "DG 2026-40",
    "quality": "Directrice adjointe",
    "acts": (Delegated.REQUESTS,),
    "published_on": TODAY,
    "begins_on": TODAY,
    "ends_on": TODAY + timedelta(days=30),
}
ENDS: dict[str, Any] = {
    "by": "lawyer",
    "at": AT,
    "reference": "DG 2026-40",
    "last_day": TODAY,
    "reason": "Changement de fonctions",
}


def after(*commands: Any) -> DelegationFacts:
    facts = DELEGATION.initial
    for command in commands:
        facts = DELEGATION.fold(DELEGATION.decide(facts, command), facts)
    return facts


def problems(facts: DelegationFacts, **said: Any) -> set[str]:
    asked: dict[str, Any] = {
        "reference": "DG 2026-40",
        "act": Delegated.REQUESTS,
        "day": TODAY,
    } | said
    return {one.code for one in delegation_problems(facts, **asked)}


def test_what_is_recorded_is_what_the_act_says() -> None:
    (event,) = DELEGATION.decide(DELEGATION.initial, RecordDelegation(**RECORD))
    assert isinstance(event, SignatureDelegated)
    assert (event.reference, event.quality, event.ends_on) == (
        "DG 2026-40", "Directrice adjointe", TODAY + timedelta(days=30),
    )  # fmt: skip


def test_every_flaw_of_a_delegation_is_told_at_once() -> None:
    flawed = RECORD | {
        "by": "signatory",
        "reference": " ",
        "quality": "",
        "acts": (),
        "published_on": TODAY + timedelta(days=1),
        "begins_on": TODAY,
        "ends_on": TODAY - timedelta(days=1),
    }
    with pytest.raises(Refused) as raised:
        DELEGATION.decide(DELEGATION.initial, RecordDelegation(**flawed))
    assert codes(raised) == {
        "reference_needed", "quality_needed", "acts_needed", "published_in_future",
        "begins_before_publication", "ends_before_it_begins", "delegates_to_herself",
    }  # fmt: skip


def test_a_reference_or_a_quality_of_more_than_200_characters_is_refused_with_the_rest() -> None:
    most = {"reference": "D" * 200, "quality": "Q" * 200}
    (event,) = DELEGATION.decide(DELEGATION.initial, RecordDelegation(**RECORD | most))
    assert isinstance(event, SignatureDelegated)
    longer = {"reference": "D" * 201, "quality": "Q" * 201, "acts": ()}
    with pytest.raises(Refused) as raised:
        DELEGATION.decide(DELEGATION.initial, RecordDelegation(**RECORD | longer))
    assert codes(raised) == {"reference_too_long", "quality_too_long", "acts_needed"}


def test_the_end_of_one_that_there_is_not_says_so_of_the_person_and_not_of_the_reader() -> None:
    with pytest.raises(Refused) as raised:
        DELEGATION.decide(DELEGATION.initial, EndDelegation(**ENDS))
    (problem,) = raised.value.problems
    assert (problem.code, problem.pointer) == ("no_such_delegation", "/reference")
    assert problem.detail == "Cette personne n'a aucune délégation de cette référence."


def test_one_reference_is_recorded_once() -> None:
    facts = after(RecordDelegation(**RECORD))
    with pytest.raises(Refused) as raised:
        DELEGATION.decide(facts, RecordDelegation(**RECORD))
    assert codes(raised) == {"reference_known"}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, set()),
        ({"day": TODAY + timedelta(days=30)}, set()),
        ({"day": TODAY - timedelta(days=1)}, {"delegation_not_in_force"}),
        ({"day": TODAY + timedelta(days=31)}, {"delegation_not_in_force"}),
        ({"act": Delegated.AUTHORISATIONS}, {"delegation_of_other_acts"}),
        (
            {"act": Delegated.AUTHORISATIONS, "day": TODAY + timedelta(days=31)},
            {"delegation_not_in_force", "delegation_of_other_acts"},
        ),
        ({"reference": "DG 1999-01"}, {"delegation_unknown"}),
        ({"reference": ""}, {"delegation_unknown"}),
    ],
)
def test_it_lets_sign_its_acts_on_its_days(said: dict[str, Any], wanted: set[str]) -> None:
    assert problems(after(RecordDelegation(**RECORD)), **said) == wanted


def test_it_ends_earlier_with_a_reason_and_never_for_the_past() -> None:
    recorded = RecordDelegation(**RECORD)
    facts = after(recorded, EndDelegation(**ENDS))
    assert problems(facts) == set()
    assert problems(facts, day=TODAY + timedelta(days=1)) == {"delegation_not_in_force"}
    for said, wanted in (
        ({"last_day": TODAY - timedelta(days=1), "reason": " "}, {"day_in_past", "reason_needed"}),
        ({"last_day": TODAY + timedelta(days=40)}, {"already_ended"}),
        (
            {"reference": "another", "last_day": TODAY - timedelta(days=1), "reason": " "},
            {"no_such_delegation", "day_in_past", "reason_needed"},
        ),
    ):
        with pytest.raises(Refused) as raised:
            DELEGATION.decide(after(recorded), EndDelegation(**ENDS | said))
        assert codes(raised) == wanted


def test_the_newest_in_force_is_the_one_to_sign_under() -> None:
    newer = RECORD | {"reference": "DG 2026-41", "begins_on": TODAY + timedelta(days=5)}
    facts = after(RecordDelegation(**RECORD), RecordDelegation(**newer))
    found = [facts.for_act(Delegated.REQUESTS, TODAY + timedelta(days=days)) for days in (0, 5)]
    assert [one.reference for one in found if one] == ["DG 2026-40", "DG 2026-41"]
    assert facts.for_act(Delegated.AUTHORISATIONS, TODAY) is None


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, True),
        ({"begins_on": TODAY + timedelta(days=3)}, True),
        ({"ends_on": None}, True),
        ({"ends_on": TODAY}, True),
        ({"ends_on": TODAY - timedelta(days=1), "begins_on": TODAY - timedelta(days=9)}, False),
    ],
)
def test_a_delegation_may_be_ended_until_its_last_day_has_passed(
    said: dict[str, Any], wanted: bool
) -> None:
    recorded = RECORD | {"published_on": TODAY - timedelta(days=9)} | said
    given = after(RecordDelegation(**recorded)).given
    her = delegating.Signatory(person=User(username="her"), delegations=tuple(given.values()))
    assert her.has_to_end(TODAY) is wanted


def test_only_a_lawyer_records_one_and_only_for_a_signatory(scene: Scene) -> None:
    fields = {
        name: RECORD[name]
        for name in ("reference", "quality", "acts", "published_on", "begins_on")
    }
    for name, person in scene.people.items():
        if name != "legal":
            with pytest.raises(PermissionDenied):
                delegating.record(person, scene.signatory, fields, idempotency_key="x", now=AT)
            with pytest.raises(PermissionDenied):
                delegating.end(
                    person, scene.signatory, SIGNED.delegation, TODAY, "x",
                    idempotency_key="x", now=AT,
                )  # fmt: skip
    with pytest.raises(PermissionDenied):
        delegating.record(scene.legal, scene.evaluator, fields, idempotency_key="x", now=AT)


@pytest.fixture
def to_grant(scene: Scene) -> Any:
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    return request_id


def test_a_decision_without_a_delegation_is_refused_with_every_other_flaw(
    scene: Scene, to_grant: Any
) -> None:
    with pytest.raises(Refused) as raised:
        decisions.grant(
            scene.signatory, to_grant, scene.terms(days=400), Signed(delegation="DG 1999-01"),
            idempotency_key="g", now=AT,
        )  # fmt: skip
    assert codes(raised) == {"delegation_unknown", "duration_over_limit"}
    assert request_facts(to_grant).number is None


def test_a_delegation_of_somebody_else_lets_nobody_sign(scene: Scene, to_grant: Any) -> None:
    other = User.objects.create(username="other", role=Role.SIGNATORY)
    with pytest.raises(Refused) as raised:
        scene.granted(to_grant, by=other)
    assert codes(raised) == {"delegation_unknown"}


def test_one_that_ended_lets_sign_nothing_more(scene: Scene, to_grant: Any) -> None:
    yesterday = TODAY - timedelta(days=1)
    delegating.end(
        scene.legal, scene.signatory, SIGNED.delegation, yesterday, "Départ",
        idempotency_key="e", now=AT - timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(Refused) as raised:
        scene.granted(to_grant)
    assert codes(raised) == {"delegation_not_in_force"}


def test_the_decision_names_the_quality_that_was_delegated(scene: Scene, to_grant: Any) -> None:
    scene.granted(to_grant)
    past = history(request_stream(to_grant))
    (event,) = [one.event for one in past if isinstance(one.event, RequestGranted)]
    assert event.signature.quality == "Directrice médicale adjointe"
    assert event.signature.delegation == SIGNED.delegation


def who_may_sign(scene: Scene, *acts: Delegated) -> User:
    """Return another signatory, who may sign no more than that under DG 2026-50."""
    other = User.objects.create(username="other", role=Role.SIGNATORY)
    delegated(
        scene.legal, other, reference="DG 2026-50", acts=acts, published_on=date(2026, 1, 5),
        begins_on=date(2026, 1, 5),
    )  # fmt: skip
    return other


def test_to_suspend_wants_a_delegation_for_that(scene: Scene) -> None:
    scene.sheet()
    number = scene.authorised()
    other = who_may_sign(scene, Delegated.REQUESTS)
    with pytest.raises(Refused) as raised:
        acting.act_on_authorisation(
            other,
            number,
            Suspend,
            {
                "until": TODAY + timedelta(days=9),
                "reasons": REASONS,
                "heard_on": None,
                "urgency": "Signal",
            },
            Signed(delegation="DG 2026-50"),
            idempotency_key="s",
            now=AT,
        )
    assert codes(raised) == {"delegation_of_other_acts"}


@pytest.mark.parametrize(
    ("give", "act", "fields"),
    [
        (acting.act_on_holder_file, ExtendFiling, {"months": 3, "reason": "Essai retardé"}),
        (
            acting.act_on_sheet,
            SetProductCessation,
            {"marketing_authorised_on": TODAY, "ceases_on": TODAY + timedelta(days=30)},
        ),
    ],
)
def test_a_decision_about_a_product_wants_a_delegation_for_that(
    scene: Scene, give: Any, act: Any, fields: Any
) -> None:
    scene.sheet()
    scene.authorised()
    undertaken = {"signed_on": TODAY}
    acting.act_on_holder_file(
        scene.evaluator, *PRODUCT, RecordUndertaking, undertaken, idempotency_key="u", now=AT
    )
    others = (Delegated.REQUESTS, Delegated.AUTHORISATIONS)
    with pytest.raises(Refused) as raised:
        give(
            who_may_sign(scene, *others), *PRODUCT, act, fields,
            signed=Signed(delegation="DG 2026-50"), idempotency_key="p", now=AT,
        )  # fmt: skip
    assert codes(raised) == {"delegation_of_other_acts"}
    made = give(scene.signatory, *PRODUCT, act, fields, signed=SIGNED, idempotency_key="p", now=AT)
    (event,) = made.events
    assert event.signature.quality == "Directrice médicale adjointe"
    # It leaves the téléservice: its letter bears a signature (CRPA L212-2).
    assert (event.signature.through_service, event.signature.signed) == (False, True)
