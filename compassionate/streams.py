"""Where each thing of compassionate access lies in the log, and what is known of it there."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.authorisation_number import numbered
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.criteria_facts import SheetFacts, sheet_at
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.decision import Suspension
from compassionate.domain.delegation import DELEGATION, DelegationFacts
from compassionate.domain.document_content import CONTENT, ContentFacts
from compassionate.domain.follow_up import FOLLOW_UP, FollowUpFacts
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.legal_parameter import (
    LEGAL_PARAMETER,
    LegalParameter,
    ParameterFacts,
    ParameterSet,
)
from compassionate.domain.letter_signing import LETTER_SIGNING, SigningFacts
from compassionate.domain.open_request import OPEN_REQUEST
from compassionate.domain.prescription import Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.request_facts import RequestFacts
from events.event import stream_name
from events.handle import folded, history
from events.keys import keyring
from events.number import BITS, identifier_from

PRODUCTS = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b01")
AUTHORISATIONS = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b02")
SIGNATURES = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b04")
PARAMETERS = UUID("b6d9a0f2-4b0e-5f1c-8a51-6a0c2e9d7b05")


def request_stream(request_id: UUID) -> str:
    """Return the stream of a request."""
    return stream_name(REQUEST.category, request_id)


def sheet_stream(product: str, indication: str) -> str:
    """Return the stream of the criteria sheet of a product in an indication."""
    return stream_name(CRITERIA.category, product_id(product, indication))


def holder_stream(product: str, indication: str) -> str:
    """Return the stream of the rights holder's file for a product in an indication."""
    return stream_name(HOLDER_FILE.category, product_id(product, indication))


def authorisation_stream(number: str) -> str:
    """Return the stream of an authorisation."""
    return stream_name(AUTHORISATION.category, authorisation_id(number))


def follow_up_stream(number: str) -> str:
    """Return the stream of what follows an authorisation."""
    return stream_name(FOLLOW_UP.category, authorisation_id(number))


def claim_stream(institution: str, part: Prescription) -> str | None:
    """Return the stream that knows the open request of a patient for a product, None if untold."""
    if not (part.file_number and part.product and part.indication):
        return None
    file_number = "".join(part.file_number.split()).casefold()
    plain = "/".join(("open request", institution, file_number, part.product, part.indication))
    return stream_name(OPEN_REQUEST.category, UUID(keyring().pseudonym_of(plain)))


def content_stream(document_id: UUID) -> str:
    """Return the stream of the content of a supporting document."""
    return stream_name(CONTENT.category, document_id)


def document_id_of(request_id: UUID, content: bytes) -> UUID:
    """Return the identifier of a file as a document of a request: the same at every try, on every node.

    Keyed, so that nobody who holds a file can tell whether a request has it.
    """
    keyed = keyring().command_digest(b"document " + request_id.bytes + sha256(content).digest())
    return UUID(bytes=keyed[:16])


def product_id(product: str, indication: str) -> UUID:
    """Return the identifier of a product in an indication."""
    return uuid5(PRODUCTS, f"{product}\n{indication}")


def authorisation_id(number: str) -> UUID:
    """Return the identifier of an authorisation, by its number."""
    return uuid5(AUTHORISATIONS, number)


def authorisation_number(request_id: UUID) -> str:
    """Return the number of the authorisation that a request leads to: the same at every try.

    Keyed, so that nobody who holds the number of a request can tell the authorisation's.
    """
    keyed = keyring().command_digest(b"authorisation " + request_id.bytes)
    return numbered(identifier_from(int.from_bytes(keyed[:8]) >> (64 - BITS)))


def request_id_of(command_id: UUID) -> UUID:
    """Return the identifier of the request that a command begins: the same on every node."""
    keyed = keyring().command_digest(b"access request " + command_id.bytes)
    return identifier_from(int.from_bytes(keyed[:8]) >> (64 - BITS))


def request_facts(request_id: UUID) -> RequestFacts:
    """Return what is known of a request."""
    return request_facts_of(request_stream(request_id))


def request_facts_of(stream: str) -> RequestFacts:
    """Return what is known of the request in a stream."""
    return folded(REQUEST, history(stream))


def content_facts(document_id: UUID) -> ContentFacts:
    """Return what is kept of a supporting document."""
    return folded(CONTENT, history(content_stream(document_id)))


