"""Choose a TCP port that stays free between being chosen and being used."""

import random
import socket

# Below the range from which the kernel takes the near end of outgoing connections.
_RANGE = range(20_000, 32_000)
BACKLOG = 1024


def is_free(port: int) -> bool:
    """Tell whether nobody listens on `port` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose() -> int:
    """Return a free port of the loopback address; raise OSError when none is found."""
    for port in random.SystemRandom().sample(_RANGE, 200):
        if is_free(port):
            return port
    message = "no free port on 127.0.0.1"
    raise OSError(message)


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens, for a process that may inherit it. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)
