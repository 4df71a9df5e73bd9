"""What lists and rules need to know of a declaration, folded from its events.

The decider folds whole events, a projection folds views that hold only the fields below; both go
through TRANSITIONS, so that both know the same. The attribute paths that are read:

- adverse_event_declared: channel, declarant, institution, unverified, received_in, filled,
  report.seriousness, report.patient.{sex, age_value, age_group},
  report.reporter.{profession, department_code, postcode}, report.drugs[].{name, role, kind},
  report.reactions[].{term, outcome}
- follow_up_received: filled, information.{seriousness, patient, reporter,
  drugs, reactions} with the fields above and an `index` in each drug and reaction; patient and
  reporter may be None
- declaration_withdrawn: nothing
- information_requested, information_provided: question_id
- receipt_joined: receipt_id, node, of_version
- receipt_disjoined: receipt_id

Every event of a stream passes here, so that `version` counts them: a joined receipt names the event
whose information was received earlier than it says, and the facts become what they would have been
had that event come with the earlier receipt. A disjoined one leaves them as if it never had.

A payload leaves out what is at its default, so that every field of a view needs the default of
its dataclass. No personal field is read: `filled` says which of them had a value, so that a view holds no
ciphertext and an erasure changes nothing here. No rule here reads a clock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.deadlines import Clock, Turn, clocks, would_be_due
from pharmacovigilance.domain.events import (
    AdverseEventDeclared,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
    ReceiptDisjoined,
    ReceiptJoined,
)
from pharmacovigilance.domain.items import (
    DrugKnown,
    ReactionKnown,
    drugs_after,
    reactions_after,
)
from pharmacovigilance.domain.places import centre_of, department_of
from pharmacovigilance.domain.received import (
    JoinedReceipt,
    Received,
    held_by,
    joined_as,
    recounted,
)
from pharmacovigilance.domain.said import (
    AboutQuestion,
    Declared,
    Disjoined,
    FollowedUp,
    InformationSaid,
    Joined,
    ReporterSaid,
)
from pharmacovigilance.domain.seriousness import criteria_met, is_serious
from pharmacovigilance.domain.validity import (
    NOTHING_HELD,
    Held,
    Shows,
    account_of_reporter,
    day_zero,
    held_since,
    missing,
    shown,
)
from pharmacovigilance.domain.vocabulary import (
    SUSPECTED_ROLES,
    Criterion,
    SeriousnessCriterion,
    Status,
)

DEATH_FILLED = frozenset({"/death_date", "/death_cause"})
TEXT_FILLED = frozenset({"/narrative", "/lab_results"})
SHOWS_NOTHING: Shows = (False, False, False, False)


class CaseFacts(Struct, frozen=True, gc=False):
    """A declaration as it is known now; immutable.

    `received` goes with `turns`, one for one; `joined` holds the receipts joined later that still
    count, `disjoined` the ids of those taken back, once for each time.
    A Struct and not a NamedTuple: a rebuild replaces a few of its fields millions of times.
    """

    version: int = 0
    declared: bool = False
    withdrawn: bool = False
    channel: str | None = None
    declarant: str | None = None
    institution: str | None = None
    unverified: bool = False
    department: str | None = None
    first_received_at: datetime | None = None
    last_received_at: datetime | None = None
    held: Held = NOTHING_HELD
    stated: tuple[str, ...] = ()
    death_reported: bool = False
    drugs: tuple[DrugKnown, ...] = ()
    reactions: tuple[ReactionKnown, ...] = ()
    open_questions: tuple[UUID, ...] = ()
    closed_questions: tuple[UUID, ...] = ()
    turns: tuple[Turn, ...] = ()
    received: tuple[Received, ...] = ()
    joined: tuple[JoinedReceipt, ...] = ()
    disjoined: tuple[str, ...] = ()
    follow_ups: int = 0
    flags: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Return where the declaration stands."""
        if self.withdrawn:
            return Status.WITHDRAWN
        return Status.INFORMATION_REQUESTED if self.open_questions else Status.DECLARED

    @property
    def centre(self) -> str | None:
        """Return the regional centre (CRPV) that follows it."""
        return centre_of(self.department)

    @property
    def seriousness(self) -> tuple[SeriousnessCriterion, ...]:
        """Return the seriousness criteria met now."""
        return criteria_met(self.stated, self.reactions, death_reported=self.death_reported)

    @property
    def serious(self) -> bool:
        """Say whether it is serious now."""
        return is_serious(self.stated, self.reactions, death_reported=self.death_reported)

    @property
    def day_zero(self) -> date | None:
        """Return day 0, None while a criterion is missing."""
        return day_zero(self.held)

    @property
    def valid(self) -> bool:
        """Say whether the four criteria are held."""
        return None not in self.held

    @property
    def missing(self) -> tuple[Criterion, ...]:
        """Return the criteria that are missing."""
        return missing(self.held)

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """Return the clocks that run, most urgent first.

        A withdrawal stops none: once day 0 is reached, voiding the report (E2B C.1.11) is for whoever
        assesses it, and the declarant's wish is one of the facts.
        """
        return clocks(self.day_zero, self.turns)

    @property
    def look_by(self) -> date | None:
        """Return the day by which somebody looks at it where no clock runs."""
        received = self.first_received_at
        if received is None:
            return None
        return would_be_due(day_in_paris(received), serious=self.serious)

    @property
    def dropped(self) -> bool:
        """Say whether nobody has to look at it: withdrawn before the four criteria were held."""
        return self.withdrawn and not self.valid

    @property
    def suspects(self) -> tuple[str, ...]:
        """Return the names of the suspected drugs, in the order given."""
        return tuple(
            [drug.name for drug in self.drugs if drug.name and drug.role in SUSPECTED_ROLES]
        )

    @property
    def reaction_terms(self) -> tuple[str, ...]:
        """Return the reactions in the reporter's words, in the order given."""
        return tuple([reaction.term for reaction in self.reactions if reaction.term])

    @property
    def product_kinds(self) -> tuple[str, ...]:
        """Return the kinds of product, once each, sorted."""
        return tuple(sorted({drug.kind or "medicine" for drug in self.drugs}))


