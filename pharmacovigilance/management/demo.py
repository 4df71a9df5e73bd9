"""Puts the demo declarations through the same actions as everybody's."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import User
from pharmacovigilance import actions, queries
from pharmacovigilance.api.serializers import InformationSerializer, ReportSerializer
from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.vocabulary import Channel
from pharmacovigilance.management.demo_cases import Calendar, DemoCase, Then
from pharmacovigilance.management.demo_short import ALL
from pharmacovigilance.management.real_cases import Case

FIXED_DAY = date(2025, 6, 15)
ANCHOR = "demo-anchor"


def demo_cases(today: date = FIXED_DAY) -> list[Case]:
    """Return the demo declarations alone, for a simulation."""
    return [
        Case(id=f"demo-{case.id}", line=place, report=case.report(Calendar(today)))
        for place, case in enumerate(ALL, 1)
    ]


class Seeding:
    """One seeding of the demo: again under the same keys, with the same words, it adds nothing.

    The dates in the declarations count back from the day of the first seeding, which the oldest
    declaration remembers: its own words hold no date.
    """

    def __init__(self, people: Mapping[str, User], now: datetime) -> None:
        self._people = people
        self._now = now
        self.declared = 0

    def run(self, watch: Callable[[int, int], None]) -> None:
        """Declare everything and do what was done later. Raises as the actions do."""
        self._now = self._first_seeding()
        for done, case in enumerate(ALL, 1):
            self._case(case)
            watch(done, len(ALL))

    def _first_seeding(self) -> datetime:
        """Declare the oldest case; return when that was done first."""
        report = {
            "patient": {"age_group": "adult", "sex": "unknown"},
            "reporter": {"profession": "physician", "department_code": "75"},
            "drugs": [{"name": "SPIRAMYCINE", "role": "suspect"}],
            "reactions": [{"term": "Nausées", "outcome": "recovered"}],
        }
        done = actions.declare_adverse_event(
            self._people["dr.martin"],
            ReportSerializer(report, received_at=self._now).get(),
            idempotency_key=ANCHOR,
            channel=Channel.PORTAL,
            now=self._now,
        )
        self.declared += not done.again
        return done.received_at

    def _case(self, case: DemoCase) -> None:
        received = self._now - timedelta(days=case.days, minutes=len(case.id))
        # From its own day of receipt: a few minutes after midnight, that is another day than now's.
        report = case.report(Calendar(day_in_paris(received) + timedelta(days=case.days)))
        done = actions.declare_adverse_event(
            self._people[case.by],
            ReportSerializer(report, received_at=received).get(),
            idempotency_key=f"demo-{case.id}",
            channel=Channel.PORTAL,
            now=received,
        )
        self.declared += not done.again
        for place, step in enumerate(case.then):
            self._step(done.id, step, f"demo-{case.id}-{place}")

    def _step(self, declaration: UUID, step: Then, key: str) -> None:
        user = self._people[step.by]
        when = self._now - timedelta(days=step.days)
        told: dict[str, Any] = {"idempotency_key": key, "now": when}
        match step.verb:
            case "follow_up":
                information = InformationSerializer(step.body, received_at=when).get()
                actions.add_follow_up(user, declaration, information, **told)
            case "ask":
                actions.ask_information(user, declaration, step.body["text"], **told)
            case "answer":
                question = queries.declaration(user, declaration).questions[-1]
                actions.answer_information(
                    user, declaration, question.id, step.body["text"], **told
                )
            case "withdraw":
                actions.withdraw_declaration(user, declaration, step.body["reason"], **told)
