"""Celery's doors: each message says "look again" and carries nothing; losing all costs a sweep."""

from celery import shared_task

from events import reactions, rebuild, registry, runner, verify
from events.nudge import LOOK_AGAIN


@shared_task(name=LOOK_AGAIN, ignore_result=True)
def look_again() -> None:
    """Bring every projection to the end of the log."""
    for projection in registry.projections():
        runner.catch_up(projection)


@shared_task(name="events.retry_parked", ignore_result=True)
def retry_parked() -> None:
    """Try again what older code could not read."""
    for projection in registry.projections():
        runner.retry_parked(projection)


@shared_task(name="events.rebuild_parts", ignore_result=True)
def rebuild_parts(projection: str) -> None:
    """Build partitions of the rebuild under way until none is left."""
    rebuild.work(registry.projection(projection))


@shared_task(name="events.deliver_outbox", ignore_result=True)
def deliver_outbox() -> None:
    """Plan and send what events ask for."""
    reactions.plan_all()
    reactions.deliver_all()


@shared_task(name="events.seal_checkpoint", ignore_result=True)
def seal_checkpoint() -> None:
    """Sign the log's end and keep it outside the database."""
    verify.keep_checkpoint()
