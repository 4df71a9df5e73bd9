"""What gunicorn does in each of its processes (`--config python:config.serving`)."""

from gunicorn.workers.base import Worker


def post_worker_init(_worker: Worker) -> None:
    """Reach for the log at once, or the first who declares would wait for the connection; keep the
    list of what was revoked young on this node.
    """
    # Not before: what is connected before the fork belongs to the parent.
    from accounts.refreshing import Refresher  # noqa: PLC0415
    from events.line import line  # noqa: PLC0415

    line()
    Refresher().start()
