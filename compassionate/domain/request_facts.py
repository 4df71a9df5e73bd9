"""What is known of one request, folded from its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from compassionate.domain.deadlines import Asked
from compassionate.domain.decision import Reasons, Signature, Terms
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.request_events import (
    AccessRequestEvent,
    AssessmentBegun,
    ConformityChecked,
    DecisionDeposited,
    DecisionProposed,
    DecisionRead,
    DispensingDeclared,
    InformationAnswered,
    InformationAsked,
    InformationOverdue,
    OralAgreementRecorded,
    OralRefusalRecorded,
    PrescriptionChanged,
    RequestDrafted,
    RequestGranted,
    RequestReceiptJoined,
    RequestReceived,
    RequestRefused,
    RequestReturned,
    RequestSentToPharmacy,
    RequestWithdrawn,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import (
    ABOUT_ONE,
    BEFORE_AGENCY,
    Flag,
    OutOfHoursRoute,
    Proposal,
    RequestKind,
    RequestState,
    SilenceEffect,
)
from events.days import day_of

ANSWERABLE = frozenset(
    {RequestState.INFORMATION_ASKED, RequestState.UNDER_ASSESSMENT, RequestState.TO_SIGN}
)
"""An answer that comes after its limit is looked at all the same; a proposal is then made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beforehand:
    """What was given or agreed to before the agency decided; the earliest of them counts.

    `by` is who recorded it: whoever agreed by telephone does not alone confirm it (§5.3 2).
    """

    route: OutOfHoursRoute
    at: datetime
    by: str
    number: str | None = None
    sheet_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What an evaluator proposed."""

    by: str
    proposal: Proposal
    terms: Terms | None
    reasons: Reasons | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """One request; `received_at` is when the agency had it, the instant that starts its clocks."""

    state: RequestState = RequestState.NOT_BEGUN
    version: int = 0
    kind: RequestKind | None = None
    renews: str | None = None
    institution: str | None = None
    author: str | None = None
    prescriber: str | None = None
    pharmacist: str | None = None
    prescription: Prescription | None = None
    pharmacy: PharmacyPart | None = None
    changed_since_return: bool = False
    return_reason: str | None = None
    beforehand: tuple[Beforehand, ...] = ()
    received_at: datetime | None = None
    received_version: int | None = None
    joined: frozenset[str] = frozenset()
    criteria_version: int | None = None
    conforms: bool | None = None
    evaluator: str | None = None
    question: UUID | None = None
    question_limit: date | None = None
    asked: tuple[Asked, ...] = ()
    overdue: bool = False
    proposed: Proposed | None = None
    number: str | None = None
    terms: Terms | None = None
    silence: SilenceEffect | None = None
    signature: Signature | None = None
    deposited_at: datetime | None = None
    read_at: datetime | None = None
    flags: frozenset[Flag] = frozenset()

    @property
    def first_given(self) -> Beforehand | None:
        """Return what was given or agreed to first."""
        return min(self.beforehand, key=lambda one: one.at, default=None)


def regularising(facts: RequestFacts) -> RequestKind:
    """Return as what a request with a dose is received: a renewal stays one, with what it has to say."""
    renews = facts.kind if facts.kind in ABOUT_ONE else None
    return renews or RequestKind.REGULARISATION


def after(facts: RequestFacts, event: AccessRequestEvent) -> RequestFacts:
    """Return the facts after one event."""
    return replace(_TRANSITIONS[type(event)](facts, event), version=facts.version + 1)


def _drafted(facts: RequestFacts, event: RequestDrafted) -> RequestFacts:
    return replace(
        facts,
        state=RequestState.DRAFT,
        kind=event.kind,
        renews=event.renews,
        institution=event.institution,
        author=event.by if event.prescriber else None,
        prescriber=event.prescriber,
        prescription=event.prescription,
    )


def _changed(facts: RequestFacts, event: PrescriptionChanged) -> RequestFacts:
    changed = facts.changed_since_return or facts.state is RequestState.RETURNED
    return replace(
        facts,
        prescription=event.prescription,
        changed_since_return=changed,
        # Whoever completes what nobody had signed is its prescriber, and no pharmacist of it.
        author=facts.author or event.by,
        prescriber=facts.prescriber or event.by,
    )


def _sent(facts: RequestFacts, _event: RequestSentToPharmacy) -> RequestFacts:
    return replace(facts, state=RequestState.AT_PHARMACY, return_reason=None)


def _returned(facts: RequestFacts, event: RequestReturned) -> RequestFacts:
    return replace(
        facts,
        state=RequestState.RETURNED,
        return_reason=event.reason,
        changed_since_return=False,
    )


def _received(facts: RequestFacts, event: RequestReceived) -> RequestFacts:
    dose = event.pharmacy.dispensing
    given = (
        (Beforehand(route=OutOfHoursRoute.CRITERIA_MET, at=dose.at, by=event.by),)
        if dose is not None and dose.at is not None
        else ()
    )
    return replace(
        facts,
        state=RequestState.RECEIVED,
        beforehand=(*facts.beforehand, *given),
        kind=event.kind,
        pharmacist=event.by,
        pharmacy=event.pharmacy,
        received_at=event.received_at,
        received_version=facts.version + 1,
        criteria_version=event.criteria_version,
    )


def _given(facts: RequestFacts, event: DispensingDeclared) -> RequestFacts:
    given = Beforehand(
        route=OutOfHoursRoute.CRITERIA_MET,
        at=event.dispensing.at or event.occurred_at,
        by=event.by,
        sheet_number=event.sheet_number,
    )
    return _before(facts, given, event)


def _agreed(facts: RequestFacts, event: OralAgreementRecorded) -> RequestFacts:
    agreed = Beforehand(
        route=OutOfHoursRoute.ORAL_AGREEMENT,
        at=event.occurred_at,
        by=event.by,
        number=event.number,
        sheet_number=event.sheet_number,
    )
    return _before(facts, agreed, event)


def _before(
    facts: RequestFacts, one: Beforehand, event: DispensingDeclared | OralAgreementRecorded
) -> RequestFacts:
    """Keep what was given or agreed to; what the agency does not have yet is to be regularised."""
    unjudged = facts.state in BEFORE_AGENCY | {RequestState.WITHDRAWN}
    state = RequestState.TO_REGULARISE if unjudged else facts.state
    known = _known_from_call(facts, event)
    return replace(known, state=state, beforehand=(*facts.beforehand, one))


def _refused_by_phone(facts: RequestFacts, event: OralRefusalRecorded) -> RequestFacts:
    known = _known_from_call(facts, event)
    # A request that was never begun is one from here on: its prescriber may go on with it.
    begun = facts.state is RequestState.NOT_BEGUN
    state = RequestState.DRAFT if begun else facts.state
    return replace(known, state=state, kind=facts.kind or RequestKind.INITIAL)


def _known_from_call(
    facts: RequestFacts, event: DispensingDeclared | OralAgreementRecorded | OralRefusalRecorded
) -> RequestFacts:
    """Take from a call what was not known; what stands in a form is not overwritten."""
    return replace(
        facts,
        kind=facts.kind or RequestKind.REGULARISATION,
        institution=facts.institution or event.institution,
        author=facts.author or event.prescriber,
        prescriber=facts.prescriber or event.prescriber,
        prescription=facts.prescription or event.prescription,
        flags=facts.flags | set(event.flags),
    )


def _begun(facts: RequestFacts, event: AssessmentBegun) -> RequestFacts:
    return replace(facts, state=RequestState.UNDER_ASSESSMENT, evaluator=event.by)


def _checked(facts: RequestFacts, event: ConformityChecked) -> RequestFacts:
    return replace(facts, conforms=event.conforms, criteria_version=event.criteria_version)


def _asked(facts: RequestFacts, event: InformationAsked) -> RequestFacts:
    return replace(
        facts,
        state=RequestState.INFORMATION_ASKED,
        question=event.question_id,
        question_limit=event.limit,
        asked=(*facts.asked, Asked(on=day_of(event.received_at), limit=event.limit)),
        overdue=False,
    )


def _answered(facts: RequestFacts, event: InformationAnswered) -> RequestFacts:
    """Take what was asked for, late or not; what nobody asked for changes no form, and is flagged."""
    flagged = replace(facts, flags=facts.flags | set(event.flags))
    if facts.question != event.question_id or facts.state not in ANSWERABLE:
        return flagged
    *before, last = facts.asked
    return replace(
        flagged,
        state=RequestState.UNDER_ASSESSMENT,
        question=None,
        asked=(*before, replace(last, answered_on=day_of(event.received_at))),
        proposed=None,
        prescription=event.prescription or facts.prescription,
        # What was checked before the answer changed it has to be checked again.
        conforms=None if event.prescription else facts.conforms,
    )


def _overdue(facts: RequestFacts, _event: InformationOverdue) -> RequestFacts:
    return replace(facts, state=RequestState.UNDER_ASSESSMENT, overdue=True)


def _proposed(facts: RequestFacts, event: DecisionProposed) -> RequestFacts:
    proposed = Proposed(
        by=event.by, proposal=event.proposal, terms=event.terms, reasons=event.reasons
    )
    return replace(facts, state=RequestState.TO_SIGN, proposed=proposed)


def _granted(facts: RequestFacts, event: RequestGranted) -> RequestFacts:
    return replace(
        facts,
        state=RequestState.GRANTED,
        number=event.number,
        terms=event.terms,
        signature=event.signature,
        flags=facts.flags | set(event.flags),
    )


def _refused(facts: RequestFacts, event: RequestRefused) -> RequestFacts:
    return replace(facts, state=RequestState.REFUSED, signature=event.signature)


def _withdrawn(facts: RequestFacts, _event: RequestWithdrawn) -> RequestFacts:
    return replace(facts, state=RequestState.WITHDRAWN)


def _silent(facts: RequestFacts, event: SilenceEstablished) -> RequestFacts:
    return replace(facts, state=RequestState.IMPLICIT, silence=event.effect)


def _deposited(facts: RequestFacts, event: DecisionDeposited) -> RequestFacts:
    return replace(facts, deposited_at=facts.deposited_at or event.occurred_at)


def _read(facts: RequestFacts, event: DecisionRead) -> RequestFacts:
    return replace(facts, read_at=facts.read_at or event.occurred_at)


def _joined(facts: RequestFacts, event: RequestReceiptJoined) -> RequestFacts:
    received_at = facts.received_at
    if received_at is not None and event.of_version == facts.received_version:
        received_at = min(received_at, event.received_at)
    return replace(facts, received_at=received_at, joined=facts.joined | {event.receipt_id})


_TRANSITIONS: Mapping[type[Any], Callable[[RequestFacts, Any], RequestFacts]] = {
    RequestDrafted: _drafted,
    PrescriptionChanged: _changed,
    RequestSentToPharmacy: _sent,
    RequestReturned: _returned,
    RequestReceived: _received,
    DispensingDeclared: _given,
    OralAgreementRecorded: _agreed,
    OralRefusalRecorded: _refused_by_phone,
    AssessmentBegun: _begun,
    ConformityChecked: _checked,
    InformationAsked: _asked,
    InformationAnswered: _answered,
    InformationOverdue: _overdue,
    DecisionProposed: _proposed,
    RequestGranted: _granted,
    RequestRefused: _refused,
    RequestWithdrawn: _withdrawn,
    SilenceEstablished: _silent,
    DecisionDeposited: _deposited,
    DecisionRead: _read,
    RequestReceiptJoined: _joined,
}
