"""One declaration through a whole stack: from the API to the reviewers' worklist."""

import json
import urllib.request
from typing import Any
from uuid import uuid4

from config.local import processes
from events.shape import to_json
from tests.domain.samples import VALID
from tests.stack.running import Stack


def travels(stack: Stack, seconds: float = 60) -> None:
    """Declare as a doctor over HTTP and see it as a reviewer, by way of the worker."""
    declared = _call(stack, "dr.martin", "declarations", to_json(VALID))
    # On a busy machine the log may be reached too late for the answer: the drain brings it.
    assert declared["status"] in {"recorded", "spooled"}
    reviewer = _token(stack, "evaluateur", "worklist:read")

    def visible() -> bool:
        return declared["id"] in json.dumps(_get(stack, reviewer, "worklist"))

    assert processes.wait_until(visible, seconds, pause=0.2), stack.said()


def _token(stack: Stack, user: str, scope: str) -> str:
    told = stack.manage("api_token", user, "--scope", scope, "--json")
    token: str = json.loads(told.stdout)["token"]
    return token


def _call(stack: Stack, user: str, path: str, body: object) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {_token(stack, user, 'declarations:write')}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        said: dict[str, Any] = json.load(answer)
    return said


def _get(stack: Stack, token: str, path: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/v1/{path}",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
