"""What nginx lets through on a site of its own, and what the front does, agree."""

import re
from pathlib import Path

from config.local.front.limits import KIB, MIB, Limits

CONF = (Path(__file__).resolve().parent.parent.parent / "deploy" / "nginx.conf").read_text()
UNITS = {"k": KIB, "m": MIB, "s": 1}


def number(name: str) -> float:
    """Return a directive's only value, in bytes or seconds."""
    (value,) = re.findall(rf"^\s*{name} (\d+)([kms]);", CONF, re.MULTILINE)
    return int(value[0]) * UNITS[value[1]]


def test_the_limits_of_one_request_are_the_same():
    limits = Limits()
    assert number("client_max_body_size") == limits.body_bytes
    assert number("client_header_timeout") == limits.head_seconds
    assert number("client_body_timeout") == limits.silent_seconds
    assert number("keepalive_timeout") == limits.idle_seconds
    assert number("send_timeout") == limits.unread_seconds
    count, size = re.findall(r"large_client_header_buffers (\d+) (\d+)k;", CONF)[0]
    assert int(count) * int(size) * KIB == limits.head_bytes


def test_nginx_waits_longer_than_the_front_and_guesses_nothing():
    limits = Limits()
    longest = limits.waiting_seconds + max(limits.intake_answer_seconds, limits.web_answer_seconds)
    assert number("proxy_read_timeout") > longest
    assert "proxy_next_upstream off;" in CONF
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in CONF
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in CONF
