"""The toy read model exists wherever replay is tested, and nothing else is registered."""

import pytest

from events import registry
from tests.log import notes
from tests.replay import tally


@pytest.fixture
def projection(db, monkeypatch) -> tally.NotesTally:
    notes.register()
    made = tally.NotesTally()
    monkeypatch.setattr(registry, "_projections", {made.name: made})
    tally.create_table()
    return made
