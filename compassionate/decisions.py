"""What the agency does with a request: one verb per command, each waits for the log.

Every verb raises Http404, PermissionDenied, Refused, CommandReused and VersionConflict. Nothing is
decided while a spool may still hold something for the request (engineering/traps-intake.md 5).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from accounts import access, compassionate as may
from accounts.access import Someone
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.decision import RefusalReasons, Terms
from compassionate.domain.follow_up import FOLLOW_UP
from compassionate.domain.granting import Around, expect_previous, strokes
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.legal_parameter import LegalParameter, effect_of
from compassionate.domain.request_commands import (
    AskInformation,
    CheckConformity,
    EstablishSilence,
    Grant,
    NoteCorrection,
    ProposeDecision,
    Refuse,
    Regularise,
    TakeUp,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import Delegated, Proposal
from compassionate.giving import (
    Done,
    Keyed,
    Signed,
    allowed,
    give_alone,
    give_request,
    nothing_waits,
    signing_of,
    times,
)
from compassionate.streams import (
    authorisation_facts,
    authorisation_number,
    authorisation_stream,
    follow_up_stream,
    holder_stream,
    request_facts,
    request_stream,
    settled_at,
    sheet_facts,
    sheet_for,
)
from compassionate.submissions import holder_of
from events import intake
from events.decider import Decider


def take_up(
    user: Someone,
    request_id: UUID,
    *,
    no_interest: bool,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Begin to assess, having declared no interest; the system then checks each criterion."""
    person = allowed(user, may.may_take_up(user))
    at = now or intake.arrived_at()
    command = TakeUp(**times(person, at), no_interest=no_interest)
    keyed = Keyed(
        verb="take up", content=no_interest, key=idempotency_key, version=expected_version
    )
    taken = give_alone(person, request_id, keyed, lambda _facts: command, lambda _: True)
    part, received_at = taken.facts.prescription, taken.facts.received_at or at
    if taken.facts.conforms is not None or sheet_for(part, received_at).version is None:
        return taken
    return check_conformity(user, request_id, idempotency_key=idempotency_key, now=now)


def check_conformity(
    user: Someone, request_id: UUID, *, idempotency_key: str, now: datetime | None = None
) -> Done:
    """Let the system check each criterion of the version in force on receipt; it decides nothing."""
    person = allowed(user, may.may_take_up(user))
    at = now or intake.arrived_at()

    def command(facts: RequestFacts) -> CheckConformity:
        return CheckConformity(
            **times(person, at), sheet=sheet_for(facts.prescription, facts.received_at or at)
        )

    keyed = Keyed(verb="check", content=None, key=idempotency_key)
    return give_alone(person, request_id, keyed, command, lambda _: True)


