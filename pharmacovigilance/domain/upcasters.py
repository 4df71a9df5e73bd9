"""Old event shapes brought forward: `UPCASTERS[type][n]` turns a payload of schema n into n + 1.

A step works on the decoded JSON with personal fields still sealed, so it may move or add fields
and never reads a personal value. All types are at schema 1: there is no step yet.
"""

from collections.abc import Callable, Mapping
from typing import Any

Payload = dict[str, Any]

UPCASTERS: Mapping[str, Mapping[int, Callable[[Payload], Payload]]] = {}
