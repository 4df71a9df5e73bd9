"""The desk of submissions that the log refused, as Django reads it; SQL makes the table."""

from django.db import models

from events.read_row import MadeByProjection


class SetAsideRow(MadeByProjection):
    """One submission; the projection makes it, the application's role cannot write it."""

    open = models.BooleanField()
    priority = models.SmallIntegerField()
    received_at = models.DateTimeField(null=True)
    set_aside_at = models.DateTimeField(null=True)
    receipt_id = models.TextField()
    node = models.TextField()
    kind = models.TextField()
    target = models.TextField()
    reason = models.TextField()
    problems = models.TextField()
    sender = models.TextField()
    sender_role = models.TextField()
    institution = models.TextField()
    done = models.TextField()
    recorded_as = models.TextField()
    taken_up_by = models.TextField()
    taken_up_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "set_aside"
