"""What the logs say of a failure: where it happened and of which kind, never what it quotes."""

import io
import logging

import pytest
from celery import current_app

from config.local import processes
from config.logs import WithoutPersonalData

PATIENT = "DUP M 1952-07-14"


class QuotingError(Exception):
    """Says what a validation or database error says: the value that it concerns."""

    sqlstate = "23505"


def fail() -> None:
    raise ValueError(PATIENT) from QuotingError(PATIENT)


@pytest.fixture
def logged():
    """Return a logger that writes as the site's do, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(WithoutPersonalData())
    logger = logging.getLogger("tests.stack.logs")
    logger.handlers, logger.propagate = [handler], False
    return logger, written


@pytest.mark.stack
def test_a_failing_task_leaves_its_name_and_kind_and_no_text(live_worker):
    # No projection has this name: the text of the KeyError is the name itself.
    current_app.send_task("events.rebuild_parts", args=[PATIENT], queue="slow")
    processes.wait_until(lambda: "KeyError" in live_worker.log.read_text(), 20)
    log = live_worker.log.read_text()
    assert "task events.rebuild_parts failed" in log
    assert "builtins.KeyError" in log
    assert "registry.py" in log
    assert PATIENT not in log


def test_an_error_is_named_with_its_cause_and_its_place(logged):
    logger, written = logged
    try:
        fail()
    except ValueError:
        logger.exception("not recorded")
    said = written.getvalue()
    assert "not recorded" in said
    assert "test_logs.py" in said
    assert "builtins.ValueError from " in said
    assert "QuotingError [23505]" in said
    assert PATIENT not in said


def test_an_error_that_is_part_of_a_sentence_is_named_in_it(logged):
    logger, written = logged
    logger.error("task handler raised %r for %s", QuotingError(PATIENT), "events.look_again")
    logger.error("retried: %(reason)s", {"reason": QuotingError(PATIENT)})
    said = written.getvalue()
    assert said.count("QuotingError [23505]") == 2
    assert "for events.look_again" in said
    assert PATIENT not in said


def test_what_another_handler_wrote_first_is_not_taken_over(logged):
    logger, written = logged
    plain = logging.StreamHandler(io.StringIO())
    logger.handlers.insert(0, plain)
    try:
        fail()
    except ValueError:
        logger.exception("not recorded")
    assert PATIENT in plain.stream.getvalue()
    assert "QuotingError" in written.getvalue()
    assert PATIENT not in written.getvalue()
