"""The parts of a declaration's events that its rules read, as shapes and not as classes.

Whole events have these fields, and so have the views of a projection: one rule serves both.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID


class PatientSaid(Protocol):
    """The clear fields that help to identify a patient (GVP: age, age group or sex suffice)."""

    @property
    def sex(self) -> str | None:
        """Sex."""

    @property
    def age_value(self) -> float | None:
        """Age."""

    @property
    def age_group(self) -> str | None:
        """Age group."""


class ReporterSaid(Protocol):
    """The clear fields of a reporter."""

    @property
    def profession(self) -> str | None:
        """Profession (qualification)."""

    @property
    def department_code(self) -> str | None:
        """Département."""

    @property
    def postcode(self) -> str | None:
        """Postcode."""


class DrugSaid(Protocol):
    """The fields of a drug that make it a suspect product."""

    @property
    def name(self) -> str | None:
        """Name as reported."""

    @property
    def role(self) -> str | None:
        """Role; unsaid counts as suspect."""


class ReactionSaid(Protocol):
    """The field of a reaction that makes it one."""

    @property
    def term(self) -> str | None:
        """Words of the reporter."""


class DrugWithKind(DrugSaid, Protocol):
    """A drug and its kind."""

    @property
    def kind(self) -> str | None:
        """Medicine, vaccine or blood-derived; unsaid counts as medicine."""


class ReactionWithOutcome(ReactionSaid, Protocol):
    """A reaction and its outcome."""

    @property
    def outcome(self) -> str | None:
        """Outcome at the last observation."""


class ChangedDrug(DrugWithKind, Protocol):
    """A drug that a follow-up adds or changes."""

    @property
    def index(self) -> int | None:
        """Place of the drug already known; None adds one."""


class ChangedReaction(ReactionWithOutcome, Protocol):
    """A reaction that a follow-up adds or changes."""

    @property
    def index(self) -> int | None:
        """Place of the reaction already known; None adds one."""


class ReportSaid(Protocol):
    """The parts of a report that are read."""

    @property
    def patient(self) -> PatientSaid:
        """Patient."""

    @property
    def reporter(self) -> ReporterSaid:
        """Reporter."""

    @property
    def drugs(self) -> Sequence[DrugWithKind]:
        """Drugs."""

    @property
    def reactions(self) -> Sequence[ReactionWithOutcome]:
        """Reactions."""

    @property
    def seriousness(self) -> Sequence[str]:
        """Criteria as stated."""


class InformationSaid(Protocol):
    """The parts of a follow-up that are read."""

    @property
    def patient(self) -> PatientSaid | None:
        """Patient."""

    @property
    def reporter(self) -> ReporterSaid | None:
        """Reporter."""

    @property
    def drugs(self) -> Sequence[ChangedDrug]:
        """New or changed drugs."""

    @property
    def reactions(self) -> Sequence[ChangedReaction]:
        """New or changed reactions."""

    @property
    def seriousness(self) -> Sequence[str] | None:
        """All criteria as now stated; None leaves them."""


class Declared(Protocol):
    """What is read of an adverse_event_declared."""

    @property
    def report(self) -> ReportSaid:
        """Report."""

    @property
    def channel(self) -> str:
        """Channel."""

    @property
    def declarant(self) -> str | None:
        """Account."""

    @property
    def institution(self) -> str | None:
        """FINESS number."""

    @property
    def unverified(self) -> bool:
        """Whether nobody has proved who declares."""

    @property
    def received_in(self) -> str | None:
        """Département of the centre that received it."""

    @property
    def filled(self) -> Sequence[str]:
        """Pointers of personal fields with a value."""


class FollowedUp(Protocol):
    """What is read of a follow_up_received."""

    @property
    def information(self) -> InformationSaid:
        """Information."""

    @property
    def filled(self) -> Sequence[str]:
        """Pointers of personal fields with a value."""


class Joined(Protocol):
    """What is read of a receipt_joined."""

    @property
    def receipt_id(self) -> str:
        """Receipt."""

    @property
    def node(self) -> str:
        """Node that gave it."""

    @property
    def of_version(self) -> int:
        """Version of the event whose receipt it is."""


class Disjoined(Protocol):
    """What is read of a receipt_disjoined."""

    @property
    def receipt_id(self) -> str:
        """Receipt."""


class AboutQuestion(Protocol):
    """What is read of an information_requested or information_provided."""

    @property
    def question_id(self) -> UUID:
        """Question."""
