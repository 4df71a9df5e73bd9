"""The one clock of the beacon: what follows from an instant is pure."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the instant."""
    return datetime.now(UTC)  # noqa: TID251  nobody else asks