def declared(facts: CaseFacts, said: Declared, received_at: datetime) -> CaseFacts:
    """Return the facts after a declaration."""
    report, reporter, filled = said.report, said.report.reporter, said.filled
    place = reporter.department_code or department_of(reporter.postcode) or said.received_in
    day = day_in_paris(received_at)
    stated = tuple(report.seriousness)
    death = not DEATH_FILLED.isdisjoint(filled)
    drugs = tuple([DrugKnown(drug.name, drug.role, drug.kind) for drug in report.drugs])
    reactions = tuple([ReactionKnown(one.term, one.outcome) for one in report.reactions])
    account = account_of_reporter(said.declarant, said.channel)
    shows = shown(report, filled, drugs, reactions, account)
    return CaseFacts(
        version=facts.version + 1,
        declared=True,
        channel=said.channel,
        declarant=said.declarant,
        institution=said.institution,
        unverified=said.unverified,
        department=place,
        first_received_at=received_at,
        last_received_at=received_at,
        held=held_since(NOTHING_HELD, shows, day),
        stated=stated,
        death_reported=death,
        drugs=drugs,
        reactions=reactions,
        turns=(
            Turn(
                number=0,
                day=day,
                valid=all(shows),
                serious=is_serious(stated, reactions, death_reported=death),
                significant=True,
            ),
        ),
        received=(Received(facts.version + 1, received_at, shows, received_at),),
    )


def followed_up(facts: CaseFacts, said: FollowedUp, received_at: datetime) -> CaseFacts:
    """Return the facts after a follow-up; one on a withdrawn declaration takes it up again."""
    news = said.information
    reporter = news.reporter
    after = _informed(facts, received_at)
    drugs, lost_drug = drugs_after(facts.drugs, news.drugs)
    reactions, lost_reaction = reactions_after(facts.reactions, news.reactions)
    if lost_drug or lost_reaction:
        after = _flagged(after, "unknown_item")
    after = replace(
        after,
        follow_ups=facts.follow_ups + 1,
        department=facts.department if reporter is None else _department(facts, reporter),
        stated=facts.stated if news.seriousness is None else tuple(news.seriousness),
        death_reported=_death(facts, news, said.filled),
        drugs=drugs,
        reactions=reactions,
    )
    if facts.death_reported and not after.death_reported:
        after = _flagged(after, "death_corrected")
    significant = (
        bool(news.drugs)
        or bool(news.reactions)
        or after.seriousness != facts.seriousness
        or not TEXT_FILLED.isdisjoint(said.filled)
        or not DEATH_FILLED.isdisjoint(said.filled)
    )
    shows = shown(news, said.filled, drugs, reactions)
    received = Received(after.version, received_at, shows, received_at)
    return _turned(after, received, significant=significant)


