"""What clinicians send about declarations: how each command is kept, read back and authorised."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from accounts import access
from accounts.access import Holder, Person
from accounts.sender import sender_of
from events.errors import NotAllowed, UnknownTarget
from events.event import identifier_of
from events.kept import to_bytes
from events.submission import Claims, Joined, Kind
from pharmacovigilance.domain import intake
from pharmacovigilance.domain.commands import (
    AddFollowUp,
    AnswerInformation,
    DeclareAdverseEvent,
    JoinReceipt,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.facts import CaseFacts
from pharmacovigilance.domain.vocabulary import Party

May = Callable[[Person, Holder], bool]


def holder_of(facts: CaseFacts) -> Holder:
    """Return to whom a declaration belongs."""
    return Holder(
        declarant=facts.declarant,
        institution=facts.institution,
        department=facts.department,
        has_centre=facts.centre is not None,
    )


def _as_declared(command: Any, _sender: Claims, _facts: CaseFacts) -> Any:
    return command


def _on_existing(may: May, command: Any, claims: Claims, facts: CaseFacts) -> Any:
    """Check the right to this declaration, and say for which side the command speaks."""
    sender, holder = sender_of(claims), holder_of(facts)
    if not facts.declared:
        raise UnknownTarget
    if not may(sender, holder):
        raise NotAllowed(visible=access.may_know_of(sender, holder))
    if isinstance(command, AddFollowUp | AnswerInformation):
        declarant = access.is_of_declarants_side(sender, holder)
        return replace(command, by=Party.DECLARANT if declarant else Party.REVIEWER)
    return command


def _join(joined: Joined) -> JoinReceipt:
    return JoinReceipt(
        declaration_id=identifier_of(joined.stream),
        occurred_at=joined.received_at,
        received_at=joined.received_at,
        receipt_id=joined.receipt_id,
        node=joined.node,
        of_version=joined.of_version,
    )


def _kind(command: type[Any], prepare: Callable[[Any, Claims, Any], Any]) -> Kind:
    row = next(one for one in intake.INTAKE if one.cls is command)
    return Kind(
        name=row.name,
        schema=row.schema,
        decider=DECLARATION,
        opens=command is DeclareAdverseEvent,
        write=to_bytes,
        read=partial(intake.from_bytes, row.name),
        prepare=prepare,
        join=_join,
    )


DECLARE = _kind(DeclareAdverseEvent, _as_declared)
FOLLOW_UP = _kind(AddFollowUp, partial(_on_existing, access.may_add_follow_up))
ANSWER = _kind(AnswerInformation, partial(_on_existing, access.may_answer))
WITHDRAW = _kind(WithdrawDeclaration, partial(_on_existing, access.may_withdraw))
KINDS = (DECLARE, FOLLOW_UP, ANSWER, WITHDRAW)

ASK = Kind(
    # An act of the agency: given to the log or to nobody, so that it is never written down elsewhere.
    name="pharmacovigilance.ask_information",
    schema=1,
    decider=DECLARATION,
    opens=False,
    write=to_bytes,
    read=partial(intake.from_bytes, "pharmacovigilance.ask_information"),
    prepare=partial(_on_existing, access.may_ask),
    join=_join,
)
