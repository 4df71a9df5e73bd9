"""The letters of a request and of an authorisation, each made from the event that it tells.

A letter is made when somebody reads it, from the stream as it was at that event: the same event gives the
same bytes, whenever and wherever it is made.
"""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404

from accounts import compassionate as may, readings
from accounts.access import Someone
from accounts.domain.reading_words import Opened
from accounts.models import Institution
from accounts.readings import Opening
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.deadlines import silence_due
from compassionate.domain.decision import Signature
from compassionate.domain.legal_parameter import LegalParameter, effect_of
from compassionate.domain.letter import (
    Letter,
    LetterFacts,
    Names,
    code_matches,
    verification_code,
)
from compassionate.domain.letters import LETTER_EVENTS, letter_of
from compassionate.domain.prescription import Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.request_events import (
    DECIDING,
    ConformityChecked,
    RequestGranted,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import SilenceEffect
from compassionate.letter_pdf import as_pdf
from compassionate.queries import readers_of
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    request_facts,
    request_stream,
    settled_at,
    signing_facts,
)
from events.event import Recorded
from events.handle import folded, history
from events.keys import keyring
from events.number import number_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One letter that there is: of which event, of which kind, from when."""

    version: int
    type: str
    at: datetime
    signatory: str | None
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """A letter as it is made: whether it leaves the téléservice, who decided, is the patient erased."""

    pdf: bytes
    leaves: bool
    signatory: str | None
    patient_erased: bool


def posted(past: Sequence[Recorded]) -> tuple[Posted, ...]:
    """Return the letters that a stream's events lead to; one that `waits` leaves only once it is signed."""
    return tuple(
        Posted(
            version=one.version,
            type=one.event.TYPE,
            at=one.event.occurred_at,
            signatory=signatory_of(one.event),
            waits=waits_for_signature(one),
        )
        for one in past
        if isinstance(one.event, LETTER_EVENTS)
    )


def decides(request_id: UUID, version: int) -> bool:
    """Say whether the letter of one event of a request is its decision, whose first reading is noted."""
    return any(
        one.version == version and one.event.TYPE in DECIDING
        for one in history(request_stream(request_id))
    )


def request_letter(user: Someone, request_id: UUID, version: int) -> bytes:
    """Return the letter of one event of a request as PDF/A.

    Raises Http404; ReasonNeeded and ReadingNotRecorded for whoever audits.
    """
    past = history(request_stream(request_id))
    facts: RequestFacts = folded(REQUEST, past)
    if not past or not may.may_see_clinical(user, readers_of(facts)):
        raise Http404
    _expect_act(user, past, version)
    _record(user, request_id, number_of(request_id), version)
    return _file_of_request(request_id, past, version)


def authorisation_letter(user: Someone, number: str, version: int) -> bytes:
    """Return the letter of one event of an authorisation as PDF/A.

    Raises Http404; ReasonNeeded and ReadingNotRecorded for whoever audits.
    """
    stream = authorisation_stream(number)
    past = history(stream)
    request_id = folded(AUTHORISATION, past).request_id
    if request_id is None or not may.may_see_clinical(user, readers_of(request_facts(request_id))):
        raise Http404
    _expect_act(user, past, version)
    _record(user, request_id, number, version)
    return signed_file(stream, version) or unsigned_of_authorisation(number, version).pdf


def unsigned_of_request(request_id: UUID, version: int) -> Unsigned:
    """Return the letter of one event of a request as it is made, for its signatory. Raises Http404."""
    past = history(request_stream(request_id))
    event = _event(past, version)
    return Unsigned(
        pdf=as_pdf(_of_request(request_id, past, version)),
        leaves=leaves(event),
        signatory=signatory_of(event),
        patient_erased=_facts(request_id, folded(REQUEST, past), past).patient_erased,
    )


