"""What the worker does so that others can see that it works."""

from celery import shared_task
from django.db import connections


@shared_task(name="continuity.answer_probe", ignore_result=True)
def answer_probe() -> None:
    """Answer the beacon by a write: broker, worker and database all took part."""
    with connections["projector"].cursor() as cursor:
        cursor.execute("UPDATE continuity_probe SET answered_at = clock_timestamp()")
