"""What the API takes: a report, a follow-up, a message, a withdrawal; every error at once.

The pages go through the same serializers as the API.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from typing_extensions import override

from events.errors import Problem, Refused
from pharmacovigilance.api.shape import read
from pharmacovigilance.domain.checks import problems, refusals
from pharmacovigilance.domain.commands import (
    AnswerInformation,
    AskInformation,
    WithdrawDeclaration,
)
from pharmacovigilance.domain.described import given, said
from pharmacovigilance.domain.report import Information, Report

T = TypeVar("T")

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


class Serializer(Generic[T]):
    """Reads a JSON body into a domain object; `problems` holds everything that is wrong."""

    shape: ClassVar[type[Any]]

    def __init__(
        self, data: object, *, received_at: datetime, found: Sequence[Problem] = ()
    ) -> None:
        """Take a JSON body, and the problems that its parser found and cut out of it."""
        self._data = data
        self._found = found
        self.received_at = received_at
        self.problems: Sequence[Problem] = ()
        self.validated: T | None = None

    def is_valid(self) -> bool:
        """Read and check; return whether nothing is wrong."""
        value, misshapen = read(self.shape, self._data)
        self.validated = value
        found = [*self._found, *misshapen]
        # What is too many was read as far as it may go: what is wrong there stands.
        unread = {problem.pointer for problem in self._found}
        unread |= {problem.pointer for problem in misshapen if problem.code != "too_many"}
        checked = self.check(value)
        self.problems = (*found, *(one for one in checked if _certain(one.pointer, unread)))
        return not self.problems

    def get(self) -> T:
        """Return what was read. Raises Refused with every problem."""
        if not self.is_valid():
            raise Refused(*self.problems)
        assert self.validated is not None  # noqa: S101  is_valid has just read it
        return self.validated

    def check(self, value: T) -> Sequence[Problem]:
        """Return what is wrong with the values."""
        raise NotImplementedError


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


def _certain(pointer: str, unread: Set[str]) -> bool:
    """Say whether a problem would stand if everything had been read.

    It would not if the value it points at, or one that holds it, is among the `unread`.
    """
    if not pointer:
        return not unread
    ends = (place for place, char in enumerate(pointer) if char == "/")
    return pointer not in unread and not any(pointer[:end] in unread for end in ends)
