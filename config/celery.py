"""The Celery application: `celery -A config.celery worker`."""

import logging
import os
import threading

from celery import Celery
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config import stuck
from config.reconnecting import register_pgmq

log = logging.getLogger(__name__)

register_pgmq()
app = Celery("pharmacovigilance", amqp="config.reconnecting:ReconnectingAMQP")
app.config_from_object(settings.CELERY)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Leave Django's logging in place: Celery's own would print what a task was given."""


@worker_ready.connect
def _settle(**_: object) -> None:
    """Compare the log with its memory as soon as a worker stands, whether a database does or not.

    Beside the worker: a database that is away or stands still holds up no start.
    """
    threading.Thread(target=settle, name="settle", daemon=True).start()


@worker_ready.connect
def _notice_dead_locks(**_: object) -> None:
    stuck.watch()


def settle() -> None:
    """Open an epoch where the log was cleanly restored while no worker ran; halt it if it differs."""
    from django.db import Error, connections
    from psycopg import Error as DriverError

    from events import epochs
    from events.errors import LogHalted

    try:
        epochs.settle()
    except LogHalted:
        return
    except (Error, DriverError, OSError) as failure:
        # The first look compares as well, and halts.
        log.warning("the log was not compared at the start: %s", type(failure).__name__)
    finally:
        connections.close_all()
