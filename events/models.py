"""The log's tables as Django sees them: to look at, never to write."""

from django.db import models
from typing_extensions import override

from events.read_row import ReadOnly


class Event(ReadOnly):
    """One event as stored; personal fields are ciphertext."""

    id = models.BigIntegerField(primary_key=True)
    stream = models.TextField()
    version = models.IntegerField()
    type = models.TextField()
    schema_version = models.IntegerField()
    command_id = models.UUIDField()
    command_index = models.IntegerField()
    payload = models.TextField()
    metadata = models.TextField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "events_event"
        ordering = ("-id",)
        verbose_name = "événement"

    @override
    def __str__(self) -> str:
        return f"{self.stream} · {self.version} · {self.type}"


class Block(ReadOnly):
    """A sealed run of positions."""

    number = models.BigIntegerField(primary_key=True)
    epoch = models.IntegerField()
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    previous_hash = models.BinaryField()
    root = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "events_block"
        ordering = ("-number",)
        verbose_name = "bloc"

    @override
    def __str__(self) -> str:
        return f"{self.epoch} · {self.number}"


class Parked(ReadOnly):
    """A stream that a projection could not read."""

    id = models.BigIntegerField(primary_key=True)
    projection = models.TextField()
    stream = models.TextField()
    version = models.IntegerField()
    code = models.TextField()
    reason = models.TextField()
    digest = models.TextField()
    parked_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "events_parked"
        ordering = ("projection", "stream")
        verbose_name = "dossier mis de côté"
        verbose_name_plural = "dossiers mis de côté"

    @override
    def __str__(self) -> str:
        return f"{self.projection} · {self.stream}"


class Outgoing(ReadOnly):
    """A message that an event caused."""

    id = models.BigIntegerField(primary_key=True)
    command_id = models.UUIDField()
    command_index = models.IntegerField()
    recipient = models.TextField()
    template = models.TextField()
    stream = models.TextField()
    state = models.TextField()
    attempts = models.IntegerField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField()

    class Meta:
        managed = False
        db_table = "events_outbox"
        ordering = ("-id",)
        verbose_name = "message sortant"
        verbose_name_plural = "messages sortants"

    @override
    def __str__(self) -> str:
        return f"{self.template} · {self.state}"
