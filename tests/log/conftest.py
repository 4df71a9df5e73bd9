"""The toy stream is known wherever the log is tested."""

import pytest

from tests.log import notes


@pytest.fixture(autouse=True)
def _notes_are_known() -> None:
    notes.register()