def withdrawn(facts: CaseFacts, said: object, received_at: datetime) -> CaseFacts:
    """Return the facts after a withdrawal; open questions are closed with it."""
    return replace(
        facts,
        version=facts.version + 1,
        withdrawn=True,
        open_questions=(),
        closed_questions=facts.closed_questions + facts.open_questions,
    )


def requested(facts: CaseFacts, said: AboutQuestion, received_at: datetime) -> CaseFacts:
    """Return the facts after a question."""
    return replace(
        facts,
        version=facts.version + 1,
        open_questions=(*facts.open_questions, said.question_id),
    )


def provided(facts: CaseFacts, said: AboutQuestion, received_at: datetime) -> CaseFacts:
    """Return the facts after an answer; its text is new information that nobody has read yet."""
    question = said.question_id
    after = _informed(facts, received_at)
    if question not in facts.open_questions:
        known = question in facts.closed_questions
        after = _flagged(
            after, "answer_to_closed_question" if known else "answer_to_unknown_question"
        )
    else:
        after = replace(
            after,
            open_questions=tuple(one for one in facts.open_questions if one != question),
            closed_questions=(*facts.closed_questions, question),
        )
    received = Received(after.version, received_at, SHOWS_NOTHING, received_at)
    return _turned(after, received, significant=True)


def receipt_joined(facts: CaseFacts, said: Joined, received_at: datetime) -> CaseFacts:
    """Return the facts after a further receipt of one event; the earliest is the one that counts."""
    receipt = JoinedReceipt(said.receipt_id, said.node, said.of_version, received_at)
    after = replace(facts, version=facts.version + 1, joined=(*facts.joined, receipt))
    return _recounted(after, said.of_version)


def receipt_disjoined(facts: CaseFacts, said: Disjoined, received_at: datetime) -> CaseFacts:
    """Return the facts after a joined receipt counts no more; the earliest of the others does."""
    gone = joined_as(facts.joined, said.receipt_id)
    after = replace(
        facts,
        version=facts.version + 1,
        joined=tuple([one for one in facts.joined if one is not gone]),
        disjoined=(*facts.disjoined, said.receipt_id),
    )
    return after if gone is None else _recounted(after, gone.of_version)


def _recounted(facts: CaseFacts, version: int) -> CaseFacts:
    dated = recounted(facts.received, facts.turns, facts.joined, version)
    if dated is None:
        return facts
    received, turns = dated
    return replace(
        facts,
        received=received,
        turns=turns,
        held=held_by(received),
        first_received_at=received[0].at,
        last_received_at=max(one.at for one in received),
    )


Transition = Callable[[CaseFacts, Any, datetime], CaseFacts]

TRANSITIONS: Mapping[str, Transition] = {
    AdverseEventDeclared.TYPE: declared,
    FollowUpReceived.TYPE: followed_up,
    DeclarationWithdrawn.TYPE: withdrawn,
    InformationRequested.TYPE: requested,
    InformationProvided.TYPE: provided,
    ReceiptJoined.TYPE: receipt_joined,
    ReceiptDisjoined.TYPE: receipt_disjoined,
}


def _death(facts: CaseFacts, news: InformationSaid, filled: Sequence[str]) -> bool:
    """Say whether a death is reported; criteria stated anew without it take it back."""
    if not DEATH_FILLED.isdisjoint(filled):
        return True
    stated = news.seriousness
    return facts.death_reported and (stated is None or SeriousnessCriterion.DEATH in stated)


def _department(facts: CaseFacts, reporter: ReporterSaid) -> str | None:
    return reporter.department_code or department_of(reporter.postcode) or facts.department


def _informed(facts: CaseFacts, received_at: datetime) -> CaseFacts:
    """Return the facts with the date of the latest information; a withdrawn one is taken up."""
    last = facts.last_received_at
    moved = replace(
        facts,
        version=facts.version + 1,
        last_received_at=max(last, received_at) if last else received_at,
    )
    if not moved.withdrawn:
        return moved
    return _flagged(replace(moved, withdrawn=False), "information_after_withdrawal")


def _flagged(facts: CaseFacts, flag: str) -> CaseFacts:
    return facts if flag in facts.flags else replace(facts, flags=(*facts.flags, flag))


def _turned(facts: CaseFacts, received: Received, *, significant: bool) -> CaseFacts:
    day = day_in_paris(received.at)
    held = held_since(facts.held, received.shows, day)
    turn = Turn(
        number=len(facts.turns),
        day=day,
        valid=None not in held,
        serious=facts.serious,
        significant=significant,
    )
    return replace(
        facts, held=held, turns=(*facts.turns, turn), received=(*facts.received, received)
    )
