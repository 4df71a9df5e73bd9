"""Celery on the broker that BROKER_URL names: PGMQ (the embedded one), RabbitMQ or Redis."""

from collections.abc import Mapping
from typing import Any

from celery.schedules import schedule
from kombu import Queue

from config import steady

# A message that is not acknowledged within this time is given to another worker, so every task
# must be shorter: the limit below ends it first.
VISIBILITY_TIMEOUT = 300
TASK_TIME_LIMIT = 240

# A rebuild or a slow mail server keeps its workers busy for minutes: neither must hold what is
# declared meanwhile.
LIVE, SLOW = "live", "slow"

_BEAT: dict[str, float] = {
    "events.look_again": 2.0,
    "continuity.answer_probe": 5.0,
    "events.deliver_outbox": 5.0,
    "events.retry_parked": 60.0,
    "events.seal_checkpoint": 60.0,
    "compassionate.look_at_clocks": 60.0,
}


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return Celery's settings in lower case, for `config_from_object(settings.CELERY)`."""
    url = environ.get("BROKER_URL", "")
    visibility = int(environ.get("BROKER_VISIBILITY_TIMEOUT", VISIBILITY_TIMEOUT))
    limit = min(TASK_TIME_LIMIT, max(visibility - 2, 1))
    return {
        **_transport(url, visibility),
        **_queues(quorum=url.startswith("amqp")),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_limit": 4,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "result_backend": None,
        "task_time_limit": limit,
        "task_soft_time_limit": max(limit - 10, 1),
        "task_serializer": "json",
        "accept_content": ["json"],
        # Publishing is a nudge: a broker that is away must not hold a declaration.
        "task_publish_retry": False,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        # To end a child in the middle of its work may leave a lock of the pool held for ever
        # (config.stuck); a task that is done twice does no harm.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "timezone": "Europe/Paris",
        # A missed tick is not made up for: the next one looks at the same log.
        "beat_schedule": {
            name: {
                "task": name,
                "schedule": schedule(period, nowfun=steady.now),
                "options": {"expires": max(period, 10.0)},
            }
            for name, period in _BEAT.items()
        },
        "beat_max_loop_interval": 1,
    }


def _queues(*, quorum: bool) -> dict[str, Any]:
    arguments = {"x-queue-type": "quorum"} if quorum else None
    return {
        "task_queues": [Queue(n, routing_key=n, queue_arguments=arguments) for n in (LIVE, SLOW)],
        "task_default_queue": LIVE,
        "task_default_routing_key": LIVE,
        "task_routes": {
            "events.rebuild_*": {"queue": SLOW},
            "events.deliver_outbox": {"queue": SLOW},
        },
    }


def _transport(url: str, visibility: int) -> dict[str, Any]:
    scheme = url.partition("://")[0]
    if scheme in {"pgmq", "postgresql", "postgres"}:
        return _pgmq(url, visibility)
    if scheme in {"amqp", "amqps"}:
        return {
            "broker_url": url,
            "task_default_queue_type": "quorum",
            "broker_native_delayed_delivery_queue_type": "quorum",
            "worker_detect_quorum_queues": True,
            "broker_transport_options": {"confirm_publish": True},
        }
    if scheme in {"redis", "rediss"}:
        return {
            "broker_url": url,
            "broker_transport_options": {
                "visibility_timeout": visibility,
                # The defaults look for lost messages every hundred seconds only.
                "unacked_restore_interval": 1,
                "unacked_restore_throttle": 1,
            },
        }
    if not url:
        # Nobody listens: a nudge is not sent, and read models move when a command moves them.
        return {"broker_url": "memory://"}
    message = f"BROKER_URL must be pgmq://, amqp:// or redis://, not {scheme}://"
    raise ValueError(message)


def _pgmq(url: str, visibility: int) -> dict[str, Any]:
    address = url.partition("://")[2]
    return {
        "broker_url": f"pgmq://{address}",
        "broker_transport_options": {
            # Without it the client takes DATABASE_URL from the environment for its broker.
            "conn_string": f"postgresql://{address}",
            "init_extension": False,
            "visibility_timeout": visibility,
            "wait_time_seconds": 0,
            "polling_interval": 0.05,
            "pool_size": 4,
            # A pool that is still connecting is given up and made anew: see config.reconnecting.
            "pool_timeout": 3,
        },
    }
