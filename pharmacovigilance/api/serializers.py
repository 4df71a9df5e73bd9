"""What the API takes: a report, a follow-up, a message, a withdrawal; every error at once.

The pages go through the same serializers as the API.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from typing_extensions import override

from accounts.calls import Serializer
from events.errors import Problem
from pharmacovigilance.domain.checks import problems, refusals
from pharmacovigilance.domain.commands import (
    AnswerInformation,
    AskInformation,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.described import given, said
from pharmacovigilance.domain.report import Information, Report

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A question to the declarant, or with `question_id` an answer to one."""

    text: str = given("The question or the answer", None, 20_000)
    question_id: UUID | None = said("The question that is answered; unsaid to ask one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Why a declaration is taken back."""

    reason: str = given("Why", "C.1.11.2", 2_000)


class ReportSerializer(Serializer[Report]):
    """The body of `POST /declarations`."""

    shape = Report

    @override
    def check(self, value: Report) -> Sequence[Problem]:
        return problems(value, self.received_at)


class InformationSerializer(Serializer[Information]):
    """The body of `POST /declarations/{id}/follow-ups`."""

    shape = Information

    @override
    def check(self, value: Information) -> Sequence[Problem]:
        return problems(value, self.received_at)


class MessageSerializer(Serializer[Message]):
    """The body of `POST /declarations/{id}/messages`."""

    shape = Message

    @override
    def check(self, value: Message) -> Sequence[Problem]:
        kind = AskInformation if value.question_id is None else AnswerInformation
        return refusals(
            kind(
                declaration_id=NOBODY,
                occurred_at=self.received_at,
                received_at=self.received_at,
                question_id=value.question_id or NOBODY,
                text=value.text,
            )
        )


class WithdrawalSerializer(Serializer[Withdrawal]):
    """The body of `POST /declarations/{id}/withdrawal`."""

    shape = Withdrawal

    @override
    def check(self, value: Withdrawal) -> Sequence[Problem]:
        return refusals(
            WithdrawDeclaration(
                declaration_id=NOBODY,
                occurred_at=self.received_at,
                received_at=self.received_at,
                reason=value.reason,
            )
        )
