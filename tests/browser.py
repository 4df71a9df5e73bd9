"""The one browser of a test process, for whoever looks at pages."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright


def window(chrome: Browser, size: tuple[int, int], *, javascript: bool = True) -> BrowserContext:
    """Return a window of a person in Paris who reads French."""
    return chrome.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=javascript,
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )


def chromium() -> str | None:
    """Return where Chromium is: CHROMIUM, or the system's."""
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """Return a browser; skip where there is none, fail where REQUIRE names it."""
    path = chromium()
    if path is None:
        if "browser" in os.environ.get("REQUIRE", "").split(","):
            pytest.fail("REQUIRE names browser, and no Chromium is installed")
        pytest.skip("no Chromium: install it, or say where it is with CHROMIUM")
    with pytest.MonkeyPatch.context() as environ, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread until the session ends, and Django would
        # refuse to speak to the database beside it.
        environ.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # Date fields are the browser's own, in French where its French texts (chromium-l10n) are.
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox"],
            env={**os.environ, "LANGUAGE": "fr"},
        )
        yield browser
        browser.close()
