"""What the agency does to criteria sheets, rights holders' files, authorisations and follow-ups.

An act is given as its class and its fields; RIGHTS says who may. Every verb raises PermissionDenied,
Refused, CommandReused and VersionConflict.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access, compassionate as may
from accounts.access import Person, Someone
from accounts.compassionate import RequestHolder
from compassionate.domain.acts import Act
from compassionate.domain.authorisation_commands import (
    Abrogate,
    LiftSuspension,
    SetCessation,
    Suspend,
    Withdraw,
)
from compassionate.domain.authorisation_facts import AuthorisationFacts
from compassionate.domain.criteria_sheet import (
    CRITERIA,
    CancelCriteria,
    ChangeStatus,
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
    SetProductCessation,
    TellCessation,
)
from compassionate.domain.follow_up import (
    FOLLOW_UP,
    EndFollowUp,
    LinkAdverseEvent,
    RecordData,
    UnlinkAdverseEvent,
)
from compassionate.domain.holder_file import (
    HOLDER_FILE,
    AskUndertaking,
    ExtendFiling,
    InformHolder,
    RecordAnswer,
    RecordEarlyAccess,
    RecordFiling,
    RecordUndertaking,
    TellExtension,
)
from compassionate.domain.vocabulary import AuthorisationState, Delegated
from compassionate.giving import (
    Signed,
    allowed,
    give_authorisation,
    give_one,
    keyed,
    nothing_waits,
    signing_of,
)
from compassionate.queries import readers_of
from compassionate.streams import (
    authorisation_facts,
    authorisation_id,
    gone_on_from,
    product_id,
    request_facts,
    request_stream,
    suspended_before,
)
from events import intake
from events.handle import Handled

Fields = Mapping[str, Any]
RIGHTS: Mapping[type[Act], Callable[[Someone], bool]] = MappingProxyType(
    {
        OpenSheet: may.may_prepare_criteria,
        PrepareCriteria: may.may_prepare_criteria,
        PublishCriteria: may.may_publish_criteria,
        CancelCriteria: may.may_publish_criteria,
        PublishProtocol: may.may_publish_criteria,
        ChangeStatus: may.may_publish_criteria,
        SetProductCessation: may.may_set_cessation,
        TellCessation: may.may_handle_holder_file,
        InformHolder: may.may_handle_holder_file,
        RecordAnswer: may.may_handle_holder_file,
        AskUndertaking: may.may_handle_holder_file,
        RecordUndertaking: may.may_handle_holder_file,
        ExtendFiling: may.may_decide,
        TellExtension: may.may_handle_holder_file,
        RecordFiling: may.may_handle_holder_file,
        RecordEarlyAccess: may.may_handle_holder_file,
        Suspend: may.may_act_on_authorisation,
        LiftSuspension: may.may_act_on_authorisation,
        Withdraw: may.may_act_on_authorisation,
        Abrogate: may.may_act_on_authorisation,
        SetCessation: may.may_set_cessation,
    }
)
FOLLOWING: Mapping[type[Act], Callable[[Someone, RequestHolder], bool]] = MappingProxyType(
    {
        RecordData: may.may_give_follow_up,
        EndFollowUp: may.may_give_follow_up,
        LinkAdverseEvent: may.may_link_adverse_event,
        UnlinkAdverseEvent: may.may_link_adverse_event,
    }
)


STOPS = frozenset({Withdraw, Abrogate})
"""What stops an authorisation before its last day; another that it was to replace then goes on."""
ON_FILE = STOPS | {Suspend, LiftSuspension}
"""What is decided on what the file says: not while a spool may still bring something for it."""


def act_on_sheet(  # noqa: PLR0913  of which product, what, and by whom
    user: Someone,
    product: str,
    indication: str,
    act: type[Act],
    fields: Fields,
    *,
    idempotency_key: str,
    signed: Signed | None = None,
    now: datetime | None = None,
) -> Handled[Any]:
    """Open a criteria sheet, prepare or publish criteria, publish a PUT-SP, change what it says.

    A cessation is `signed`.
    """
    person = allowed(user, RIGHTS[act](user))
    at = now or intake.arrived_at()
    said = _about_product(person, fields, signed, at)
    if act is OpenSheet:
        said |= {"product": product, "indication": indication}
    where = product_id(product, indication)
    return give_one(
        person,
        CRITERIA,
        where,
        _made(act, person, said, at),
        keyed(act.__name__, _with_signed(fields, signed), idempotency_key),
    )


def act_on_holder_file(  # noqa: PLR0913  of which product, what, and by whom
    user: Someone,
    product: str,
    indication: str,
    act: type[Act],
    fields: Fields,
    *,
    idempotency_key: str,
    signed: Signed | None = None,
    now: datetime | None = None,
) -> Handled[Any]:
    """Inform a rights holder, ask it, or record what it sent and what was decided.

    An extension is `signed`.
    """
    person = allowed(user, RIGHTS[act](user))
    where = product_id(product, indication)
    at = now or intake.arrived_at()
    made = _made(act, person, _about_product(person, fields, signed, at), at)
    given = keyed(act.__name__, _with_signed(fields, signed), idempotency_key)
    return give_one(person, HOLDER_FILE, where, made, given)


def act_on_authorisation(  # noqa: PLR0913  which, what, and who signs
    user: Someone,
    number: str,
    act: type[Act],
    fields: Fields,
    signed: Signed,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Handled[Any]:
    """Suspend, lift, withdraw, abrogate or let cease. Raises Http404 and Refused too."""
    person = allowed(user, RIGHTS[act](user))
    facts = _known(number)
    if act in ON_FILE and facts.request_id is not None:
        nothing_waits(request_stream(facts.request_id), fields.get("in_spite_of"))
    at = now or intake.arrived_at()
    said = {**fields, **signing_of(person, signed, Delegated.AUTHORISATIONS, at)}
    if act is Suspend:
        said["suspended_before"] = suspended_before(facts)
    made = _made(act, person, said, at)
    said_so = _with_signed(fields, signed)
    given = keyed(act.__name__, said_so, idempotency_key, expected_version)
    before = gone_on_from(facts) if act in STOPS else None
    return give_authorisation(person, number, made, given, before)


def act_on_follow_up(
    user: Someone,
    number: str,
    act: type[Act],
    fields: Fields,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Give follow-up data, end a follow-up, link a declaration or unlink it. Raises Http404 too."""
    person = allowed(user, access.may_read(user))
    holder = authorisation_holder(_known(number))
    if not FOLLOWING[act](user, holder):
        raise PermissionDenied if may.may_see_request(user, holder) else Http404
    made = _made(act, person, fields, now)
    given = keyed(act.__name__, fields, idempotency_key)
    return give_one(person, FOLLOW_UP, authorisation_id(number), made, given)


