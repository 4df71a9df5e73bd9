"""The slimmest views of the declaration's events: what a projection needs for the facts."""

from uuid import UUID

from events.projection import View
from pharmacovigilance.domain.events import (
    AdverseEventDeclared,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
    ReceiptDisjoined,
    ReceiptJoined,
)


class PatientView(View, frozen=True):
    sex: str | None = None
    age_value: float | None = None
    age_group: str | None = None


class ReporterView(View, frozen=True):
    profession: str | None = None
    department_code: str | None = None
    postcode: str | None = None


class DrugView(View, frozen=True):
    name: str | None = None
    role: str | None = None
    kind: str | None = None


class ReactionView(View, frozen=True):
    term: str | None = None
    outcome: str | None = None


class ChangedDrugView(DrugView, frozen=True):
    index: int | None = None


class ChangedReactionView(ReactionView, frozen=True):
    index: int | None = None


class ReportView(View, frozen=True):
    patient: PatientView = PatientView()
    reporter: ReporterView = ReporterView()
    drugs: tuple[DrugView, ...] = ()
    reactions: tuple[ReactionView, ...] = ()
    seriousness: tuple[str, ...] = ()


class InformationView(View, frozen=True):
    patient: PatientView | None = None
    reporter: ReporterView | None = None
    drugs: tuple[ChangedDrugView, ...] = ()
    reactions: tuple[ChangedReactionView, ...] = ()
    seriousness: tuple[str, ...] | None = None


class DeclaredView(View, frozen=True):
    channel: str
    report: ReportView = ReportView()
    declarant: str | None = None
    institution: str | None = None
    unverified: bool = False
    received_in: str | None = None
    filled: tuple[str, ...] = ()


class FollowedUpView(View, frozen=True):
    information: InformationView
    filled: tuple[str, ...] = ()


class QuestionView(View, frozen=True):
    question_id: UUID


class JoinedView(View, frozen=True):
    receipt_id: str
    node: str
    of_version: int


class DisjoinedView(View, frozen=True):
    receipt_id: str


class NothingView(View, frozen=True):
    pass


VIEWS: dict[str, type[View]] = {
    AdverseEventDeclared.TYPE: DeclaredView,
    FollowUpReceived.TYPE: FollowedUpView,
    DeclarationWithdrawn.TYPE: NothingView,
    InformationRequested.TYPE: QuestionView,
    InformationProvided.TYPE: QuestionView,
    ReceiptJoined.TYPE: JoinedView,
    ReceiptDisjoined.TYPE: DisjoinedView,
}