def ask_information(  # noqa: PLR0913  what is missing, and until when
    user: Someone,
    request_id: UUID,
    items: Sequence[str],
    limit: date,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Ask for what is missing, item by item, with a limit (CRPA L114-5)."""
    person = allowed(user, access.may_read(user))
    at = now or intake.arrived_at()
    command = AskInformation(
        **times(person, at), question_id=uuid7(), items=tuple(items), limit=limit
    )
    content = [list(items), limit]
    keyed = Keyed(verb="ask", content=content, key=idempotency_key, version=expected_version)
    return give_alone(
        person,
        request_id,
        keyed,
        lambda _facts: command,
        lambda facts: may.may_assess(person, holder_of(facts)),
    )


def propose_decision(  # noqa: PLR0913  a proposal has terms or reasons
    user: Someone,
    request_id: UUID,
    proposal: Proposal,
    *,
    idempotency_key: str,
    terms: Terms | None = None,
    reasons: RefusalReasons | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Propose a decision to the signatory, with its terms or its reasons."""
    person = allowed(user, access.may_read(user))
    at = now or intake.arrived_at()

    def command(facts: RequestFacts) -> ProposeDecision:
        received_at = facts.received_at or at
        if terms is not None and facts.renews:
            expect_previous(facts, terms, authorisation_facts(facts.renews))
        return ProposeDecision(
            **times(person, at),
            proposal=proposal,
            sheet=sheet_for(facts.prescription, received_at, decided_at=at),
            terms=terms,
            reasons=reasons,
        )

    content = [proposal, terms, reasons]
    keyed = Keyed(verb="propose", content=content, key=idempotency_key, version=expected_version)
    return give_alone(
        person,
        request_id,
        keyed,
        command,
        lambda facts: may.may_propose(person, holder_of(facts)),
    )


def grant(  # noqa: PLR0913  terms and who signs them
    user: Someone,
    request_id: UUID,
    terms: Terms,
    signed: Signed,
    *,
    idempotency_key: str,
    in_spite_of: str | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Grant, or regularise what was given already: the authorisation is issued in the same stroke."""
    person = allowed(user, may.may_decide(user))
    at = now or intake.arrived_at()
    stream, number = request_stream(request_id), authorisation_number(request_id)
    nothing_waits(stream, in_spite_of)

    def ask(states: Mapping[str, Any]) -> Mapping[str, Any]:
        facts: RequestFacts = states[stream]
        part = facts.prescription
        of_product = (part.product, part.indication) if part else (None, None)
        known = sheet_facts(*of_product)
        command = (Regularise if facts.beforehand else Grant)(
            **times(person, at),
            number=number,
            terms=terms,
            **signing_of(person, signed, Delegated.REQUESTS, at),
            sheet=sheet_for(part, facts.received_at or at, decided_at=at),
            current_version=known.version_known_at(at),
            in_spite_of=in_spite_of,
        )
        around = Around(
            previous=states.get(authorisation_stream(facts.renews)) if facts.renews else None,
            file=states.get(holder_stream(*of_product)) if all(of_product) else None,  # type: ignore[arg-type]
            protocol=known.protocols[-1] if known.protocols else None,
        )
        found = strokes(command, request_id, facts, around)
        asked = {
            stream: found.request,
            authorisation_stream(number): found.authorisation,
            follow_up_stream(number): found.follow_up,
        }
        if found.previous is not None and facts.renews:
            asked[authorisation_stream(facts.renews)] = found.previous
        if found.file is not None and part and part.product and part.indication:
            asked[holder_stream(part.product, part.indication)] = found.file
        return asked

    content = [terms, signed, in_spite_of]
    keyed = Keyed(verb="grant", content=content, key=idempotency_key, version=expected_version)
    around = _around(request_facts(request_id), number)
    return give_request(person, request_id, keyed, ask, lambda _: True, around)


def refuse(  # noqa: PLR0913  reasons and who signs them
    user: Someone,
    request_id: UUID,
    reasons: RefusalReasons,
    signed: Signed,
    *,
    idempotency_key: str,
    safety_follow_up: str | None = None,
    in_spite_of: str | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Refuse, with reasons in law and in fact and the routes of appeal."""
    person = allowed(user, may.may_decide(user))
    at = now or intake.arrived_at()
    nothing_waits(request_stream(request_id), in_spite_of)
    command = Refuse(
        **times(person, at),
        reasons=reasons,
        **signing_of(person, signed, Delegated.REQUESTS, at),
        safety_follow_up=safety_follow_up,
        in_spite_of=in_spite_of,
    )
    content = [reasons, signed, safety_follow_up, in_spite_of]
    keyed = Keyed(verb="refuse", content=content, key=idempotency_key, version=expected_version)
    return give_alone(person, request_id, keyed, lambda _facts: command, lambda _: True)


def establish_silence(
    user: Someone,
    request_id: UUID,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Done:
    """Establish that the statutory term passed in silence, with the effect settled when it was received.

    Whoever asked was told that effect then (CRPA R112-11-1).
    """
    person = allowed(user, may.may_establish_silence(user))
    at = now or intake.arrived_at()
    nothing_waits(request_stream(request_id), None)

    def command(facts: RequestFacts) -> EstablishSilence:
        settled = settled_at(LegalParameter.SILENCE_EFFECT, facts.received_at or at)
        return EstablishSilence(
            **times(person, at),
            effect=effect_of(settled),
            signed_off_by=settled.signed_off_by if settled else None,
        )

    keyed = Keyed(verb="silence", content=None, key=idempotency_key)
    return give_alone(person, request_id, keyed, command, lambda _: True)


def note_correction(
    user: Someone,
    request_id: UUID,
    outcome: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Say what follows from a correction of a dose that came after the decision."""
    person = allowed(user, access.may_read(user))
    at = now or intake.arrived_at()
    command = NoteCorrection(**times(person, at), outcome=outcome)
    keyed = Keyed(
        verb="note correction", content=outcome, key=idempotency_key, version=expected_version
    )
    return give_alone(
        person,
        request_id,
        keyed,
        lambda _facts: command,
        lambda facts: may.may_assess(person, holder_of(facts)),
    )


def _around(facts: RequestFacts, number: str) -> dict[str, Decider[Any, Any, Any]]:
    """Return the streams that a grant may write to; what it is about does not change any more."""
    around: dict[str, Decider[Any, Any, Any]] = {
        authorisation_stream(number): AUTHORISATION,
        follow_up_stream(number): FOLLOW_UP,
    }
    if facts.renews:
        around[authorisation_stream(facts.renews)] = AUTHORISATION
    part = facts.prescription
    if part and part.product and part.indication:
        around[holder_stream(part.product, part.indication)] = HOLDER_FILE
    return around
