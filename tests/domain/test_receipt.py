"""When a letter or a call was received, as told by whoever writes it down."""

from datetime import timedelta

import pytest

from pharmacovigilance.domain.receipt import receipt_problems
from pharmacovigilance.domain.vocabulary import Channel
from tests.domain.samples import at

NOW = at("2026-03-10")


@pytest.mark.parametrize("channel", [Channel.PAPER, Channel.PHONE])
def test_a_letter_or_a_call_was_received_before_now(channel):
    assert receipt_problems(NOW, channel, NOW) == []
    assert receipt_problems(at("2026-03-06", 0), channel, NOW) == []
    (problem,) = receipt_problems(NOW + timedelta(seconds=1), channel, NOW)
    assert (problem.pointer, problem.code) == ("/received_at", "received_in_future")


@pytest.mark.parametrize("channel", [Channel.PORTAL, Channel.API])
def test_what_comes_by_itself_is_received_when_it_comes(channel):
    (problem,) = receipt_problems(at("2026-03-06"), channel, NOW)
    assert (problem.pointer, problem.code) == ("/channel", "not_transcribed")
