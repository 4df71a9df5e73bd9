"""A stack with people in it, a mail server beside it, and browsers before it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import window
from tests.e2e.conftest import WIDE, Visitor
from tests.journey.fallen import Fallen, Mail
from tests.stack.conftest import open_folder
from tests.stack.running import Stack

__all__ = ["open_folder"]


@pytest.fixture
def fallen(open_folder: Path, tmp_path: Path) -> Iterator[Fallen]:
    """Return a running stack that can be killed and brought back."""
    mail = Mail(tmp_path / "mail")
    mail.start()
    # Without the cases of the demonstration: the lists are short.
    stack = Stack(open_folder / "data", {"EMAIL_URL": mail.url})
    try:
        yield Fallen(stack.start(), mail)
    finally:
        stack.end()
        mail.kill()


@pytest.fixture
def at(chrome: Browser, fallen: Fallen) -> Iterator[Callable[..., Visitor]]:
    """Return a maker of people at a browser before the stack, signed in where they have a name."""
    contexts = []

    def make(
        name: str | None = None, *, size: tuple[int, int] = WIDE, javascript: bool = True
    ) -> Visitor:
        context = window(chrome, size, javascript=javascript)
        contexts.append(context)
        visitor = Visitor(context, f"http://127.0.0.1:{fallen.stack.port}")
        if name is not None:
            visitor.sign_in(name)
        return visitor

    yield make
    for context in contexts:
        context.close()
