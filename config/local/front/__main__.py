"""Run the front: `python -m config.local.front --fd 3 --intake 21000:8 --web 21001:8`.

`--intake` and `--web` name the loopback port of a service and how many requests it works on at once.
TRUSTED_PROXY lists the proxies (addresses or networks) whose X-Forwarded-For is believed.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence

from config.local import ports
from config.local.front.addresses import Trusted
from config.local.front.clients import Front
from config.local.front.limits import Limits
from config.local.front.pools import Pool
from config.local.front.routing import OF_THE_INTAKE, Lane
from config.local.front.upstream import Upstream

_FILES_OF_OURS = 256
_GRACE_SECONDS = 2.0
_REPORT_SECONDS = 60.0


def main() -> int:
    """Serve until asked to stop; return 0, or 2 for arguments that make no sense."""
    asked = _parse()
    limits = _limits(asked)
    try:
        trusted = Trusted(
            os.environ.get("TRUSTED_PROXY", ""), os.environ.get("PROXY_SCHEME_HEADER", "")
        )
        intake, web = _service(asked.intake), _service(asked.web)
    except ValueError as error:
        print(f"front: {error}", file=sys.stderr)
        return 2
    front = made(limits, intake, web, trusted, asked.status_url)
    listener = socket.socket(fileno=asked.fd) if asked.fd is not None else _bound(asked.listen)
    asyncio.run(_serve(front, listener))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.local.front", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, help="an inherited socket that listens")
    where.add_argument("--listen", help="HOST:PORT")
    parser.add_argument("--intake", required=True, help="PORT:PLACES")
    parser.add_argument("--web", required=True, help="PORT:PLACES")
    parser.add_argument("--status-url", default="/status", help="the page that is never down")
    for limit in dataclasses.fields(Limits):
        name, kind = limit.name.replace("_", "-"), float if limit.type is float else int
        parser.add_argument(f"--{name}", type=kind, default=limit.default)
    return parser.parse_args()


def _limits(asked: argparse.Namespace) -> Limits:
    """Return the limits, with no more connections than this process may have files.

    Where these are few, fewer may wait, and no address has more than a quarter of them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = asked.connections + _FILES_OF_OURS
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    given = {limit.name: getattr(asked, limit.name) for limit in dataclasses.fields(Limits)}
    connections = max(1, min(asked.connections, soft - _FILES_OF_OURS))
    bounded = {
        "connections": connections,
        "connections_of_one": max(1, min(asked.connections_of_one, connections // 4)),
        "waiting": max(1, min(asked.waiting, connections // 2)),
    }
    return Limits(**given | bounded)


def _service(text: str) -> tuple[int, int]:
    port, _, slots = text.partition(":")
    return int(port), int(slots)


def _bound(where: str) -> socket.socket:
    host, _, port = where.rpartition(":")
    return ports.listening(host.strip("[]"), int(port))


def made(
    limits: Limits,
    intake: tuple[int, int],
    web: tuple[int, int],
    trusted: Trusted,
    status_url: str,
) -> Front:
    """Return the front of two services, each given as (port, places).

    Reads get half of the web's places and a short wait; what is vital keeps a quarter, whatever
    becomes of the rest. Forms get half of the intake's places, and stand in line like all others.
    While the intake is being started again, the other service does its work, never the reverse.
    """
    (intake_port, intake_slots), (web_port, web_slots) = intake, web
    reads, vital = max(1, web_slots // 2), max(1, web_slots // 4)
    patience = limits.waiting_seconds
    writes = Pool(
        "declaring",
        intake_slots,
        most=limits.waiting,
        most_bytes=limits.waiting_bytes,
        patience=patience,
    )

    def pool(name: str, places: int, *, most: int, patience: float) -> Pool:
        most_bytes = limits.pages_bytes
        return Pool(name, max(1, places), most=most, most_bytes=most_bytes, patience=patience)

    forms = pool("forms", intake_slots // 2, most=limits.waiting // 4, patience=patience)
    to_intake = Upstream(
        ports=(intake_port, web_port),
        connect_seconds=limits.intake_connect_seconds,
        answer_seconds=limits.intake_answer_seconds,
    )
    to_web = Upstream(
        ports=(web_port,),
        connect_seconds=limits.web_connect_seconds,
        answer_seconds=limits.web_answer_seconds,
    )
    pools: dict[Lane, Sequence[Pool]] = {
        Lane.DECLARING: [writes],
        Lane.FORMS: [forms, writes],
        Lane.READS: [pool("reads", reads, most=16, patience=1)],
        Lane.PAGES: [pool("pages", web_slots - reads - vital, most=256, patience=10)],
        Lane.VITAL: [pool("vital", vital, most=512, patience=10)],
    }
    upstreams = {lane: to_intake if lane in OF_THE_INTAKE else to_web for lane in Lane}
    return Front(
        limits=limits,
        pools=pools,
        upstreams=upstreams,
        trusted=trusted,
        status_url=status_url,
    )


async def _serve(front: Front, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_tell)
    stop = asyncio.Event()
    for sent in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sent, stop.set)
    listening.setblocking(False)  # noqa: FBT003
    server = await loop.create_server(front.protocol, sock=listening, backlog=ports.BACKLOG)
    reporting = asyncio.create_task(_report(front))
    await stop.wait()
    reporting.cancel()
    server.close()
    front.stopping = True
    for pool in front.every_pool():
        pool.refuse_all()
    front.clients.cut_all_that_wait_for_nothing()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_SECONDS):
            while len(front.clients):
                await asyncio.sleep(0.02)


def _tell(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """Write where something failed and of which kind, never what it says: it may quote a request."""
    error = context.get("exception")
    place = ""
    if isinstance(error, BaseException):
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is not None:
            place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    print(f"front: {type(error).__name__}{place}", flush=True)


async def _report(front: Front) -> None:
    """Write once a minute how many were refused, when any were."""
    while True:
        await asyncio.sleep(_REPORT_SECONDS)
        said = [text for pool in front.every_pool() if (text := pool.said())]
        if front.clients.cut_off:
            said.append(f"{front.clients.cut_off} connections cut off to make room")
            front.clients.cut_off = 0
        if said:
            print("front:", "; ".join(said), flush=True)


if __name__ == "__main__":
    sys.exit(main())
