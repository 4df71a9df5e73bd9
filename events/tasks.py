"""Celery's doors: each message says "look again" and carries nothing; losing all costs a sweep.

A halted log has told so once, where it was found: a task then ends without a word.
"""

from contextlib import suppress

from celery import current_app, shared_task

from events import epochs, reactions, rebuild, registry, runner
from events.errors import LogHalted
from events.nudge import LOOK_AGAIN

REBUILD_PARTS = "events.rebuild_parts"
# Well before the time limit: a backlog is worked off look by look, and the beat asks for the next.
LOOK_SECONDS = 60


@shared_task(name=LOOK_AGAIN, ignore_result=True)
def look_again() -> None:
    """Bring every projection to the end of the log, or nearer to it."""
    with suppress(LogHalted):
        for projection in registry.projections():
            runner.catch_up(projection, seconds=LOOK_SECONDS)


@shared_task(name="events.retry_parked", ignore_result=True)
def retry_parked() -> None:
    """Try again what older code could not read."""
    for projection in registry.projections():
        runner.retry_parked(projection)


@shared_task(name=REBUILD_PARTS, ignore_result=True)
def rebuild_parts(projection: str) -> None:
    """Build one partition of the rebuild under way, and ask for the next by another message.

    So the time limit is one partition's, and whatever else waits for this worker gets its turn.
    """
    made = registry.projection(projection)
    run = rebuild.current(made)
    if run is None:
        return
    if any(rebuild.build_part(made, run, part) for part in rebuild.missing_parts(made, run)):
        current_app.send_task(REBUILD_PARTS, args=[projection], retry=False)


@shared_task(name="events.deliver_outbox", ignore_result=True)
def deliver_outbox() -> None:
    """Plan and send what events ask for."""
    with suppress(LogHalted):
        reactions.plan_all()
        reactions.deliver_all()


@shared_task(name="events.seal_checkpoint", ignore_result=True)
def seal_checkpoint() -> None:
    """Sign the log's end and keep it outside the database."""
    epochs.keep_checkpoint()
