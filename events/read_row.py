"""Rows that Django reads and never writes."""

from typing import Any, NoReturn
from uuid import UUID

from django.db import models
from typing_extensions import override

from events.event import identifier_of


class ReadOnly(models.Model):
    """A row that only SQL writes: the log's own, or a projection's."""

    class Meta:
        abstract = True

    @override
    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: only the log and its projections write."""
        raise TypeError(f"{type(self).__name__} is read-only")

    @override
    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: nothing leaves the log, and only a projection takes rows away."""
        raise TypeError(f"{type(self).__name__} is read-only")


class MadeByProjection(ReadOnly):
    """A row that a projection made from one stream; the application's role cannot write it."""

    pk = models.CompositePrimaryKey("stream", "row_key")
    stream = models.TextField()
    row_key = models.TextField()
    stream_version = models.IntegerField()

    class Meta:
        abstract = True

    @override
    def __str__(self) -> str:
        return self.stream

    @property
    def identifier(self) -> UUID:
        """The identifier in the stream's name."""
        return identifier_of(self.stream)
