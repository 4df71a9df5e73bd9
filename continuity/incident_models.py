"""The incidents, as Django reads them; SQL makes the table."""

from django.db import models
from typing_extensions import override

from events.read_row import MadeByProjection


class IncidentRow(MadeByProjection):
    """One incident; the projection makes it, the application's role cannot write it."""

    number = models.TextField()
    kind = models.TextField()
    title = models.TextField()
    services = models.TextField()
    nodes = models.TextField()
    since = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    degraded = models.BooleanField()
    bulletins = models.IntegerField()
    next_update = models.DateTimeField(null=True)
    open_actions = models.IntegerField()
    reports = models.IntegerField()

    class Meta:
        managed = False
        db_table = "incident"

    @override
    def __str__(self) -> str:
        return self.number
