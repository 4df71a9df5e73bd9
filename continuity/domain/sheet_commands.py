"""What people ask of a numbered sheet; times and accounts are given, never looked up here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_words import Between, NumberDoubt, Ruling, SheetChannel, SheetKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSheet:
    """Type what was taken; a report of fact, accepted in every state.

    `occurred_at` is the call or the writing, `received_at` when the agency or the centre had it,
    `told_at` when it is typed; all timezone-aware.
    """

    number: str
    kind: SheetKind
    channel: SheetChannel
    content: SheetContent
    recorder: str
    occurred_at: datetime
    received_at: datetime
    told_at: datetime
    institution: str | None = None
    doubt: NumberDoubt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Every other command says when it is given, and why; a wish may be refused."""

    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainNumber(Wish):
    """Say how a sheet came by a number that is doubted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSheet(Wish):
    """Say which declaration or file a version of the sheet stands for.

    `stream` and `stream_version` where this log holds it; `differing` names the fields that differ.
    """

    recording: int
    reference: str
    stream: str | None = None
    stream_version: int | None = None
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleDifference(Wish):
    """Say what holds where two versions differ."""

    between: Between
    ruling: Ruling
    recording: int


class Original(StrEnum):
    """What is known of the sheet or declaration that another one is said to double."""

    HOLDS = "holds"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDuplicate(Wish):
    """Say that another sheet or declaration says the same.

    `other` is what stands under that number, as far as the person may see; None: nothing does.
    """

    of: str
    other: Original | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSheet(Wish):
    """Say that a sheet was spoiled or never used; `issued` says that its number exists."""

    number: str
    issued: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeLost(Wish):
    """Say that a sheet can't be found; `issued` says that its number exists."""

    number: str
    issued: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLost(Wish):
    """Agree, as a second person, that a sheet can't be found."""

    by: str


SheetCommand: TypeAlias = (
    RecordSheet
    | ExplainNumber
    | MatchSheet
    | SettleDifference
    | MarkDuplicate
    | CancelSheet
    | ProposeLost
    | ConfirmLost
)