def unsigned_of_authorisation(number: str, version: int) -> Unsigned:
    """Return the letter of one event of an authorisation as it is made. Raises Http404."""
    told = history(authorisation_stream(number))
    event = _event(told, version)
    issued: AuthorisationFacts = folded(AUTHORISATION, told)
    if issued.request_id is None:
        raise Http404
    # As the request was at that event: the same event gives the same bytes, whatever came since.
    then = next(one.recorded_at for one in told if one.version == version)
    past = history(request_stream(issued.request_id), as_of=then)
    known: AuthorisationFacts = folded(
        AUTHORISATION, [one for one in told if one.version <= version]
    )
    request: RequestFacts = folded(REQUEST, past)
    known_then = _facts(issued.request_id, request, past)
    facts = replace(known_then, suspended_until=known.suspended_until)
    letter = letter_of(event, facts, _names(request, event))
    return Unsigned(
        pdf=as_pdf(letter),
        leaves=leaves(event),
        signatory=signatory_of(event),
        patient_erased=facts.patient_erased,
    )


def decision_digests(request_id: UUID) -> tuple[str, ...]:
    """Return the SHA-256 of each letter that decides a request, in the order of the decisions.

    Nothing where one of them still waits for its signature.
    """
    past = history(request_stream(request_id))
    decided = [one for one in posted(past) if one.type in DECIDING]
    if any(one.waits for one in decided):
        return ()
    letters = (_file_of_request(request_id, past, one.version) for one in decided)
    return tuple(sha256(one).hexdigest() for one in letters)


def is_genuine(number: str, code: str) -> bool:
    """Say whether a code is the one that stands on the letter of this authorisation."""
    request_id = authorisation_facts(number).request_id
    if request_id is None:
        return False
    past = history(request_stream(request_id))
    granted = next((one.event for one in past if isinstance(one.event, RequestGranted)), None)
    if granted is None:
        return False
    return code_matches(code, _key(), number, _proved(request_id, past, granted))


def _file_of_request(request_id: UUID, past: Sequence[Recorded], version: int) -> bytes:
    signed = signed_file(request_stream(request_id), version)
    return signed or as_pdf(_of_request(request_id, past, version))


def signed_file(stream: str, version: int) -> bytes | None:
    """Return the letter as it was signed; None where it was not, or its patient is erased."""
    found = signing_facts(stream, version).signed
    return b64decode(found.document) if found is not None and found.document else None


def _expect_act(user: Someone, past: Sequence[Recorded], version: int) -> None:
    """Let only the agency read what is no act yet. Raises Http404, also where there is no letter."""
    _event(past, version)
    waits = any(waits_for_signature(one) for one in past if one.version == version)
    if waits and not may.may_see_queue(user):
        raise Http404


def signatory_of(event: Any) -> str | None:
    """Return the account of who took the decision that an event tells, None where it is none."""
    signature: Signature | None = getattr(event, "signature", None)
    return signature.signatory if signature else None


def waits_for_signature(one: Recorded) -> bool:
    """Say whether a letter leaves the téléservice and is not signed (CRPA L212-2)."""
    return leaves(one.event) and signing_facts(one.stream, one.version).signed is None


def leaves(event: Any) -> bool:
    """Say whether an event is a decision that leaves the téléservice."""
    signature: Signature | None = getattr(event, "signature", None)
    return signature is not None and signature.leaves


def _record(user: Someone, request_id: UUID, number: str, version: int) -> None:
    """Record a letter that whoever audits opens, before she has it."""
    if may.must_log_reading(user):
        opening = Opening(opened=Opened.LETTER, number=number, letter=version)
        readings.record(user, request_stream(request_id), opening)


def service() -> dict[str, Any]:
    """Return who writes the letters, as their names have it."""
    return {
        "agency": settings.AGENCY_NAME,
        "address": settings.AGENCY_ADDRESS,
        "service": settings.AGENCY_SERVICE,
        "mail": settings.AGENCY_MAIL,
        "phone": settings.AGENCY_PHONE,
    }


