"""A start with a PostgreSQL that cannot: the intake receives, and the rest waits for it."""

import json
import urllib.request
from uuid import uuid4

import pytest

from config.local import processes
from events.shape import to_json
from tests.domain.samples import VALID
from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(400)]


def declared(stack: Stack, token: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/v1/declarations",
        data=json.dumps(to_json(VALID)).encode(),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        told: dict[str, str] = json.load(answer)
    return told


def state(stack: Stack, receipt: str) -> str:
    address = f"http://127.0.0.1:{stack.port}/api/v1/receipts/{receipt}"
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(json.load(answer)["status"])


def test_declarations_are_received_while_postgresql_cannot_start(open_folder):
    stack = Stack(open_folder / "without-postgres")
    try:
        stack.start()
        token = json.loads(stack.manage("api_token", "dr.martin", "--json").stdout)["token"]
        stack.stop()
        settings = stack.folder / "postgres" / "postgresql.conf"
        well = settings.read_text()
        settings.write_text("nonsense = {\n")
        stack.launch()
        assert processes.wait_until(lambda: stack.get("/health/intake") == 200, 60), stack.said()
        told = declared(stack, token)
        assert told["status"] == "spooled"
        assert "Ready in" not in stack.log.read_text()
        assert "postgres ended and is started again" in stack.log.read_text()
        settings.write_text(well)
        stack.ready()
        assert processes.wait_until(
            lambda: state(stack, told["receipt_id"]) == "recorded", 60, pause=0.5
        ), stack.said()
    finally:
        stack.end()
