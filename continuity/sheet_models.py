"""Numbered sheets and their blocks, as Django reads them; SQL makes the tables."""

from django.db import models

from continuity.domain.sheet_block import Block
from events.read_row import MadeByProjection


class SheetRow(MadeByProjection):
    """One sheet as the desk shows it."""

    number = models.TextField()
    site = models.TextField()
    rank = models.IntegerField()
    open = models.BooleanField()
    state = models.TextField()
    kind = models.TextField()
    channel = models.TextField()
    urgency = models.SmallIntegerField()
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    department = models.TextField()
    institution = models.TextField()
    recorder = models.TextField()
    drug = models.TextField()
    reaction = models.TextField()
    questions = models.TextField()
    differing = models.TextField()
    matched_to = models.TextField()
    versions = models.IntegerField()
    lost_proposed_by = models.TextField()

    class Meta:
        managed = False
        db_table = "sheets"


class SheetBlockRow(MadeByProjection):
    """One block of numbers."""

    site = models.TextField()
    first = models.IntegerField()
    last = models.IntegerField()
    holder = models.TextField()
    valid_until = models.DateField()
    issued_at = models.DateTimeField()
    last_used = models.IntegerField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "sheet_blocks"

    @property
    def block(self) -> Block:
        """The block of the domain."""
        return Block(
            site=self.site,
            first=self.first,
            last=self.last,
            holder=self.holder,
            valid_until=self.valid_until,
            last_used=self.last_used,
            returned_at=self.returned_at,
        )
