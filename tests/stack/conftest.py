"""Stacks and other people's servers, each with files and ports of its own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pgplugin
from tests.stack.running import Stack


def required(name: str, present: bool, reason: str) -> None:
    """Skip the test where something is not installed; fail where REQUIRE names it."""
    if present:
        return
    if name in os.environ.get("REQUIRE", "").split(","):
        pytest.fail(f"{name} is required: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """Return a folder that the embedded server's unprivileged user may reach, in memory."""
    made = Path(tempfile.mkdtemp(prefix="stack-", dir=pgplugin.folder()))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def stack(open_folder) -> Iterator[Stack]:
    """Return a running stack that was started on an empty directory."""
    running = Stack(open_folder / "data")
    try:
        yield running.start()
    finally:
        running.end()
