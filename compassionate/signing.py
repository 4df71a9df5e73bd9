"""The signing of a letter by whoever decided what it tells, with her own key (CRPA L212-1, L212-2)."""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from accounts import compassionate as may
from accounts.access import Person, Someone
from compassionate import documents, notifying, product_documents, signing_keys
from compassionate.documents import Unsigned
from compassionate.domain.letter_signing import LETTER_SIGNING, SignLetter, unsignable
from compassionate.giving import Keyed, allowed, give_one
from compassionate.letter_signature import sign
from compassionate.streams import authorisation_stream, request_stream, signing_id
from events import intake
from events.errors import Refused
from events.event import stream_name


def sign_request_letter(
    user: Someone,
    request_id: UUID,
    version: int,
    code: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> None:
    """Sign the letter of one event of a request. Raises as `_sign`, and Http404."""
    person = allowed(user, may.may_decide(user))
    letter = documents.unsigned_of_request(request_id, version)
    at = now or intake.arrived_at()
    _sign(person, letter, (request_stream(request_id), version), code, idempotency_key, at)
    # It is an act now, and lies at once where its addressees read it.
    digests = documents.decision_digests(request_id)
    if digests:
        notifying.deposit(request_id, digests, at)


def sign_authorisation_letter(
    user: Someone,
    number: str,
    version: int,
    code: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> None:
    """Sign the letter of one event of an authorisation. Raises as `_sign`, and Http404."""
    person = allowed(user, may.may_decide(user))
    letter = documents.unsigned_of_authorisation(number, version)
    about = (authorisation_stream(number), version)
    _sign(person, letter, about, code, idempotency_key, now or intake.arrived_at())


def sign_product_letter(  # noqa: PLR0913  of which file or sheet, which event, by what
    user: Someone,
    category: str,
    identifier: UUID,
    version: int,
    code: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> None:
    """Sign the letter to the holder of one decision about a product. Raises as `_sign`, and Http404.

    `category` says whether it stands in a rights holder's file or in a criteria sheet.
    """
    person = allowed(user, may.may_decide(user))
    letter = product_documents.unsigned_of_product(category, identifier, version)
    about = (stream_name(category, identifier), version)
    _sign(person, letter, about, code, idempotency_key, now or intake.arrived_at())


def _sign(
    person: Person,
    letter: Unsigned,
    about: tuple[str, int],
    code: str,
    key: str,
    at: datetime,
) -> None:
    """Open the signatory's key, sign, and keep what was signed.

    Raises PermissionDenied, and Refused where her key does not open or the letter is not hers to sign.
    """
    stream, version = about
    problems = list(unsignable(str(person.public_id), letter))
    if problems:
        # Nobody types a code for what is not hers to sign.
        raise Refused(*problems)
    opened = signing_keys.opened(person, code)
    signed = sign(letter.pdf, opened.key, opened.certificate, at)
    command = SignLetter(
        by=str(person.public_id),
        at=at,
        stream=stream,
        version=version,
        leaves=letter.leaves,
        signatory=letter.signatory,
        patient_erased=letter.patient_erased,
        certificate=opened.fingerprint,
        valid=(opened.certificate.not_valid_before_utc, opened.certificate.not_valid_after_utc),
        digest=sha256(signed).hexdigest(),
        document=b64encode(signed).decode(),
    )
    keyed = Keyed(verb="sign letter", content=[stream, version], key=key)
    give_one(person, LETTER_SIGNING, signing_id(stream, version), command, keyed)
