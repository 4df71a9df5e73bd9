"""A real browser on a live server."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.models import User
from tests.accounts.people import demo_people
from tests.browser import window

SHOTS = Path(__file__).resolve().parent.parent.parent / "docs/screenshots"
WIDE, PHONE = (1280, 900), (360, 740)
PATIENCE_MS = 15_000


@pytest.fixture
def people(chrome, transactional_db, settings) -> dict[str, User]:
    """Return the demo people of a demonstration."""
    settings.DEMO = True
    return demo_people()


class Visitor:
    """One person at one browser window; `faults` collects what the browser complained of."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        self.base = base
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._seen(request.url))
        self.page.on(
            "console",
            lambda message: (
                self.faults.append(message.text)
                if message.type == "error" and "status of 4" not in message.text
                else None
            ),
        )

    def _seen(self, url: str) -> None:
        if not url.startswith((self.base, "data:")):
            self.faults.append(f"a request left the site: {url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, name: str) -> Page:
        """Sign in with one click, as on the page of a demonstration."""
        page = self.open("/connexion/")
        page.locator(f"button[value='{name}']").click()
        page.wait_for_url(self.base + "/")
        return page

    def shoot(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture for the documentation, when SCREENSHOTS=1; a window of it or the whole."""
        if os.environ.get("SCREENSHOTS") == "1":
            SHOTS.mkdir(parents=True, exist_ok=True)
            width = (self.page.viewport_size or {"width": 0})["width"]
            self.page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=whole)


@pytest.fixture
def visit(chrome: Browser, people, live_server) -> Iterator[Callable[..., Visitor]]:
    """Return a maker of visitors; at the end nobody's browser may have complained."""
    visitors: list[Visitor] = []
    contexts: list[BrowserContext] = []

    def make(
        name: str | None = None, *, size: tuple[int, int] = WIDE, javascript: bool = True
    ) -> Visitor:
        context = window(chrome, size, javascript=javascript)
        contexts.append(context)
        visitor = Visitor(context, live_server.url)
        visitors.append(visitor)
        if name is not None:
            visitor.sign_in(name)
        return visitor

    yield make
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for context in contexts:
        context.close()
    assert faults == []
