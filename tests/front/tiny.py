"""A service behind the front that does as it is asked, by the query of the address.

`work=0.05` takes so many seconds of a thread, `size=500000` answers so many bytes, `die=1` ends the
process, `half=1` in the middle of its answer, `bare=1` after the head of it; `once=FILE` the first
time only, which makes the file. Everything else is told back as JSON, with the moment at which the
work began.
"""

import json
import os
import signal
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl

from config.fronted import ARRIVED, Fronted


def _seen(environ) -> dict:
    kept = {name: value for name, value in environ.items() if isinstance(value, str)}
    return {
        "began": time.monotonic(),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "address": environ["REMOTE_ADDR"],
        "arrived": environ[ARRIVED],
        "environ": kept,
        "name": os.environ["TINY"],
        "pid": os.getpid(),
    }


def _this_time(asked) -> bool:
    if asked.get("once"):
        try:
            os.close(os.open(Path(asked["once"]), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
    return True


def _answer(environ, start_response):
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    seen = _seen(environ)
    body = environ["wsgi.input"].read()
    seen |= {"length": len(body), "body": body[:200].decode("latin-1")}
    this_time = _this_time(asked)
    if this_time and "die" in asked:
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Event().wait(float(asked.get("work", 0)))
    content = b"x" * int(asked["size"]) if "size" in asked else json.dumps(seen).encode()
    status = "201 Created" if seen["method"] == "POST" else "200 OK"
    if this_time and asked.keys() & {"half", "bare"}:
        start_response(status, [("Content-Length", str(len(content) + 1000))])
        return _broken_off(content if "half" in asked else b"")
    start_response(
        status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    )
    return [content]


def _broken_off(content):
    yield content
    threading.Event().wait(0.2)
    os.kill(os.getpid(), signal.SIGKILL)


application = Fronted(_answer, behind_front=os.environ.get("FRONT") == "1")
