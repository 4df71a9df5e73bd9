"""A year of the agency, acted out through its own verbs at the times of the year.

Every command has a key made of the seed and the case: run again, nothing is done twice, and an
interrupted year goes on where it was.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from accounts.models import User
from compassionate import acting, actions, decisions, sending
from compassionate.domain.decision import RefusalReasons, Terms
from compassionate.domain.follow_up import RecordData
from compassionate.domain.grounds import RefusalGround
from compassionate.domain.prescription import Dispensing, Prescription
from compassionate.domain.vocabulary import PatientOutcome, Proposal, RequestKind
from compassionate.giving import Signed
from compassionate.management.year_people import DELEGATION, FOLLOW_UP_DAYS, People
from compassionate.management.year_shapes import Case, cases, next_opening, pharmacy, prescription
from compassionate.streams import authorisation_number
from events.days import day_of
from events.errors import Refused

SIGNED = Signed(delegation=DELEGATION)
REASONS = RefusalReasons(
    law="CSP L5121-12-1 II",
    fact="Une alternative appropriée existe.",
    grounds=(RefusalGround.TREATMENT_EXISTS,),
)
Step = Callable[[datetime], None]


@dataclass
class Acts:
    """Acts out the requests of some patients, in the order of time."""

    people: People
    seed: int
    counted: Counter[str] = field(default_factory=Counter)
    numbers: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    count: int = 0

    def of(self, patients: Sequence[int]) -> Iterator[datetime]:
        """Act out everything of these patients; yield the time of each step."""
        for patient in patients:
            for case in cases(patient, self.seed):
                self.later(case.at, partial(self._begin, case))
        while self.steps:
            at, _, step = heapq.heappop(self.steps)
            try:
                step(at)
            except Refused as refusal:
                codes = {problem.code for problem in refusal.problems}
                if codes == {"held_by_spool"}:
                    # What was received a moment ago is not in the spool's next report.
                    self.later(at + timedelta(hours=1), step)
                for code in codes:
                    self.counted[f"refused.{code}"] += 1
            yield at

    def later(self, at: datetime, step: Step) -> None:
        """Put a step where its time is."""
        self.count += 1
        heapq.heappush(self.steps, (at, self.count, step))

    def _begin(self, case: Case, at: datetime) -> None:
        doctor = self.people.doctors[case.hospital][case.doctor]
        part = prescription(case, doctor.rpps or "")
        if case.kind is RequestKind.RENEWAL and case.patient not in self.numbers:
            # Nothing was granted before: the patient asks anew.
            part = replace(part, elapsed_data=None, attests_interest=False)
            case = replace(case, kind=RequestKind.INITIAL)
        if case.night:
            self._at_night(case, part, at)
            return
        renews = self.numbers[case.patient][0] if case.kind is RequestKind.RENEWAL else None
        done = sending.submit_request(
            self._pharmacist(case),
            case.kind,
            part,
            pharmacy(self._pharmacist(case).rpps or ""),
            renews=renews,
            idempotency_key=self._key(case, "submit"),
            now=at,
        )
        self.counted["requests"] += 1
        self.counted[case.kind.value] += 1
        self._assess(case, done.id, at, at)

    def _at_night(self, case: Case, part: Prescription, at: datetime) -> None:
        """Give a dose by one of the two routes, and send both parts on the next working day."""
        pharmacist = self._pharmacist(case)
        if case.oral:
            told = sending.record_oral_agreement(
                self.people.on_call,
                institution=pharmacist.institution_finess or "",
                called_at=at,
                vital_reason="Urgence vitale",
                prescription=part,
                called_back=True,
                read_back=True,
                idempotency_key=self._key(case, "call"),
                now=at,
            )
        else:
            told = sending.declare_dispensing(
                pharmacist,
                Dispensing(at=at, quantity="60 comprimés", batch="B12"),
                prescription=part,
                prescriber_attests=True,
                pharmacist_attests=True,
                idempotency_key=self._key(case, "dose"),
                now=at,
            )
        self.counted["at_night"] += 1
        self.later(next_opening(at, 8), lambda now: self._regularise(case, told.id, at, now))

    def _regularise(self, case: Case, request_id: UUID, given_at: datetime, at: datetime) -> None:
        pharmacist = self._pharmacist(case)
        actions.send_to_agency(
            pharmacist,
            request_id,
            pharmacy(pharmacist.rpps or ""),
            idempotency_key=self._key(case, "send"),
            now=at,
        )
        self.counted["requests"] += 1
        self._assess(replace(case, proposed=True), request_id, given_at, at)

    def _assess(
        self, case: Case, request_id: UUID, begins_at: datetime, received_at: datetime
    ) -> None:
        evaluator = self.people.evaluators[case.patient % len(self.people.evaluators)]

        def take_up(at: datetime) -> None:
            decisions.take_up(
                evaluator,
                request_id,
                no_interest=True,
                idempotency_key=self._key(case, "take up"),
                now=at,
            )
            if case.asked:
                self._ask(case, request_id, begins_at, evaluator, at)
            else:
                self._decide(case, request_id, begins_at, evaluator, at)

        self.later(next_opening(received_at, 4 if case.deferrable else 1), take_up)

    def _ask(
        self, case: Case, request_id: UUID, begins_at: datetime, evaluator: User, at: datetime
    ) -> None:
        asked = decisions.ask_information(
            evaluator,
            request_id,
            ["Date de la dernière imagerie"],
            day_of(at) + timedelta(days=8),
            idempotency_key=self._key(case, "ask"),
            now=at,
        )
        self.counted["asked"] += 1
        question = asked.facts.question

        def answer(now: datetime) -> None:
            if question is None:
                return
            sending.answer_information(
                self.people.doctors[case.hospital][case.doctor],
                request_id,
                question,
                "Le 12 du mois, stable.",
                idempotency_key=self._key(case, "answer"),
                now=now,
            )
            self._decide(case, request_id, begins_at, evaluator, now)

        self.later(next_opening(at, 30), answer)

    def _decide(
        self, case: Case, request_id: UUID, begins_at: datetime, evaluator: User, at: datetime
    ) -> None:
        terms = self._terms(case, begins_at, at)
        if (
            case.proposed
            or case.refused
            or not case.listed
            or case.kind is RequestKind.REGULARISATION
        ):
            decisions.propose_decision(
                evaluator,
                request_id,
                Proposal.REFUSE if case.refused else Proposal.GRANT,
                terms=None if case.refused else terms,
                reasons=REASONS if case.refused else None,
                idempotency_key=self._key(case, "propose"),
                now=at,
            )
        self.later(next_opening(at, 2), lambda now: self._sign(case, request_id, terms, now))

    def _terms(self, case: Case, begins_at: datetime, at: datetime) -> Terms:
        begins_on = day_of(begins_at)
        if not case.night:
            ends_at = self.numbers.get(case.patient, ("", at))[1]
            begins_on = max(day_of(at), day_of(ends_at) if case.place else day_of(at))
        return Terms(begins_on=begins_on, ends_on=begins_on + timedelta(days=case.days - 1))

    def _sign(self, case: Case, request_id: UUID, terms: Terms, at: datetime) -> None:
        signatory = self.people.signatories[case.patient % len(self.people.signatories)]
        key = self._key(case, "sign")
        if case.refused:
            follow_up = "Suivi clinique à 8 jours." if case.night else None
            decisions.refuse(
                signatory, request_id, REASONS, SIGNED,
                safety_follow_up=follow_up, idempotency_key=key, now=at,
            )  # fmt: skip
            self.counted["refused"] += 1
            return
        decisions.grant(signatory, request_id, terms, SIGNED, idempotency_key=key, now=at)
        self.counted["granted"] += 1
        number = authorisation_number(request_id)
        self.numbers[case.patient] = (number, at + (terms.ends_on - day_of(at)))
        if case.listed:
            self._follow(case, number, terms, at)

    def _follow(self, case: Case, number: str, terms: Terms, at: datetime) -> None:
        """Give the follow-up data of two patients in three, on the day that they are due."""
        if case.patient % 3 == 0:
            return
        for days in FOLLOW_UP_DAYS:
            due_on = terms.begins_on + timedelta(days=days)
            if due_on > terms.ends_on:
                continue

            self.later(
                next_opening(at + (due_on - day_of(at)), 1),
                partial(self._give_data, case, number, due_on),
            )

    def _give_data(self, case: Case, number: str, due_on: date, at: datetime) -> None:
        said = {
            "seen_on": day_of(at),
            "outcome": PatientOutcome.STABLE,
            "due_on": due_on,
            "efficacy": "Maladie stable.",
        }
        acting.act_on_follow_up(
            self.people.doctors[case.hospital][case.doctor],
            number,
            RecordData,
            said,
            idempotency_key=self._key(case, f"data {due_on}"),
            now=at,
        )
        self.counted["follow_up"] += 1

    def _pharmacist(self, case: Case) -> User:
        team = self.people.pharmacists[case.hospital]
        return team[case.patient % len(team)]

    def _key(self, case: Case, verb: str) -> str:
        return f"year-{self.seed}-{case.patient}-{case.place}-{verb}"
