"""The letters of a request and of an authorisation, each made from the event that it tells.

A letter is made when somebody reads it, from the stream as it was at that event: the same event gives the
same bytes, whenever and wherever it is made.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404

from accounts import compassionate as may
from accounts.access import Someone
from accounts.models import Institution
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
    ConformityChecked,
    RequestGranted,
    RequestRefused,
    SilenceEstablished,
)
from compassionate.domain.request_facts import RequestFacts
from compassionate.letter_pdf import as_pdf
from compassionate.streams import authorisation_facts, authorisation_stream, request_stream
from compassionate.submissions import holder_of
from events.event import Recorded
from events.handle import folded, history
from events.keys import keyring
from events.number import number_of

DECIDING = frozenset({RequestGranted.TYPE, RequestRefused.TYPE, SilenceEstablished.TYPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One letter that there is: of which event, of which kind, from when."""

    version: int
    type: str
    at: datetime


def posted(past: Sequence[Recorded]) -> tuple[Posted, ...]:
    """Return the letters that a stream's events lead to."""
    return tuple(
        Posted(version=one.version, type=one.event.TYPE, at=one.event.occurred_at)
        for one in past
        if isinstance(one.event, LETTER_EVENTS)
    )


def request_letter(user: Someone, request_id: UUID, version: int) -> bytes:
    """Return the letter of one event of a request as PDF/A. Raises Http404."""
    past = history(request_stream(request_id))
    facts: RequestFacts = folded(REQUEST, past)
    if not past or not may.may_see_clinical(user, holder_of(facts)):
        raise Http404
    return as_pdf(_of_request(request_id, past, version))


def authorisation_letter(user: Someone, number: str, version: int) -> bytes:
    """Return the letter of one event of an authorisation as PDF/A. Raises Http404."""
    facts = authorisation_facts(number)
    if facts.request_id is None:
        raise Http404
    request_past = history(request_stream(facts.request_id))
    request: RequestFacts = folded(REQUEST, request_past)
    if not may.may_see_clinical(user, holder_of(request)):
        raise Http404
    past = history(authorisation_stream(number))
    event = _event(past, version)
    return as_pdf(letter_of(event, _facts(facts.request_id, request_past), _names(request, event)))


def decision_digests(request_id: UUID) -> tuple[str, ...]:
    """Return the SHA-256 of each letter that decides a request, in the order of the decisions."""
    past = history(request_stream(request_id))
    decided = [one for one in posted(past) if one.type in DECIDING]
    letters = (as_pdf(_of_request(request_id, past, one.version)) for one in decided)
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
    return letter_of(event, _facts(request_id, then), _names(request, event))


def _event(past: Sequence[Recorded], version: int) -> Any:
    event = next((one.event for one in past if one.version == version), None)
    if not isinstance(event, LETTER_EVENTS):
        raise Http404
    return event


def _facts(request_id: UUID, past: Sequence[Recorded]) -> LetterFacts:
    request: RequestFacts = folded(REQUEST, past)
    given = request.first_given
    checks = [one.event for one in past if isinstance(one.event, ConformityChecked)]
    return LetterFacts(
        reference=number_of(request_id),
        number=request.number,
        kind=request.kind,
        received_at=request.received_at,
        prescription=request.prescription,
        pharmacy=request.pharmacy,
        rule_version=checks[-1].rule_version if checks else None,
        route=given.route if given else None,
        agreement=given.number if given else None,
        product=(request.prescription.product_name or "") if request.prescription else "",
        indication=(request.prescription.indication_text or "") if request.prescription else "",
    )


def _names(request: RequestFacts, event: Any) -> Names:
    part = request.prescription or Prescription()
    pharmacy = request.pharmacy
    institution = Institution.objects.filter(finess=request.institution or "").first()
    where = f"{institution.name}, {institution.city}".strip(", ") if institution else ""
    signature = getattr(event, "signature", None)
    return Names(
        agency=settings.AGENCY_NAME,
        address=settings.AGENCY_ADDRESS,
        service=settings.AGENCY_SERVICE,
        mail=settings.AGENCY_MAIL,
        phone=settings.AGENCY_PHONE,
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
