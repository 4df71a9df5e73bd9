"""What is known of a numbered sheet, folded from its events.

Whole events and the views of a projection both go through TRANSITIONS, so that lists and rules
know the same: a view has the fields that are read here, `content` is whatever it makes of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from continuity.domain.sheet_commands import RecordSheet
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_events import (
    DifferenceFound,
    DifferenceSettled,
    SheetCancelled,
    SheetDuplicate,
    SheetLostConfirmed,
    SheetLostProposed,
    SheetMatched,
    SheetNumberExplained,
    SheetRecorded,
    SheetRecordedAgain,
)
from continuity.domain.sheet_words import Between, Ruling, SheetState

ABOUT = ("kind", "channel", "occurred_at", "received_at")
"""What a version says besides its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One version of a sheet, as typed; `content` is a SheetContent, or a view of it."""

    kind: str
    channel: str
    content: Any
    recorder: str
    institution: str | None
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one version of the sheet stands for, and the fields in which they differ still."""

    recording: int
    reference: str
    stream: str | None
    differing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A version that a person has still to judge, and the fields in which it differs."""

    recording: int
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFacts:
    """A sheet as it is known now; versions are numbered from 1 in the order of their typing.

    Each version in `retained` stands for a case and must be matched; `pending` wait for a person.
    Every version stays in `recordings` whatever is decided. `doubles` is the number of the sheet or
    declaration whose duplicate it was said to be, `doubled` the versions of which that was said,
    until something else is said of them: typed again, the sheet is open, and their receipts count
    there still.
    """

    number: str = ""
    recordings: tuple[Recording, ...] = ()
    retained: tuple[int, ...] = ()
    pending: tuple[Pending, ...] = ()
    matches: tuple[Match, ...] = ()
    doubt: str | None = None
    ended: SheetState | None = None
    lost_proposed_by: str | None = None
    doubles: str | None = None
    doubled: tuple[int, ...] = ()

    @property
    def state(self) -> SheetState:
        """Return where the sheet stands."""
        if self.ended is not None:
            return self.ended
        if not self.recordings:
            return SheetState.OPEN
        waits = self.pending or any(self.match_of(one) is None for one in self.retained)
        return SheetState.TO_MATCH if waits else SheetState.MATCHED

    @property
    def questions(self) -> tuple[str, ...]:
        """Return what a person has still to answer, as codes."""
        asked = [self.doubt] if self.doubt else []
        if self.pending:
            asked.append("recordings_differ")
        if any(match.differing for match in self.matches):
            asked.append("declaration_differs")
        if self.lost_proposed_by is not None:
            asked.append("loss_to_confirm")
        return tuple(asked)

    @property
    def is_open(self) -> bool:
        """Say whether anything is left to do: no incident closes before."""
        return bool(self.questions) or self.state in {SheetState.OPEN, SheetState.TO_MATCH}

    def match_of(self, recording: int) -> Match | None:
        """Return what a version was matched to."""
        return next((one for one in self.matches if one.recording == recording), None)

    def is_told(self, recording: int) -> bool:
        """Say whether a person has said already what a version stands for: to change it takes a reason."""
        return recording in self.doubled or self.match_of(recording) is not None


def differing(one: Recording, other: Recording | RecordSheet) -> tuple[str, ...]:
    """Return the names of the fields in which two whole versions of a sheet differ."""
    found = [name for name in ABOUT if getattr(one, name) != getattr(other, name)]
    names = [item.name for item in fields(SheetContent)]
    return (
        *found,
        *(name for name in names if getattr(one.content, name) != getattr(other.content, name)),
    )


def nearest(facts: SheetFacts, recording: Recording) -> int | None:
    """Return the version that holds and says most of what another sheet's version says."""
    return min(
        facts.retained,
        key=lambda place: len(differing(recording, facts.recordings[place - 1])),
        default=None,
    )


def _recorded(facts: SheetFacts, said: Any, recording: Recording) -> SheetFacts:
    return replace(
        facts,
        number=said.number,
        recordings=(recording,),
        retained=(1,),
        doubt=said.doubt,
        ended=None,
        lost_proposed_by=None,
    )


def _recorded_again(facts: SheetFacts, said: Any, recording: Recording) -> SheetFacts:
    """Keep the new version beside the others.

    One that says what a retained version says only reopens the sheet: what persons ruled holds.
    """
    place = len(facts.recordings) + 1
    pending = facts.pending
    if said.differing:
        pending = (*pending, Pending(recording=place, differing=tuple(said.differing)))
    return replace(
        facts,
        recordings=(*facts.recordings, recording),
        pending=pending,
        ended=None,
        lost_proposed_by=None,
    )


