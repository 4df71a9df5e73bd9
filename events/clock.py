"""The node's clock: how far it can be trusted, and never backwards."""

import ctypes
import threading
from datetime import UTC, datetime
from functools import cache

_UNSYNCHRONISED = 0x0040
_CLOCK_IS_WRONG = 5


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2), as far as it is read; the kernel writes 208 bytes."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def quality() -> int | None:
    """Return the clock's uncertainty in milliseconds, None where the kernel knows of none.

    The kernel's `maxerror` while it says that something keeps its clock synchronised.
    """
    told = _Timex()
    state = _adjtimex()(ctypes.byref(told))
    if state in (-1, _CLOCK_IS_WRONG) or told.status & _UNSYNCHRONISED:
        return None
    return int(-(-told.maxerror // 1000))


@cache
def _adjtimex() -> "ctypes._NamedFuncPointer":
    return ctypes.CDLL(None).adjtimex


class _Forward:
    """The wall clock; where it was set back, it stands still until it has caught up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        with self._lock:
            self._last = max(self._last, datetime.now(UTC))  # noqa: TID251
            return self._last


_forward = _Forward()


def now() -> datetime:
    """Return the instant (UTC), never before one that this process was told already.

    Ask once for each request, as it arrives: that instant starts the legal clocks.
    """
    return _forward.now()