def _of_request(request_id: UUID, past: Sequence[Recorded], version: int) -> Letter:
    letter = _plain(request_id, past, version)
    event = _event(past, version)
    if not isinstance(event, RequestGranted):
        return letter
    code = verification_code(_key(), event.number, _proved(request_id, past, event))
    address = f"{settings.PUBLIC_URL}/autorisations/{event.number}/?code={code}"
    return replace(letter, code=code, address=address)


def _plain(request_id: UUID, past: Sequence[Recorded], version: int) -> Letter:
    """Return a letter without its code, from the stream as it was at its event."""
    event = _event(past, version)
    then = [one for one in past if one.version <= version]
    request: RequestFacts = folded(REQUEST, then)
    return letter_of(event, _facts(request_id, request, then), _names(request, event))


def _event(past: Sequence[Recorded], version: int) -> Any:
    event = next((one.event for one in past if one.version == version), None)
    if not isinstance(event, LETTER_EVENTS):
        raise Http404
    return event


def _facts(request_id: UUID, request: RequestFacts, past: Sequence[Recorded]) -> LetterFacts:
    given = request.first_given
    checks = [one.event for one in past if isinstance(one.event, ConformityChecked)]
    implied, implied_on = _implied(request, past[-1].recorded_at)
    return LetterFacts(
        reference=number_of(request_id),
        number=request.number,
        kind=request.kind,
        received_at=request.received_at,
        prescription=request.prescription,
        pharmacy=request.pharmacy,
        rule_version=checks[-1].rule_version if checks else None,
        implied=implied,
        implied_on=implied_on,
        route=given.route if given else None,
        agreement=given.number if given else None,
        product=(request.prescription.product_name or "") if request.prescription else "",
        indication=(request.prescription.indication_text or "") if request.prescription else "",
    )


def _implied(request: RequestFacts, then: datetime) -> tuple[SilenceEffect | None, date | None]:
    """Return what silence means and on which day, as it was settled when a request was received (R112-11-1).

    Of what was recorded `then`: what is settled later changes no letter.
    """
    if request.received_at is None:
        return None, None
    effect = effect_of(settled_at(LegalParameter.SILENCE_EFFECT, request.received_at, as_of=then))
    on = silence_due(request.received_at, effect, request.asked) if effect else None
    return effect, on


def _names(request: RequestFacts, event: Any) -> Names:
    part = request.prescription or Prescription()
    pharmacy = request.pharmacy
    institution = Institution.objects.filter(finess=request.institution or "").first()
    where = f"{institution.name}, {institution.city}".strip(", ") if institution else ""
    signature = getattr(event, "signature", None)
    return Names(
        **service(),
        signatory=signature.name if signature else None,
        prescriber=part.prescriber_name,
        prescriber_contact=part.prescriber_email or part.prescriber_phone,
        institution=where or (request.institution or ""),
        pharmacy=f"Pharmacie à usage intérieur, {where}"
        if where
        else "Pharmacie à usage intérieur",
        pharmacy_contact=(pharmacy.phone or "") if pharmacy else "",
    )


def _proved(request_id: UUID, past: Sequence[Recorded], event: RequestGranted) -> bytes:
    """Return what the code proves: number, request, days, product, establishment; no person.

    So a letter on paper stays genuine when its patient or its prescriber was erased since.
    """
    request: RequestFacts = folded(REQUEST, past)
    part = request.prescription or Prescription()
    terms = event.terms
    said = [
        event.number, number_of(request_id), terms.begins_on.isoformat(), terms.ends_on.isoformat(),
        part.product, part.product_name, part.indication, request.institution,
        event.criteria_version, event.signature.delegation,
    ]  # fmt: skip
    return sha256(json.dumps(said).encode()).digest()


def _key() -> bytes:
    return keyring().command_digest(b"verification code of letters")
