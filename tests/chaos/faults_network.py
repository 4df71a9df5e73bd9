"""The way between the services and the log is cut, in every way in which networks fail."""

from collections.abc import Iterator

from tests.chaos.field import Field, fault


@fault(30, "packets between the services and the log are lost, in both directions")
def packets_lost(field: Field) -> Iterator[None]:
    proxy = field.stack.proxy
    proxy.silent = True
    try:
        field.hold(3, 5)
    finally:
        proxy.silent = False
    yield


@fault(32, "what is sent to the log arrives, and no answer comes back: every append is in doubt")
def answers_lost(field: Field) -> Iterator[None]:
    proxy = field.stack.proxy
    proxy.deaf = True
    try:
        field.hold(3, 5)
    finally:
        proxy.deaf = False
        proxy.reset()
    yield


@fault(31, "every connection is reset, and again")
def connections_reset(field: Field) -> Iterator[None]:
    for _ in range(5):
        field.stack.proxy.reset()
        field.hold(0.3, 0.7)
    yield


@fault(31, "the log refuses connections")
def connections_refused(field: Field) -> Iterator[None]:
    proxy = field.stack.proxy
    proxy.refuses = True
    proxy.reset()
    try:
        field.hold(2, 4)
    finally:
        proxy.refuses = False
    yield


@fault(31, "the way to the log takes half a second")
def network_slow(field: Field) -> Iterator[None]:
    proxy = field.stack.proxy
    proxy.delay = 0.25
    try:
        field.hold(3, 5)
    finally:
        proxy.delay = 0.0
    yield