def _explained(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    return replace(facts, doubt=None)


def _matched(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    match = Match(recording=said.recording, reference=said.reference, stream=said.stream)
    others = tuple(one for one in facts.matches if one.recording != said.recording)
    after = replace(facts, matches=(*others, match), lost_proposed_by=None)
    return _doubling(after, [one for one in facts.doubled if one != said.recording])


def _differing(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    matches = tuple(
        replace(one, differing=tuple(said.differing)) if one.recording == said.recording else one
        for one in facts.matches
    )
    return replace(facts, matches=matches)


def _settled(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    if said.between == Between.RECORDINGS:
        return _recordings_settled(facts, said)
    if said.ruling == Ruling.SEPARATE_CASES:
        kept = tuple(one for one in facts.matches if one.recording != said.recording)
        # Open again, also where another version ended it as a duplicate: nobody else seeks this case.
        return replace(facts, matches=kept, ended=None)
    kept = tuple(
        replace(one, differing=()) if one.recording == said.recording else one
        for one in facts.matches
    )
    return replace(facts, matches=kept)


def _recordings_settled(facts: SheetFacts, said: Any) -> SheetFacts:
    """Judge the oldest pending version against one that held until then."""
    judged, *others = facts.pending
    retained, doubled = facts.retained, facts.doubled
    if said.ruling == Ruling.OTHER_HOLDS:
        # The same case, better written: it doubles what the version that it replaces did.
        retained, doubled = (
            tuple(judged.recording if one == said.recording else one for one in places)
            for places in (retained, doubled)
        )
    elif said.ruling == Ruling.SEPARATE_CASES:
        retained = (*retained, judged.recording)
    return replace(
        facts,
        pending=tuple(others),
        retained=retained,
        doubled=doubled,
        matches=tuple(one for one in facts.matches if one.recording in retained),
    )


def _ended(state: SheetState) -> Callable[[SheetFacts, Any, Recording | None], SheetFacts]:
    def end(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
        number = facts.number or getattr(said, "number", "")
        return replace(facts, number=number, ended=state, doubt=None, lost_proposed_by=None)

    return end


def _doubled(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    """Say of every version that was matched to nothing that it doubles another.

    One that was matched is another case: were its match undone, it would not double this one.
    """
    ended = _ended(SheetState.DUPLICATE)(facts, said, recording)
    unmatched = [one for one in facts.retained if facts.match_of(one) is None]
    return _doubling(replace(ended, doubles=said.of), unmatched)


def _doubling(facts: SheetFacts, places: Sequence[int]) -> SheetFacts:
    return replace(facts, doubled=tuple(places), doubles=facts.doubles if places else None)


def _lost_proposed(facts: SheetFacts, said: Any, recording: Recording | None) -> SheetFacts:
    return replace(facts, number=facts.number or said.number, lost_proposed_by=said.by)


TRANSITIONS: Mapping[str, Callable[[SheetFacts, Any, Any], SheetFacts]] = {
    SheetRecorded.TYPE: _recorded,
    SheetRecordedAgain.TYPE: _recorded_again,
    SheetNumberExplained.TYPE: _explained,
    SheetMatched.TYPE: _matched,
    DifferenceFound.TYPE: _differing,
    DifferenceSettled.TYPE: _settled,
    SheetDuplicate.TYPE: _doubled,
    SheetCancelled.TYPE: _ended(SheetState.CANCELLED),
    SheetLostProposed.TYPE: _lost_proposed,
    SheetLostConfirmed.TYPE: _ended(SheetState.LOST),
}
RECORDINGS = frozenset({SheetRecorded.TYPE, SheetRecordedAgain.TYPE})


def after(
    facts: SheetFacts, type_name: str, said: Any, occurred_at: datetime, received_at: datetime
) -> SheetFacts:
    """Return the facts after one event, or after a view of it."""
    recording = None
    if type_name in RECORDINGS:
        recording = Recording(
            kind=said.kind,
            channel=said.channel,
            content=said.content,
            recorder=said.recorder,
            institution=said.institution,
            occurred_at=occurred_at,
            received_at=received_at,
        )
    return TRANSITIONS[type_name](facts, said, recording)