def authorisation_holder(facts: AuthorisationFacts) -> RequestHolder:
    """Return to whom an authorisation belongs: to whom its request does.

    Its event names the prescriber alone; who began the request, an intern for a senior, is read there,
    also of what was issued before.
    """
    if facts.request_id is None:
        return RequestHolder()
    return readers_of(request_facts(facts.request_id))


def _about_product(
    person: Person, fields: Fields, signed: Signed | None, at: datetime
) -> dict[str, Any]:
    """Return the fields of an act on a product with who signs it, where somebody does.

    What is told to a rights holder leaves the téléservice: its letter bears a signature (L212-2).
    """
    if signed is None:
        return dict(fields)
    outside = replace(signed, outside=True)
    return {**fields, **signing_of(person, outside, Delegated.PRODUCTS, at)}


def _with_signed(fields: Fields, signed: Signed | None) -> Fields:
    return fields if signed is None else {**fields, "signed": signed}


def _known(number: str) -> AuthorisationFacts:
    facts = authorisation_facts(number)
    if facts.state is AuthorisationState.NONE:
        raise Http404
    return facts


def _made(act: type[Act], person: Person, fields: Fields, now: datetime | None) -> Any:
    return act(by=str(person.public_id), at=now or intake.arrived_at(), **fields)
