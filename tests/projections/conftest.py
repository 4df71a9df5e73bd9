"""Streams written straight into the log, and the lists made of them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from uuid_utils.compat import uuid7

from events import registry, runner, store
from events.codec import catalogue
from events.event import DomainEvent, stream_name
from events.keys import keyring
from events.vault import Sealer


def write(events: Sequence[DomainEvent], identifier: UUID | None = None) -> str:
    """Append events to a stream as commands do, one command each; return the stream."""
    stream = stream_name("declaration", identifier or uuid7())
    for event in events:
        sealer = Sealer(stream, store.stream_keys(stream))
        append(stream, event.TYPE, catalogue.encode(event, sealer.seal), event, sealer)
    return stream


def append(
    stream: str, type_name: str, payload: str, times: DomainEvent, sealer: Sealer | None = None
) -> None:
    """Append one event of any type and shape."""
    past = store.read_stream(stream)
    store.append(
        [
            store.StreamWrite(
                stream=stream,
                expected_version=len(past),
                events=[
                    store.NewEvent(
                        type=type_name, schema_version=1, payload=payload,
                        occurred_at=times.occurred_at, received_at=times.received_at,
                    )
                ],
            )
        ],
        store.Command(id=uuid7(), digest=keyring().command_digest(payload.encode()), metadata="{}"),
        sealer.new_keys if sealer else (),
    )  # fmt: skip


def project() -> None:
    """Bring every list up to date."""
    for projection in registry.projections():
        runner.catch_up(projection)


def table(name: str) -> list[dict[str, Any]]:
    """Return every row of a list, in order of its key."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f'SELECT * FROM read."{name}" ORDER BY stream, row_key')
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def tables() -> dict[str, list[dict[str, Any]]]:
    """Return every row of every list."""
    return {
        shown.name: table(shown.name)
        for projection in registry.projections()
        for shown in projection.tables
    }


@pytest.fixture
def written(db) -> Callable[..., str]:
    """Return `write`, with a database of the test's own."""
    return write
