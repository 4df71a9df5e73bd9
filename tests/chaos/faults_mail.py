"""The mail server is away, slow, refuses for the time being, or dies with a message in its hands."""

from collections.abc import Iterator

from tests.chaos.field import Field, fault
from tests.chaos.sink import DYING, OK, REFUSING, SLOW


@fault(48, "the mail server is away")
def mail_server_away(field: Field) -> Iterator[None]:
    field.sink.stop()
    try:
        field.hold(3, 5)
    finally:
        field.sink.start()
    yield


@fault(48, "the mail server takes its time")
def mail_server_slow(field: Field) -> Iterator[None]:
    yield from _mode(field, SLOW)


@fault(48, "the mail server says: later")
def mail_server_says_later(field: Field) -> Iterator[None]:
    yield from _mode(field, REFUSING)


@fault(
    48, "the mail server dies between the message and its 250: left to a person, never sent twice"
)
def mail_server_dies(field: Field) -> Iterator[None]:
    yield from _mode(field, DYING)


def _mode(field: Field, mode: str) -> Iterator[None]:
    field.sink.mode = mode
    try:
        field.hold(3, 5)
    finally:
        field.sink.mode = OK
    yield
