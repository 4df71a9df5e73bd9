"""Read-model tables as Django reads them; projections make the rows, SQL the tables."""

from datetime import date
from uuid import UUID

from django.db import models

from accounts.compassionate import RequestHolder
from compassionate.domain.deadlines import holder_information_due
from events.read_row import MadeByProjection


class AccessRequestRow(MadeByProjection):
    """One request as the lists show it; `initials` and `file_number` are ciphertext until opened.

    `patient` is what a query opened of them for whoever may read it.
    """

    patient = ""

    state = models.TextField()
    kind = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    institution = models.TextField()
    author = models.TextField()
    prescriber = models.TextField()
    pharmacist = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    evaluator = models.TextField()
    product = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    product_name = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    indication = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    deferrable = models.BooleanField(null=True)
    rank = models.SmallIntegerField()
    goal = models.DateTimeField(null=True)
    wanted_on = models.DateField(null=True)
    received_at = models.DateTimeField(null=True)
    silence_due = models.DateField(null=True)
    question_limit = models.DateField(null=True)
    asked = models.SmallIntegerField(null=True)
    conforms = models.BooleanField(null=True)
    proposal = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    route = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    given_at = models.DateTimeField(null=True)
    regularised = models.BooleanField(null=True)
    renews = models.TextField()
    number = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    initials = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    file_number = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    age = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    sex = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    flags = models.TextField()
    begun_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    deposited_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "access_requests"

    @property
    def request_id(self) -> UUID:
        """The identifier in the stream's name."""
        return self.identifier

    @property
    def holder(self) -> RequestHolder:
        """To whom the request belongs."""
        return RequestHolder(
            author=self.author or None,
            prescriber=self.prescriber or None,
            institution=self.institution or None,
            evaluator=self.evaluator or None,
            at_agency=self.received_at is not None or self.given_at is not None,
        )


class OralCallRow(MadeByProjection):
    """One call that somebody on call answered; `number` is the one that the caller can name."""

    agent = models.TextField()
    called_at = models.DateTimeField()
    agreed = models.BooleanField()
    number = models.TextField()
    institution = models.TextField()
    product_name = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    state = models.TextField()

    class Meta:
        managed = False
        db_table = "oral_calls"


class AuthorisationRow(MadeByProjection):
    """One authorisation; whether it holds, the day says on which it is looked at.

    `renewal` is what a query found that is to renew it.
    """

    renewal: AccessRequestRow | None = None

    number = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    request_id = models.UUIDField(null=True)
    state = models.TextField()
    institution = models.TextField()
    prescriber = models.TextField()
    product = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    indication = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    begins_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    suspended_until = models.DateField(null=True)
    ceases_on = models.DateField(null=True)
    replaced_by = models.TextField(null=True)  # noqa: DJ001  not known is not empty
    replaced_on = models.DateField(null=True)
    issued_at = models.DateTimeField(null=True)
    remind_on = models.DateField(null=True)
    owed_until = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "authorisations"


class CriteriaSheetRow(MadeByProjection):
    """One criteria sheet with its newest version; `to_tell`: how many are still to be told of its cessation."""

    product = models.TextField()
    product_name = models.TextField()
    indication = models.TextField()
    indication_text = models.TextField()
    holder = models.TextField()
    status = models.TextField()
    version = models.IntegerField(null=True)
    in_force_from = models.DateTimeField(null=True)
    max_days = models.IntegerField(null=True)
    prepared = models.BooleanField()
    protocol_version = models.IntegerField(null=True)
    ceases_on = models.DateField(null=True)
    rare = models.BooleanField()
    very_early = models.BooleanField()
    to_tell = models.IntegerField(null=True)
    to_tell_since = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "criteria_sheets"


class HolderFileRow(MadeByProjection):
    """One rights holder's file with its clocks; `to_tell`: how much of its extensions is still to be told."""

    product = models.TextField()
    indication = models.TextField()
    holder = models.TextField()
    opened_at = models.DateTimeField()
    informed_on = models.DateField(null=True)
    undertaking_due = models.DateField(null=True)
    undertaken_on = models.DateField(null=True)
    granted_on = models.DateField(null=True)
    filing_due = models.DateField(null=True)
    filed_on = models.DateField(null=True)
    maintained_until = models.DateField(null=True)
    remind_on = models.DateField(null=True)
    to_tell = models.IntegerField(null=True)
    to_tell_since = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "holder_files"

    @property
    def information_due(self) -> date:
        """By when the house means to inform the holder."""
        return holder_information_due(self.opened_at)


class FollowUpRow(MadeByProjection):
    """One follow-up; `next_due` is the first day for which nothing came."""

    number = models.TextField()
    begins_on = models.DateField()
    ends_on = models.DateField()
    next_due = models.DateField(null=True)
    due = models.IntegerField()
    received = models.IntegerField()
    linked = models.IntegerField()
    ended_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "follow_ups"


class LinkedDeclarationRow(MadeByProjection):
    """One declaration that is linked to an authorisation, with the number of that."""

    declaration_id = models.UUIDField()
    number = models.TextField()

    class Meta:
        managed = False
        db_table = "linked_declarations"


class DelayRow(MadeByProjection):
    """One request with which the house is late from an instant on, unless it is done before."""

    at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "access_delays"


class DepositRow(MadeByProjection):
    """One decision that is not deposited yet; one that `leaves` waits for its signature first."""

    decided_at = models.DateTimeField()
    leaves = models.BooleanField()

    class Meta:
        managed = False
        db_table = "access_deposits"


class FollowUpReminderRow(MadeByProjection):
    """One follow-up of which data come due on a day that nobody was reminded of."""

    number = models.TextField()
    due_on = models.DateField()

    class Meta:
        managed = False
        db_table = "follow_up_reminders"
