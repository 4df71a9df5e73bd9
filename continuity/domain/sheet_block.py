"""The decider of the blocks of numbers issued to one site; blocks never overlap.

Refusal codes: unknown_site, block_size, numbers_used_up, holder_needed, already_over,
too_long_valid, unknown_block, outside_the_block, fewer_used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from accounts.identifiers import is_finess
from continuity.domain.sheet_events import BLOCK_CATEGORY, SheetBlockIssued, SheetBlockReturned
from continuity.domain.sheet_number import LAST_RANK, SheetNumber, is_site
from continuity.domain.sheet_words import NumberDoubt
from events.days import day_of
from events.decider import Decider
from events.errors import Problem, Refused

LARGEST_BLOCK = 100
LONGEST_HOLDER = 100
LONGEST_LIFE = timedelta(days=731)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Numbers `first` to `last` of a site, usable until the end of `valid_until` in Paris.

    `returned_at` is when its holder told last how far it was used, `last_used` how far.
    """

    site: str
    first: int
    last: int
    holder: str
    valid_until: date
    last_used: int | None = None
    returned_at: datetime | None = None

    @property
    def name(self) -> str:
        """Return by what an operator names it."""
        return f"{self.site}-{self.first:05}-{self.last:05}"

    @property
    def numbers(self) -> tuple[SheetNumber, ...]:
        """Return its numbers, in order."""
        return tuple(
            SheetNumber(site=self.site, rank=rank) for rank in range(self.first, self.last + 1)
        )

    def covers(self, number: SheetNumber) -> bool:
        """Say whether a number is one of this block."""
        return number.site == self.site and self.first <= number.rank <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueBlock:
    """Issue the next `count` numbers of a site to a holder."""

    site: str
    count: int
    holder: str
    valid_until: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnBlock:
    """Note how far the block that begins at `first` was used; None: no sheet of it was."""

    first: int
    last_used: int | None
    by: str
    at: datetime


BlockCommand: TypeAlias = IssueBlock | ReturnBlock
BlockEvent: TypeAlias = SheetBlockIssued | SheetBlockReturned


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBlocks:
    """Every block issued for one site, in order."""

    blocks: tuple[Block, ...] = ()

    def doubt(self, number: SheetNumber, day: date) -> NumberDoubt | None:
        """Return why a number used on a day is a question to a person; None where it is none."""
        block = next((one for one in self.blocks if one.covers(number)), None)
        if block is None:
            return NumberDoubt.NEVER_ISSUED
        return NumberDoubt.EXPIRED if day > block.valid_until else None


def decide(state: SiteBlocks, command: BlockCommand) -> Sequence[BlockEvent]:
    """Return the block that is issued or returned, or raise Refused with every reason."""
    if isinstance(command, ReturnBlock):
        return [_returned(state, command)]
    first = state.blocks[-1].last + 1 if state.blocks else 1
    last = first + command.count - 1
    reasons = _problems(command, last)
    if reasons:
        raise Refused(*reasons)
    return [
        SheetBlockIssued(
            occurred_at=command.at,
            received_at=command.at,
            site=command.site,
            first=first,
            last=last,
            holder=command.holder.strip(),
            valid_until=command.valid_until,
        )
    ]


def evolve(state: SiteBlocks, event: BlockEvent) -> SiteBlocks:
    """Return the blocks after one more, or after what was told of one."""
    if isinstance(event, SheetBlockReturned):
        blocks = [
            replace(one, last_used=event.last_used, returned_at=event.received_at)
            if one.first == event.first
            else one
            for one in state.blocks
        ]
        return replace(state, blocks=tuple(blocks))
    block = Block(
        site=event.site,
        first=event.first,
        last=event.last,
        holder=event.holder,
        valid_until=event.valid_until,
    )
    return replace(state, blocks=(*state.blocks, block))


SITE: Decider[SiteBlocks, BlockCommand, BlockEvent] = Decider(
    category=BLOCK_CATEGORY, initial=SiteBlocks(), decide=decide, evolve=evolve
)


def _returned(state: SiteBlocks, command: ReturnBlock) -> SheetBlockReturned:
    """Refuse a rank of another block, and to unsay that a sheet was used: it lacks, or is cancelled."""
    block = next((one for one in state.blocks if one.first == command.first), None)
    if block is None:
        raise Refused(Problem("", "unknown_block", "Ce carnet n'a jamais été remis."))
    last = command.last_used
    if last is not None and not block.first <= last <= block.last:
        sentence = (
            "Ce rang n'est pas dans le carnet : recopiez celui de la dernière fiche utilisée."
        )
        raise Refused(Problem("/last_used", "outside_the_block", sentence))
    if (last or 0) < (block.last_used or 0):
        sentence = "Une fiche de rang plus élevé est déjà dite utilisée : annulez-la si elle ne l'est pas."
        raise Refused(Problem("/last_used", "fewer_used", sentence))
    return SheetBlockReturned(
        occurred_at=command.at,
        received_at=command.at,
        first=block.first,
        last_used=last,
        by=command.by,
    )


def _problems(command: IssueBlock, last: int) -> list[Problem]:
    found = []
    digits = command.site[:1].isdigit()
    if not is_site(command.site) or (digits and not is_finess(command.site)):
        sentence = "Un site est un numéro FINESS, ou un code d'agence de 2 à 8 lettres."
        found.append(Problem("/site", "unknown_site", sentence))
    if not 1 <= command.count <= LARGEST_BLOCK:
        sentence = "Un carnet compte de 1 à 100 fiches."
        found.append(Problem("/count", "block_size", sentence))
    elif last > LAST_RANK:
        sentence = "Les numéros de ce site sont épuisés."
        found.append(Problem("/count", "numbers_used_up", sentence))
    if not 0 < len(command.holder.strip()) <= LONGEST_HOLDER:
        sentence = "Indiquez à qui le carnet est remis, en 100 caractères au plus."
        found.append(Problem("/holder", "holder_needed", sentence))
    today = day_of(command.at)
    if command.valid_until < today:
        sentence = "La fin de validité est déjà passée."
        found.append(Problem("/valid_until", "already_over", sentence))
    elif command.valid_until > today + LONGEST_LIFE:
        sentence = "Un carnet vaut deux ans au plus."
        found.append(Problem("/valid_until", "too_long_valid", sentence))
    return found
