"""What the worker does on a clock."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from compassionate import clocks, criteria_file
from events.errors import LogHalted

LOOK = "compassionate.look_at_clocks"


@shared_task(name=LOOK, ignore_result=True)
def look_at_clocks() -> None:
    """Note what has come due; losing the message costs one look."""
    with suppress(LogHalted):
        clocks.look(timezone.now())  # noqa: TID251  an edge of the house: the day that has come


def keep_criteria() -> None:
    """Write this node's copy of the référentiel; done at each round of its drain."""
    criteria_file.write(timezone.now())  # noqa: TID251  an edge of the house: it is as of now
