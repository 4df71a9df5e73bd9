"""What the agency does to an authorisation; times and accounts are given, never looked up."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from compassionate.domain.acts import Act
from compassionate.domain.decision import Reasons, Signature, Suspension, Terms
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import RequestKind
from events.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Act):
    """Issue it, in the same stroke as its request is granted."""

    number: str
    request_id: UUID
    kind: RequestKind
    terms: Terms
    signature: Signature
    product: str | None = None
    indication: str | None = None
    criteria_version: int | None = None
    institution: str | None = None
    prescriber: str | None = None
    replaces: str | None = None
    followed_by: str | None = None
    followed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Act):
    """A decision against its holder: heard first, or urgent (CRPA L121-1, L121-2).

    `in_spite_of`: why it is decided though a spool may still hold something for its request.
    """

    reasons: Reasons
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    heard_on: date | None = None
    urgency: str | None = None
    in_spite_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(Decided):
    """Suspend it until a day, at most three months away (R5121-74-8).

    `new_fact`: what was not known when it was last suspended, and begins three months of its own.
    `suspended_before`: when those were suspended that it goes on from, in order.
    """

    until: date
    new_fact: str | None = None
    suspended_before: tuple[Suspension, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSuspension(Act):
    """End a suspension before its term."""

    reason: str
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    in_spite_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSuspensionEnd(Act):
    """Note that the term of a suspension came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Decided):
    """Withdraw it (retirer): as if it had not been, where it was illegal."""

    ground: WithdrawalGround


@dataclass(frozen=True, slots=True, kw_only=True)
class Abrogate(Decided):
    """End it for the time to come (abroger), a condition being met no more (CRPA L242-2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCessation(Act):
    """Fix the day on which it stops after a marketing authorisation (R5121-74-9 I)."""

    marketing_authorised_on: date
    ceases_on: date
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    exceptional: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyCessation(Act):
    """Note the day on which the access to its product stops: decided and signed once, for all of them."""

    marketing_authorised_on: date
    ceases_on: date
    signature: Signature
    exceptional: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCessation(Act):
    """Note that the day fixed has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteExpiry(Act):
    """Note that its last day has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReminder(Act):
    """Note that its holder is reminded of its end, so many days before."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Act):
    """Let a renewal or a change of dosage take its place, in the stroke that grants it."""

    number: str
    begins_on: date
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidReplacement(Act):
    """Let it go on, in the stroke that stops what was to take its place and had not begun.

    `followed_by`, `followed_on`: what was to go on from that one goes on from it.
    """

    number: str
    followed_by: str | None = None
    followed_on: date | None = None


AuthorisationCommand: TypeAlias = (
    Issue
    | Suspend
    | LiftSuspension
    | NoteSuspensionEnd
    | Withdraw
    | Abrogate
    | SetCessation
    | ApplyCessation
    | NoteCessation
    | NoteExpiry
    | NoteReminder
    | Replace
    | VoidReplacement
)