def authorisation_facts(number: str) -> AuthorisationFacts:
    """Return what is known of an authorisation."""
    return authorisation_facts_of(authorisation_stream(number))


def authorisation_facts_of(stream: str) -> AuthorisationFacts:
    """Return what is known of the authorisation in a stream."""
    return folded(AUTHORISATION, history(stream))


def suspended_before(facts: AuthorisationFacts) -> tuple[Suspension, ...]:
    """Return when those were suspended that an authorisation goes on from, in order."""
    found: list[Suspension] = []
    # Of one that was replaced before that was noted only `replaces` tells.
    while (before := gone_on_from(facts) or facts.replaces) is not None:
        facts = authorisation_facts(before)
        found = [*facts.suspended, *found]
    return tuple(found)


def gone_on_from(facts: AuthorisationFacts) -> str | None:
    """Return the number of the authorisation that one takes the place of.

    It was granted to go on from `replaces`, or from what took the place of that for a time; from what came
    before, where that was stopped before it began.
    """
    before, seen = facts.replaces, set[str]()
    while before is not None and before not in seen:
        seen.add(before)
        one = authorisation_facts(before)
        if one.never_began:
            before = one.replaces
        elif one.replaced_by == facts.number:
            return before
        else:
            before = one.replaced_by
    return None


def follow_up_facts(number: str) -> FollowUpFacts:
    """Return what is known of what follows an authorisation."""
    return follow_up_facts_of(follow_up_stream(number))


def follow_up_facts_of(stream: str) -> FollowUpFacts:
    """Return what is known of the follow-up in a stream."""
    return folded(FOLLOW_UP, history(stream))


def signing_id(stream: str, version: int) -> UUID:
    """Return the identifier of the signature of the letter that tells one event."""
    return uuid5(SIGNATURES, f"{stream}/{version}")


def signing_facts(stream: str, version: int) -> SigningFacts:
    """Return what is known of the signature of the letter that tells one event."""
    named = stream_name(LETTER_SIGNING.category, signing_id(stream, version))
    return folded(LETTER_SIGNING, history(named))


def delegation_facts(signatory: UUID) -> DelegationFacts:
    """Return what is known of a signatory's delegations."""
    return folded(DELEGATION, history(stream_name(DELEGATION.category, signatory)))


def parameter_id(parameter: LegalParameter) -> UUID:
    """Return the identifier of what a lawyer settles."""
    return uuid5(PARAMETERS, parameter.value)


def parameter_facts(parameter: LegalParameter, *, as_of: datetime | None = None) -> ParameterFacts:
    """Return what is known of a parameter, or was as recorded at `as_of`."""
    stream = stream_name(LEGAL_PARAMETER.category, parameter_id(parameter))
    return folded(LEGAL_PARAMETER, history(stream, as_of=as_of))


def settled_at(
    parameter: LegalParameter, at: datetime, *, as_of: datetime | None = None
) -> ParameterSet | None:
    """Return what is in force of a parameter at an instant, None where nobody has settled it."""
    return parameter_facts(parameter, as_of=as_of).at(at)


def sheet_facts(product: str | None, indication: str | None) -> SheetFacts:
    """Return what is known of a criteria sheet; of an unnamed one, nothing."""
    if not product or not indication:
        return SheetFacts()
    return folded(CRITERIA, history(sheet_stream(product, indication)))


def holder_facts(product: str | None, indication: str | None) -> HolderFacts:
    """Return what is known of a rights holder's file; of an unnamed product, nothing."""
    if not product or not indication:
        return HolderFacts()
    return folded(HOLDER_FILE, history(holder_stream(product, indication)))


def sheet_for(
    part: Prescription | None, at: datetime, *, decided_at: datetime | None = None
) -> CriteriaSheet:
    """Return what a request received at an instant is judged by; off the list, an empty sheet."""
    product = part.product if part else None
    indication = part.indication if part else None
    facts = sheet_facts(product, indication)
    if facts.opened is None:
        return CriteriaSheet(product=product or "", indication=indication or "")
    file = holder_facts(product, indication)
    return sheet_at(facts, at, decided_at=decided_at, undertaking_on=file.undertaken_on)
