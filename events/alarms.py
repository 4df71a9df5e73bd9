"""What pages may know of streams that cannot be read."""

from collections.abc import Sequence

from events.models import Parked


def unreadable(projection: str, limit: int = 50) -> Sequence[str]:
    """Return streams that a projection has parked, the oldest first, at most `limit`."""
    parked = Parked.objects.filter(projection=projection).order_by("parked_at")
    return list(parked.values_list("stream", flat=True)[:limit])
