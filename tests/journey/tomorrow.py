"""gunicorn's configuration for a node whose clock has passed midnight in Paris already."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import time_machine

from config import serving

PARIS = ZoneInfo("Europe/Paris")


def post_worker_init(worker) -> None:
    """Go on from ten seconds after the next midnight."""
    day = datetime.now(PARIS).date() + timedelta(days=1)
    time_machine.travel(datetime.combine(day, time(0, 0, 10), PARIS), tick=True).start()
    serving.post_worker_init(worker)
