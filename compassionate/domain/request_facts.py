"""What is known of one request, folded from its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from compassionate.domain.beforehand import (
    Beforehand,
    Call,
    agreed_to,
    call_of,
    corrected,
    given_at_night,
    given_before,
)
from compassionate.domain.deadlines import Asked
from compassionate.domain.decision import Proposed, Signature, Terms
from compassionate.domain.document_events import DocumentReceived
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.request_documents import Documents, with_document, with_receipt
from compassionate.domain.request_events import (
    AccessRequestEvent,
    AssessmentBegun,
    ConformityChecked,
    CorrectionNoted,
    DecisionDeposited,
    DecisionProposed,
    DecisionRead,
    DelayNoted,
    DispensingCorrected,
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
    WithdrawalReported,
)
from compassionate.domain.vocabulary import (
    ABOUT_ONE,
    AFTER_DECISION,
    AT_AGENCY,
    BEFORE_AGENCY,
    Flag,
    LateClock,
    RequestKind,
    RequestState,
    SilenceEffect,
)
from events.days import day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """One request; `received_at` is when the agency had it, the instant that starts its clocks.

    `criteria_moved`: an earlier receipt, or another product, has it judged by other criteria than those that
    were noted when it was received.
    """

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
    calls: tuple[Call, ...] = ()
    received_at: datetime | None = None
    received_version: int | None = None
    joined: frozenset[str] = frozenset()
    criteria_version: int | None = None
    criteria_moved: bool = False
    conforms: bool | None = None
    evaluator: str | None = None
    question: UUID | None = None
    question_limit: date | None = None
    asked: tuple[Asked, ...] = ()
    overdue: bool = False
    delays: frozenset[tuple[LateClock, int]] = frozenset()
    documents: Documents = ()
    proposed: Proposed | None = None
    number: str | None = None
    terms: Terms | None = None
    regularised: bool = False
    silence: SilenceEffect | None = None
    signature: Signature | None = None
    deposited_at: datetime | None = None
    read_at: datetime | None = None
    flags: frozenset[Flag] = frozenset()

    def takes_answer(self, question_id: UUID) -> bool:
        """Say whether an answer changes the request, late or not: what nobody asked for changes nothing."""
        return self.question == question_id and self.state in AT_AGENCY

    @property
    def reached_agency(self) -> bool:
        """Say whether the agency was seized: by both parts, or by the report of a dose or an agreement.

        Not by what was withdrawn before, nor by a refusal, which leaves a draft.
        """
        return self.received_at is not None or bool(self.beforehand)

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
    return replace(
        facts,
        state=RequestState.RECEIVED,
        beforehand=(*facts.beforehand, *given_before(event, facts.version + 1)),
        kind=event.kind,
        pharmacist=event.by,
        pharmacy=event.pharmacy,
        received_at=event.received_at,
        received_version=facts.version + 1,
        criteria_version=event.criteria_version,
        # Sent anew after it was withdrawn: what was asked before is asked no more.
        question=None,
    )


def _given(facts: RequestFacts, event: DispensingDeclared) -> RequestFacts:
    return _before(facts, given_at_night(event, facts.version + 1), event)


def _agreed(facts: RequestFacts, event: OralAgreementRecorded) -> RequestFacts:
    return _called(_before(facts, agreed_to(event, facts.version + 1), event), event)


def _before(
    facts: RequestFacts, one: Beforehand, event: DispensingDeclared | OralAgreementRecorded
) -> RequestFacts:
    """Keep what was given or agreed to; what the agency does not have yet is to be regularised."""
    unjudged = facts.state in BEFORE_AGENCY | {RequestState.WITHDRAWN}
    state = RequestState.TO_REGULARISE if unjudged else facts.state
    known = _known_from_call(facts, event)
    return replace(known, state=state, beforehand=(*facts.beforehand, one))


def _corrected(facts: RequestFacts, event: DispensingCorrected) -> RequestFacts:
    """Let a dose be what it should have been told as; where no other dose was told, so are its hours."""
    known = corrected(facts.beforehand, event)
    alone = all(one.version in event.of_versions for one in known if one.dispensing is not None)
    before = facts.flags - {Flag.IN_HOURS} if alone else facts.flags
    return replace(facts, beforehand=known, flags=before | set(event.flags))


def _noted(facts: RequestFacts, _event: CorrectionNoted) -> RequestFacts:
    return replace(facts, flags=facts.flags - set(AFTER_DECISION))


def _refused_by_phone(facts: RequestFacts, event: OralRefusalRecorded) -> RequestFacts:
    known = _known_from_call(facts, event)
    # A request that was never begun is one from here on: its prescriber may go on with it.
    begun = facts.state is RequestState.NOT_BEGUN
    state = RequestState.DRAFT if begun else facts.state
    return _called(replace(known, state=state, kind=facts.kind or RequestKind.INITIAL), event)


def _called(
    facts: RequestFacts, event: OralAgreementRecorded | OralRefusalRecorded
) -> RequestFacts:
    """Keep who answered the telephone: it is her call, whatever became of the request since."""
    return replace(facts, calls=(*facts.calls, call_of(event)))


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
    return replace(
        facts,
        conforms=event.conforms,
        criteria_version=event.criteria_version,
        criteria_moved=False,
    )


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
    if not facts.takes_answer(event.question_id):
        return flagged
    *before, last = facts.asked
    of_before, of_now = _product(facts.prescription), _product(event.prescription)
    return replace(
        flagged,
        criteria_moved=facts.criteria_moved or of_now not in {None, of_before},
        state=RequestState.UNDER_ASSESSMENT,
        question=None,
        asked=(*before, replace(last, answered_on=day_of(event.received_at))),
        proposed=None,
        prescription=event.prescription or facts.prescription,
        # What was checked before the answer changed it has to be checked again.
        conforms=None if event.prescription else facts.conforms,
    )


def _product(part: Prescription | None) -> tuple[str | None, str | None] | None:
    return (part.product, part.indication) if part else None


def _attached(facts: RequestFacts, event: DocumentReceived) -> RequestFacts:
    return replace(
        facts,
        documents=with_document(facts.documents, event, facts.version + 1),
        flags=facts.flags | set(event.flags),
    )


def _overdue(facts: RequestFacts, _event: InformationOverdue) -> RequestFacts:
    return replace(facts, state=RequestState.UNDER_ASSESSMENT, overdue=True)


def _delayed(facts: RequestFacts, event: DelayNoted) -> RequestFacts:
    return replace(facts, delays=facts.delays | {(event.clock, event.mark)})


def _proposed(facts: RequestFacts, event: DecisionProposed) -> RequestFacts:
    made = Proposed(by=event.by, proposal=event.proposal, terms=event.terms, reasons=event.reasons)
    return replace(facts, state=RequestState.TO_SIGN, proposed=made)


def _granted(facts: RequestFacts, event: RequestGranted) -> RequestFacts:
    return replace(
        facts,
        state=RequestState.GRANTED,
        number=event.number,
        terms=event.terms,
        signature=event.signature,
        regularised=bool(facts.beforehand),
        flags=facts.flags | set(event.flags),
    )


def _refused(facts: RequestFacts, event: RequestRefused) -> RequestFacts:
    return replace(facts, state=RequestState.REFUSED, signature=event.signature)


def _withdrawn(facts: RequestFacts, _event: RequestWithdrawn | WithdrawalReported) -> RequestFacts:
    return replace(facts, state=RequestState.WITHDRAWN)


def _silent(facts: RequestFacts, event: SilenceEstablished) -> RequestFacts:
    return replace(facts, state=RequestState.IMPLICIT, silence=event.effect)


def _deposited(facts: RequestFacts, event: DecisionDeposited) -> RequestFacts:
    return replace(facts, deposited_at=facts.deposited_at or event.occurred_at)


def _read(facts: RequestFacts, event: DecisionRead) -> RequestFacts:
    return replace(facts, read_at=facts.read_at or event.occurred_at)


def _joined(facts: RequestFacts, event: RequestReceiptJoined) -> RequestFacts:
    received_at = facts.received_at
    earlier = (
        received_at is not None
        and event.of_version == facts.received_version
        and event.received_at < received_at
    )
    return replace(
        facts,
        received_at=event.received_at if earlier else received_at,
        criteria_moved=facts.criteria_moved or earlier,
        # The criteria are those of the receipt (§5.3 5): they are checked again.
        conforms=None if earlier else facts.conforms,
        joined=facts.joined | {event.receipt_id},
        documents=with_receipt(facts.documents, event),
    )


_TRANSITIONS: Mapping[type[Any], Callable[[RequestFacts, Any], RequestFacts]] = {
    RequestDrafted: _drafted,
    PrescriptionChanged: _changed,
    RequestSentToPharmacy: _sent,
    RequestReturned: _returned,
    RequestReceived: _received,
    DispensingDeclared: _given,
    DispensingCorrected: _corrected,
    CorrectionNoted: _noted,
    OralAgreementRecorded: _agreed,
    OralRefusalRecorded: _refused_by_phone,
    AssessmentBegun: _begun,
    ConformityChecked: _checked,
    InformationAsked: _asked,
    InformationAnswered: _answered,
    DocumentReceived: _attached,
    InformationOverdue: _overdue,
    DelayNoted: _delayed,
    DecisionProposed: _proposed,
    RequestGranted: _granted,
    RequestRefused: _refused,
    RequestWithdrawn: _withdrawn,
    WithdrawalReported: _withdrawn,
    SilenceEstablished: _silent,
    DecisionDeposited: _deposited,
    DecisionRead: _read,
    RequestReceiptJoined: _joined,
}
