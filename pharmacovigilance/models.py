"""Read-model tables as Django reads them; projections make the rows, SQL the tables."""

from uuid import UUID

from django.db import models

from accounts.access import Holder
from events.read_row import MadeByProjection
from pharmacovigilance.domain.deadlines import SOURCES
from pharmacovigilance.domain.places import centre_of, has_centre


class Row(MadeByProjection):
    """A row about one declaration."""

    class Meta:
        abstract = True

    @property
    def declaration_id(self) -> UUID:
        """The identifier in the stream's name."""
        return self.identifier


class WorklistRow(Row):
    """One declaration as the reviewers' list shows it."""

    urgency = models.DateField()
    status = models.TextField()
    valid = models.BooleanField()
    missing = models.TextField()
    serious = models.BooleanField()
    seriousness = models.TextField()
    day_zero = models.DateField(null=True)
    due = models.DateField(null=True)
    clock = models.TextField()
    department = models.TextField()
    centre = models.TextField()
    institution = models.TextField()
    declarant = models.TextField()
    unverified = models.BooleanField()
    profession = models.TextField()
    channel = models.TextField()
    product_kinds = models.TextField()
    drugs = models.TextField()
    reactions = models.TextField()
    follow_ups = models.IntegerField()
    open_questions = models.IntegerField()
    flags = models.TextField()
    received_at = models.DateTimeField(null=True)
    last_received_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "worklist"

    @property
    def legal_source(self) -> str:
        """The legal source of the clock; nothing without one."""
        return SOURCES.get(self.clock, "")


class OwnDeclarationRow(Row):
    """One declaration as its declarant's list shows it.

    `patient` is what a query opened of the sealed letters for whoever may read them.
    """

    patient = ""

    declarant = models.TextField()
    institution = models.TextField()
    department = models.TextField()
    status = models.TextField()
    valid = models.BooleanField()
    serious = models.BooleanField()
    drugs = models.TextField()
    reactions = models.TextField()
    letters = models.TextField()
    initial = models.TextField()
    open_questions = models.IntegerField()
    follow_ups = models.IntegerField()
    received_at = models.DateTimeField()
    last_event_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "own_declarations"

    @property
    def holder(self) -> Holder:
        """To whom the declaration belongs."""
        return Holder(
            declarant=self.declarant,
            institution=self.institution,
            department=self.department,
            has_centre=has_centre(self.department),
        )


class DeadlineRow(Row):
    """One legal clock of one declaration; `case` is what a query found of it in the worklist."""

    case: "WorklistRow | None" = None

    clock = models.TextField()
    day_zero = models.DateField()
    due = models.DateField()
    restarted_by = models.IntegerField(null=True)
    department = models.TextField()

    class Meta:
        managed = False
        db_table = "deadline_board"

    @property
    def legal_source(self) -> str:
        """The legal source of the clock."""
        return SOURCES[self.clock]

    @property
    def centre(self) -> str | None:
        """The regional centre that follows the case."""
        return centre_of(self.department)

    @property
    def drugs(self) -> str:
        """The suspected products."""
        return self.case.drugs if self.case else ""

    @property
    def reactions(self) -> str:
        """The reactions."""
        return self.case.reactions if self.case else ""
