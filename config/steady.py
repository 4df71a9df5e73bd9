"""An instant to count periods by: it goes on evenly, whatever is done to the machine's clock."""

import time
from datetime import UTC, datetime, timedelta

_BEGAN = time.monotonic()
_AT = datetime.now(UTC)


def now() -> datetime:
    """Return the instant at which this process began, plus the seconds that passed since then.

    A beat that looked once while the clock was a year ahead would take everything for done until then.
    """
    return _AT + timedelta(seconds=time.monotonic() - _BEGAN)
