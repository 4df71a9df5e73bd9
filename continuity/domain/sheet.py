"""The decider of one numbered sheet (fiche dégradée).

What was taken is a report of fact: refused only for impossible data or word-for-word repetition,
recorded in every state, also under a number that was never issued. Everything else is a wish.
Refusal codes: already_recorded, nothing_recorded, unknown_sheet, unknown_version, already_ended,
arbitrate_first, explain_number_first, already_matched, reference_needed, reason_needed,
nothing_doubted, no_difference, duplicate_of_itself, unknown_original, original_ended,
content_recorded, already_proposed, not_proposed, same_person, and those of sheet_checks.py.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from continuity.domain.sheet_checks import reason_problems, recording_problems
from continuity.domain.sheet_commands import (
    CancelSheet,
    ConfirmLost,
    ExplainNumber,
    MarkDuplicate,
    MatchSheet,
    Original,
    ProposeLost,
    RecordSheet,
    SettleDifference,
    SheetCommand,
    Wish,
)
from continuity.domain.sheet_events import (
    CATEGORY,
    DifferenceFound,
    DifferenceSettled,
    SheetCancelled,
    SheetDuplicate,
    SheetEvent,
    SheetLostConfirmed,
    SheetLostProposed,
    SheetMatched,
    SheetNumberExplained,
    SheetRecorded,
    SheetRecordedAgain,
)
from continuity.domain.sheet_facts import SheetFacts, after, differing
from continuity.domain.sheet_words import COMPASSIONATE, Between, SheetState
from events.decider import Decider
from events.errors import Problem, Refused

LONGEST_REFERENCE = 60


def decide(facts: SheetFacts, command: SheetCommand) -> Sequence[SheetEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    if isinstance(command, RecordSheet):
        return [_record(facts, command)]
    refusals = _REFUSALS[type(command)](facts, command)
    reasons = [*refusals, *_reason_refusals(facts, command)]
    if reasons:
        raise Refused(*reasons)
    return _MAKES[type(command)](command)


def evolve(facts: SheetFacts, event: SheetEvent) -> SheetFacts:
    """Return the facts after one event."""
    return after(facts, event.TYPE, event, event.occurred_at, event.received_at)


SHEET: Decider[SheetFacts, SheetCommand, SheetEvent] = Decider(
    category=CATEGORY, initial=SheetFacts(), decide=decide, evolve=evolve
)


def _record(facts: SheetFacts, command: RecordSheet) -> SheetRecorded | SheetRecordedAgain:
    reasons = recording_problems(command)
    known = [differing(one, command) for one in facts.recordings]
    if facts.ended is None and () in known:
        sentence = "Cette fiche est déjà saisie, à l'identique : rien n'est perdu."
        reasons.append(Problem("", "already_recorded", sentence))
    if reasons:
        raise Refused(*reasons)
    taken: dict[str, Any] = {
        "occurred_at": command.occurred_at,
        "received_at": command.received_at,
        "kind": command.kind,
        "channel": command.channel,
        "content": command.content,
        "recorder": command.recorder,
        "institution": command.institution,
    }
    if not known:
        return SheetRecorded(**taken, number=command.number, doubt=command.doubt)
    # Against the nearest version that holds: one that a person rejected waits to be judged again.
    nearest = min((known[place - 1] for place in facts.retained), key=len)
    return SheetRecordedAgain(**taken, differing=nearest)


def _explain(command: ExplainNumber) -> Sequence[SheetEvent]:
    return [SheetNumberExplained(**_times(command), reason=command.reason)]


def _settle(command: SettleDifference) -> Sequence[SheetEvent]:
    settled = DifferenceSettled(
        **_times(command),
        between=command.between,
        ruling=command.ruling,
        recording=command.recording,
        reason=command.reason,
    )
    return [settled]


def _double(command: MarkDuplicate) -> Sequence[SheetEvent]:
    return [SheetDuplicate(**_times(command), of=command.of.strip(), reason=command.reason)]


def _cancel(command: CancelSheet) -> Sequence[SheetEvent]:
    return [SheetCancelled(**_times(command), number=command.number, reason=command.reason)]


def _propose_lost(command: ProposeLost) -> Sequence[SheetEvent]:
    proposed = SheetLostProposed(
        **_times(command), number=command.number, by=command.by, reason=command.reason
    )
    return [proposed]


def _confirm_lost(command: ConfirmLost) -> Sequence[SheetEvent]:
    return [SheetLostConfirmed(**_times(command), by=command.by, reason=command.reason)]


def _times(command: Wish) -> dict[str, datetime]:
    return {"occurred_at": command.at, "received_at": command.at}


def _match(command: MatchSheet) -> Sequence[SheetEvent]:
    matched = SheetMatched(
        **_times(command),
        recording=command.recording,
        reference=command.reference.strip(),
        stream=command.stream,
        stream_version=command.stream_version,
        reason=command.reason.strip() or None,
    )
    if not command.differing:
        return [matched]
    found = DifferenceFound(
        **_times(command), recording=command.recording, differing=command.differing
    )
    return [matched, found]


def _reason_refusals(facts: SheetFacts, command: Wish) -> list[Problem]:
    """Ask for a reason wherever a person decides against what a number or a form says."""
    if isinstance(command, MatchSheet) and not command.reason.strip():
        told = facts.is_told(command.recording)
        if not told and not _matched_on_word(facts, command):
            return []
    return reason_problems(command.reason)


def _matched_on_word(facts: SheetFacts, command: MatchSheet) -> bool:
    """Say whether nothing but a person's word shows that the file matched to is the same case."""
    known = 0 < command.recording <= len(facts.recordings)
    kind = facts.recordings[command.recording - 1].kind if known else None
    return command.stream is None and kind in COMPASSIONATE


