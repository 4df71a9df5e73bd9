"""The intake without its spool: what it receives is given to the log, and kept nowhere else.

Served only by `outage`, by a second gunicorn beside the stack's own.
"""

from config.urls import *  # noqa: F403
from events import intake
from events.entry import Entry
from events.submission import Submission


def _kept_nowhere(submission: Submission) -> Entry:
    return intake._unkept(intake._header(submission))


intake._kept = _kept_nowhere
