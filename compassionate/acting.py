"""What the agency does to criteria sheets, rights holders' files, authorisations and follow-ups.

An act is given as its class and its fields; RIGHTS says who may. Every verb raises PermissionDenied,
Refused, CommandReused and VersionConflict.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts import access, compassionate as may
from accounts.access import Person, Someone
from accounts.compassionate import RequestHolder
from compassionate.domain.acts import Act
from compassionate.domain.authorisation import AUTHORISATION, AuthorisationFacts
from compassionate.domain.authorisation_commands import (
    Abrogate,
    LiftSuspension,
    SetCessation,
    Suspend,
    Withdraw,
)
from compassionate.domain.criteria_sheet import (
    CRITERIA,
    ChangeStatus,
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
    SetProductCessation,
)
from compassionate.domain.decision import Signature
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
)
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.giving import Keyed, Signed, allowed, give_one
from compassionate.streams import authorisation_facts, authorisation_id, product_id
from events import intake
from events.handle import Handled

Fields = Mapping[str, Any]
RIGHTS: Mapping[type[Act], Callable[[Someone], bool]] = MappingProxyType(
    {
        OpenSheet: may.may_prepare_criteria,
        PrepareCriteria: may.may_prepare_criteria,
        PublishCriteria: may.may_publish_criteria,
        PublishProtocol: may.may_publish_criteria,
        ChangeStatus: may.may_publish_criteria,
        SetProductCessation: may.may_set_cessation,
        InformHolder: may.may_handle_holder_file,
        RecordAnswer: may.may_handle_holder_file,
        AskUndertaking: may.may_handle_holder_file,
        RecordUndertaking: may.may_handle_holder_file,
        ExtendFiling: may.may_decide,
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


def act_on_sheet(  # noqa: PLR0913  of which product, what, and by whom
    user: Someone,
    product: str,
    indication: str,
    act: type[Act],
    fields: Fields,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Open a criteria sheet, prepare or publish criteria, publish a PUT-SP, change what it says."""
    person = allowed(user, RIGHTS[act](user))
    said = dict(fields)
    if act is OpenSheet:
        said |= {"product": product, "indication": indication}
    where = product_id(product, indication)
    return give_one(
        person,
        CRITERIA,
        where,
        _made(act, person, said, now),
        _keyed(act, fields, idempotency_key),
    )


def act_on_holder_file(  # noqa: PLR0913  of which product, what, and by whom
    user: Someone,
    product: str,
    indication: str,
    act: type[Act],
    fields: Fields,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Inform a rights holder, ask it, or record what it sent and what was decided."""
    person = allowed(user, RIGHTS[act](user))
    where = product_id(product, indication)
    made = _made(act, person, fields, now)
    return give_one(person, HOLDER_FILE, where, made, _keyed(act, fields, idempotency_key))


def act_on_authorisation(  # noqa: PLR0913  which, what, and who signs
    user: Someone,
    number: str,
    act: type[Act],
    fields: Fields,
    signed: Signed,
    *,
    idempotency_key: str,
    now: datetime | None = None,
) -> Handled[Any]:
    """Suspend, lift, withdraw, abrogate or let cease. Raises Http404 too."""
    person = allowed(user, RIGHTS[act](user))
    _known(number)
    signature = Signature(
        signatory=str(person.public_id), quality=signed.quality, delegation=signed.delegation
    )
    made = _made(act, person, {**fields, "signature": signature}, now)
    keyed = _keyed(act, {**fields, "signed": signed}, idempotency_key)
    return give_one(person, AUTHORISATION, authorisation_id(number), made, keyed)


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
    keyed = _keyed(act, fields, idempotency_key)
    return give_one(person, FOLLOW_UP, authorisation_id(number), made, keyed)


def authorisation_holder(facts: AuthorisationFacts) -> RequestHolder:
    """Return to whom an authorisation belongs."""
    return RequestHolder(
        author=facts.prescriber,
        prescriber=facts.prescriber,
        institution=facts.institution,
        evaluator=None,
        at_agency=True,
    )


def _known(number: str) -> AuthorisationFacts:
    facts = authorisation_facts(number)
    if facts.state is AuthorisationState.NONE:
        raise Http404
    return facts


def _made(act: type[Act], person: Person, fields: Fields, now: datetime | None) -> Any:
    return act(by=str(person.public_id), at=now or intake.arrived_at(), **fields)


def _keyed(act: type[Act], fields: Fields, key: str) -> Keyed:
    content = [fields[name] for name in sorted(fields)]
    return Keyed(verb=act.__name__, content=content, key=key)