def _explain_refusals(facts: SheetFacts, _command: ExplainNumber) -> list[Problem]:
    return [] if facts.doubt else [_problem("nothing_doubted")]


def _match_refusals(facts: SheetFacts, command: MatchSheet) -> list[Problem]:
    found = _ready_refusals(facts)
    if facts.doubt:
        found.append(_problem("explain_number_first"))
    if facts.recordings and command.recording not in facts.retained:
        found.append(_problem("unknown_version"))
    if not 0 < len(command.reference.strip()) <= LONGEST_REFERENCE:
        found.append(_problem("reference_needed", "/reference"))
    known = facts.match_of(command.recording)
    if known is not None and known.reference == command.reference.strip():
        found.append(_problem("already_matched"))
    return found


def _settle_refusals(facts: SheetFacts, command: SettleDifference) -> list[Problem]:
    if command.between is Between.RECORDINGS:
        if not facts.pending:
            return [_problem("no_difference")]
        known = command.recording in facts.retained
        return [] if known else [_problem("unknown_version")]
    match = facts.match_of(command.recording)
    return [] if match is not None and match.differing else [_problem("no_difference")]


def _duplicate_refusals(facts: SheetFacts, command: MarkDuplicate) -> list[Problem]:
    found = _ready_refusals(facts)
    if facts.state is SheetState.MATCHED:
        found.append(_problem("already_ended"))
    if not 0 < len(command.of.strip()) <= LONGEST_REFERENCE:
        found.append(_problem("reference_needed", "/of"))
    elif command.of.strip() == facts.number:
        found.append(_problem("duplicate_of_itself", "/of"))
    elif command.other is None:
        found.append(_problem("unknown_original", "/of"))
    elif command.other is Original.ENDED:
        found.append(_problem("original_ended", "/of"))
    return found


def _ready_refusals(facts: SheetFacts) -> list[Problem]:
    """Return why a sheet can't be ended by its content: none, ended, or two versions to judge."""
    if not facts.recordings:
        return [_problem("nothing_recorded")]
    if facts.ended is not None:
        return [_problem("already_ended")]
    return [_problem("arbitrate_first")] if facts.pending else []


def _propose_refusals(facts: SheetFacts, command: ProposeLost) -> list[Problem]:
    found = _ending_refusals(facts, command)
    if facts.lost_proposed_by is not None:
        found.append(_problem("already_proposed"))
    return found


def _cancel_refusals(facts: SheetFacts, command: CancelSheet) -> list[Problem]:
    """Refuse to cancel what says something: it was neither spoiled nor left unused."""
    found = _ending_refusals(facts, command)
    return found or ([_problem("content_recorded")] if facts.recordings else [])


def _ending_refusals(facts: SheetFacts, command: CancelSheet | ProposeLost) -> list[Problem]:
    if facts.ended is not None or facts.state is SheetState.MATCHED:
        return [_problem("already_ended")]
    if not facts.recordings:
        return [] if command.issued else [_problem("unknown_sheet")]
    return [_problem("arbitrate_first")] if facts.pending else []


def _confirm_refusals(facts: SheetFacts, command: ConfirmLost) -> list[Problem]:
    if facts.lost_proposed_by is None:
        return [_problem("not_proposed")]
    return [_problem("same_person")] if facts.lost_proposed_by == command.by else []


SENTENCES = {
    "nothing_doubted": "Le numéro de cette fiche n'est pas en doute.",
    "nothing_recorded": "Cette fiche n'est pas encore saisie.",
    "already_ended": "Cette fiche est déjà close : saisissez-la de nouveau pour la rouvrir.",
    "arbitrate_first": "Deux versions de cette fiche diffèrent : tranchez d'abord.",
    "explain_number_first": "Le numéro de cette fiche est en doute : expliquez-le d'abord.",
    "unknown_version": "Cette version de la fiche n'est pas à rapprocher.",
    "reference_needed": "Indiquez le numéro, en 60 caractères au plus.",
    "already_matched": "Cette fiche est déjà rapprochée de ce numéro.",
    "no_difference": "Il n'y a pas d'écart à trancher.",
    "duplicate_of_itself": "Une fiche n'est pas le doublon d'elle-même.",
    "unknown_original": "Aucune fiche saisie ni déclaration que vous suivez ne porte ce numéro.",
    "original_ended": "Cette autre fiche est close elle-même : rien ne resterait des deux.",
    "content_recorded": "Cette fiche est saisie : rapprochez-la, ou dites-la doublon ou perdue.",
    "unknown_sheet": "Ce numéro n'a jamais été remis, et rien n'est saisi sous ce numéro.",
    "already_proposed": "La perte est déjà signalée : une deuxième personne la confirme.",
    "not_proposed": "Personne n'a encore signalé la perte de cette fiche.",
    "same_person": "La perte est confirmée par une autre personne que celle qui l'a signalée.",
}


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


_REFUSALS: Mapping[type[Wish], Callable[[SheetFacts, Any], list[Problem]]] = {
    ExplainNumber: _explain_refusals,
    MatchSheet: _match_refusals,
    SettleDifference: _settle_refusals,
    MarkDuplicate: _duplicate_refusals,
    CancelSheet: _cancel_refusals,
    ProposeLost: _propose_refusals,
    ConfirmLost: _confirm_refusals,
}
_MAKES: Mapping[type[Wish], Callable[[Any], Sequence[SheetEvent]]] = {
    ExplainNumber: _explain,
    MatchSheet: _match,
    SettleDifference: _settle,
    MarkDuplicate: _double,
    CancelSheet: _cancel,
    ProposeLost: _propose_lost,
    ConfirmLost: _confirm_lost,
}
