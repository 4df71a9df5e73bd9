"""Old shapes brought forward: a step `[name][n]` turns a payload of schema n into n + 1.

Of events (`UPCASTERS`, by type) a step works on the decoded JSON with personal fields still sealed,
so it may move or add fields and never reads a personal value. Of commands (`COMMAND_UPCASTERS`, by
kind) it works on the clear JSON: a command waits in a spool, sealed whole, while the software is
replaced. Everything is at schema 1: there is no step yet.
"""

from collections.abc import Callable, Mapping
from typing import Any

Payload = dict[str, Any]
Steps = Mapping[str, Mapping[int, Callable[[Payload], Payload]]]

UPCASTERS: Steps = {}
COMMAND_UPCASTERS: Steps = {}
