"""The Celery application: `celery -A config.celery worker`."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.reconnecting import register_pgmq

register_pgmq()
app = Celery("pharmacovigilance", amqp="config.reconnecting:ReconnectingAMQP")
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Leave Django's logging in place: Celery's own would print what a task was given."""
